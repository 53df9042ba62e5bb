"""Where a resumed run stands when its batches are others, and what the log says of it."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import toy

from ppocr_ext.checkpoint import CheckpointStore, load_checkpoint
from ppocr_ext.config import Config, dump_yaml, load_config
from ppocr_ext.engine import build
from ppocr_ext.engine.hooks.notices import Notices
from ppocr_ext.engine.resume import cards_of, place_in_epoch, resume_source
from ppocr_ext.engine.state import TrainState
from ppocr_ext.errors import UserError
from ppocr_ext.files import write_text
from ppocr_ext.text.charset import Charset


def reader(cards: int, batch_size_per_card: int, accumulation: int = 1) -> dict[str, Any]:
    lines = cards * batch_size_per_card
    return {
        "lines_per_batch": lines,
        "accumulation": accumulation,
        "epoch_lines": 1024,
        "batches": 1024 // lines,
    }


def test_fewer_cards_with_larger_batches_go_on_in_the_same_batches() -> None:
    state = TrainState(global_step=13, epoch=2, batch=5)
    assert place_in_epoch(state, reader(4, 32), reader(2, 64)) == []
    assert (state.batch, state.first_step) == (5, 0)


def test_the_log_says_what_keeps_the_batch() -> None:
    state = TrainState(global_step=13, epoch=2, batch=5)
    moved, smaller = place_in_epoch(state, reader(4, 32), reader(2, 32))
    assert "continues at batch 10" in moved
    assert "takes 64 lines, 128 before" in smaller and "times 2 keeps it" in smaller


def test_accumulation_keeps_the_lines_of_a_step_and_the_schedule() -> None:
    state = TrainState(global_step=13, epoch=2, batch=5)
    (moved,) = place_in_epoch(state, reader(4, 32), reader(2, 32, accumulation=2))
    assert "continues at batch 10" in moved
    assert state.first_step == 0  # epoch 1 began at step 0, and ends at the same one


def described(config: Config, world: int, cards: int | None = None) -> dict[str, Any]:
    charset = Charset.load(Path(config.Global.character_dict_path), use_space_char=False)
    with closing(build.open_readers(config, charset, world, cards)) as readers:
        return readers.describe()


@pytest.mark.parametrize("device", ["gpu:0", "cpu"])
@pytest.mark.parametrize(("before", "after"), [(4, 2), (2, 4), (4, 1), (1, 2)])
def test_another_number_of_cards_keeps_the_lines_of_a_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, before: int, after: int
) -> None:
    monkeypatch.setattr(build.paddle.device, "get_device", lambda: device)
    config = load_config(toy.make(tmp_path))
    saved = described(config, before)
    CheckpointStore(tmp_path / "run").save(
        ("latest",),
        {"yml": lambda path: write_text(path, dump_yaml(config.to_dict()))},
        {"reader": saved},
        {},
        global_step=3,
        epoch=1,
    )
    cards = cards_of(load_checkpoint(tmp_path / "run"), config)
    assert cards == (before if device == "gpu:0" else 1)
    assert described(config, after, cards) == saved

    config.Train.loader.batch_size_per_card = 2  # who asks for other batches gets them
    assert cards_of(load_checkpoint(tmp_path / "run"), config) is None
    assert described(config, after)["lines_per_batch"] == (
        2 * after if device == "gpu:0" else max(2, after)
    )


def test_a_new_run_has_no_batch_to_keep(tmp_path: Path) -> None:
    assert cards_of(None, load_config(toy.make(tmp_path))) is None


def test_a_resume_starts_where_nothing_was_saved_and_never_over_what_was(tmp_path: Path) -> None:
    run = tmp_path / "run"
    tree = toy.config(tmp_path)
    named = {**tree, "Global": {**tree["Global"], "checkpoints": "elsewhere/latest"}}
    config, with_name = Config.model_validate(tree), Config.model_validate(named)
    assert resume_source(config, True) is resume_source(config, False) is None
    assert resume_source(with_name, True) == Path("elsewhere/latest")
    (run / "checkpoints").mkdir(parents=True)
    write_text(run / "train.log", "ended before the first save")
    assert resume_source(config, True) is None
    folder = run / "checkpoints" / "step_00000003"
    folder.mkdir()
    write_text(folder / "model.json", "{")
    assert resume_source(config, True) == run, "what is damaged is refused, not begun again"
    with pytest.raises(UserError, match="no undamaged checkpoint is left"):
        load_checkpoint(run)
    assert resume_source(with_name, True) == Path("elsewhere/latest")
    CheckpointStore(run).save("latest", {}, {}, global_step=4, epoch=1)
    assert resume_source(with_name, True) == resume_source(config, True) == run
    assert resume_source(config, False) is None


def test_a_run_of_stock_paddleocr_is_resumed(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "latest.pdparams").write_bytes(b"")
    assert resume_source(Config.model_validate(toy.config(tmp_path)), True) == run


def test_warnings_before_the_run_begins_are_heard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notices = Notices()
    with pytest.raises(UserError), notices.listening():
        logging.getLogger("ppocr_ext.checkpoint.store").warning("damaged: x")
        raise UserError("something else")
    assert capsys.readouterr().err == "warning: damaged: x\n"
