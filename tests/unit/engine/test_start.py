"""What a run starts from, read once; and where it stands when its batches are others."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import toy

from ppocr_ext import checksums
from ppocr_ext.checkpoint import CheckpointStore
from ppocr_ext.checkpoint.checkpoint import Manifest
from ppocr_ext.config import Config, dump_yaml, load_config
from ppocr_ext.engine import build
from ppocr_ext.engine.hooks.notices import Notices
from ppocr_ext.engine.session import Request, open_session
from ppocr_ext.engine.start import Fresh, Resume, Start, continue_from, decide, place_in_epoch
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


def test_fewer_cards_with_larger_batches_continue_in_the_same_batches() -> None:
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


def started(config: Config, resume: bool = True) -> Start:
    return decide(config, resume=resume, force_partial=False, warn=lambda text: None)


def place(config: Config, resume: bool) -> Path | None:
    """The folder of the checkpoint that it continues from; ``None`` for a new run."""
    start = started(config, resume)
    return start.checkpoint.prefix.parent if isinstance(start, Resume) else None


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
    path = toy.make(tmp_path)
    config = load_config(path)
    saved = described(config, before)
    CheckpointStore(tmp_path / "run").save(
        ("latest",),
        {"yml": lambda path: write_text(path, dump_yaml(config.tree))},
        {"reader": saved},
        {},
        global_step=3,
        epoch=1,
    )
    cards = started(config).cards
    assert cards == (before if device == "gpu:0" else 1)
    assert described(config, after, cards) == saved

    config = load_config(path, ["Train.loader.batch_size_per_card=2"])
    assert started(config).cards is None  # who asks for other batches gets them
    assert described(config, after)["lines_per_batch"] == (
        2 * after if device == "gpu:0" else max(2, after)
    )


def test_a_new_run_has_no_batch_to_keep(tmp_path: Path) -> None:
    start = started(load_config(toy.make(tmp_path)))
    assert isinstance(start, Fresh) and start.cards is None


def test_a_resume_starts_where_nothing_was_saved_and_never_over_what_was(tmp_path: Path) -> None:
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    named = elsewhere / "checkpoints" / "step_00000009"
    CheckpointStore(elsewhere).save("latest", {}, {}, global_step=9, epoch=3)
    tree = toy.config(tmp_path)
    both = {**tree["Global"], "checkpoints": (elsewhere / "latest").as_posix()}
    config = Config.model_validate(tree)
    with_name = Config.model_validate({**tree, "Global": both})
    assert place(config, True) is place(config, False) is None
    assert place(with_name, True) == named
    (run / "checkpoints").mkdir(parents=True)
    write_text(run / "train.log", "ended before the first save")
    assert place(config, True) is None
    folder = run / "checkpoints" / "step_00000003"
    folder.mkdir()
    write_text(folder / "model.json", "{")
    with pytest.raises(UserError, match="no intact checkpoint is left"):
        place(config, True)  # what is damaged is refused, not started again
    assert place(with_name, True) == named
    CheckpointStore(run).save("latest", {}, {}, global_step=4, epoch=1)
    own = run / "checkpoints" / "step_00000004"
    assert place(with_name, True) == place(config, True) == own
    assert place(config, False) is None


def test_a_run_of_stock_paddleocr_is_resumed(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "latest.pdparams").write_bytes(b"")
    start = started(Config.model_validate(toy.config(tmp_path)))
    assert isinstance(start, Resume) and start.checkpoint.prefix == run / "latest"
    assert (start.config, start.changes, start.cards) == (None, [], None)


def test_a_resume_reads_each_manifest_and_hashes_each_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = toy.make(tmp_path, Global__ema={"decay": 0.9})
    run = toy.train(path, "Global.max_steps=2")
    toy.train(path, "Global.max_steps=3", resume=True)
    hashed, read = Counter[Path](), Counter[Path]()
    fingerprint, manifest = checksums.fingerprint, Manifest.read

    def counted(path: Path) -> checksums.FileRecord:
        hashed[path] += 1
        return fingerprint(path)

    def counted_manifest(path: Path) -> Manifest:
        read[path] += 1
        return manifest(path)

    monkeypatch.setattr(checksums, "fingerprint", counted)
    monkeypatch.setattr(Manifest, "read", counted_manifest)
    config = load_config(path)
    with open_session(config, Request([path], lambda: config, "", resume=True)) as session:
        session.begin()
        assert session.state.global_step == 3
    newest = run / "checkpoints" / "step_00000003" / "model"
    suffixes = ("pdparams", "pdopt", "states", "yml", "ema")
    files = {newest.with_suffix(f".{suffix}") for suffix in suffixes}
    assert hashed == Counter(files | {tmp_path / "train.txt", tmp_path / "val.txt"})
    manifests = {path for path in run.rglob("*.json") if path.with_suffix(".pdparams").is_file()}
    assert read == Counter(manifests) and newest.with_suffix(".json") in read


def test_processes_that_would_continue_from_different_checkpoints_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where only their ids differ: two machines, each with a run of its own."""
    CheckpointStore(tmp_path / "run").save("latest", {}, {}, global_step=4, epoch=1)
    path = toy.make(tmp_path)
    config = load_config(path)
    mine = continue_from(tmp_path / "run", config, False, lambda text: None).checkpoint

    def gather(own: list[tuple[str, str]]) -> list[tuple[str, str]]:
        assert own == [(mine.id, "step_00000004 (global step 4, epoch 1)")]
        return [*own, ("0123456789abcdef", own[0][1])]

    monkeypatch.setattr("ppocr_ext.engine.parallel.gather", gather)
    request = Request([path], lambda: config, "", resume=True)
    with pytest.raises(UserError) as refused, open_session(config, request):
        pass
    names = sorted(f"{mine.describe()}, id {each}" for each in (mine.id, "0123456789abcdef"))
    assert refused.value.found == f"the processes would continue from {' and '.join(names)}"


def test_warnings_before_the_run_begins_are_heard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notices = Notices()
    with pytest.raises(UserError), notices.listening():
        logging.getLogger("ppocr_ext.checkpoint.store").warning("damaged: x")
        raise UserError("something else")
    assert capsys.readouterr().err == "warning: damaged: x\n"
