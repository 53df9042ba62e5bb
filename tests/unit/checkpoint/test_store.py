"""Saving, publishing, keeping and loading checkpoints."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ppocr_ext.checkpoint import CheckpointStore, load_checkpoint, write_states
from ppocr_ext.errors import UserError


def writer(data: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(data)


def writers(step: int) -> dict[str, Callable[[Path], None]]:
    return {
        "pdparams": writer(b"weights %d" % step),
        "pdopt": writer(b"moments %d" % step),
        "states": lambda path: write_states(path, {"epoch": 1, "global_step": step}),
    }


class Run:
    """A store and what it warned of."""

    def __init__(self, directory: Path, **settings: int) -> None:
        self.directory, self.warnings = directory, []
        self.store = CheckpointStore(directory, warn=self.warnings.append, **settings)

    def save(self, step: int, *names: str) -> None:
        state, metrics = {"position": step}, {"acc": step / 10}
        names = names or ("latest",)
        self.store.save(names, writers(step), state, metrics, global_step=step, epoch=1)

    def folders(self) -> list[str]:
        return sorted(path.name for path in (self.directory / "checkpoints").iterdir())


@pytest.fixture
def run(vietnamese_path: Path) -> Run:
    return Run(vietnamese_path / "output")


class Overtaken(CheckpointStore):
    """While it saves, another process saves three newer ones into the same folder."""

    def _commit(self, folder: Path, global_step: int) -> Path:
        target = super()._commit(folder, global_step)
        other = CheckpointStore(self.directory, keep_last=2)
        for step in (2, 3, 4):
            other.save("latest", writers(step), {}, global_step=step, epoch=1)
        return target


def test_a_checkpoint_may_be_removed_at_once_by_another_process(tmp_path: Path) -> None:
    warnings: list[str] = []
    store = Overtaken(tmp_path, warn=warnings.append)
    store.save("latest", writers(1), {}, global_step=1, epoch=1)
    assert CheckpointStore(tmp_path).load().global_step == 4
    assert len(warnings) == 1 and "was removed by another process" in warnings[0]


def test_loads_what_was_saved(run: Run) -> None:
    run.save(1000, "latest", "best_accuracy")
    for name in (None, "latest", "best_accuracy"):
        loaded = run.store.load(name)
        assert loaded.path("pdparams").read_bytes() == b"weights 1000"
        assert loaded.path(".pdopt").read_bytes() == b"moments 1000"
        assert loaded.state == {"position": 1000} and loaded.metrics == {"acc": 100.0}
        assert (loaded.global_step, loaded.epoch, loaded.partial) == (1000, 1, False)
        assert loaded.names == ("latest", "best_accuracy")
        assert set(loaded.files) == {"pdparams", "pdopt", "states"}
    assert not run.warnings


def test_layout_is_stock_paddleocr_and_readable(run: Run) -> None:
    run.save(1000, "latest", "iter_epoch_1")
    for prefix in ("latest", "iter_epoch_1", "checkpoints/step_00001000/model"):
        for suffix in ("pdparams", "pdopt", "states", "json"):
            assert (run.directory / f"{prefix}.{suffix}").is_file()
        with open(run.directory / f"{prefix}.states", "rb") as stream:
            assert pickle.load(stream) == {"epoch": 1, "global_step": 1000}
    manifest = json.loads((run.directory / "latest.json").read_text(encoding="utf-8"))
    assert manifest["files"]["pdparams"]["size"] == len(b"weights 1000")
    assert manifest["state"] == {"position": 1000}


def test_several_names_are_written_once(run: Run) -> None:
    calls = []

    def write(path: Path) -> None:
        calls.append(path)
        path.write_bytes(b"weights")

    saved = run.store.save(
        ["latest", "iter_epoch_1"], {"pdparams": write}, {}, global_step=1, epoch=1
    )
    run.store.publish(saved, "best_accuracy")
    assert len(calls) == 1
    assert run.store.load("best_accuracy").names == ("latest", "iter_epoch_1", "best_accuracy")


def test_latest_is_linked_and_the_best_is_a_copy_of_its_own(run: Run) -> None:
    run.save(1, "latest", "best_accuracy")
    own = run.directory / "checkpoints/step_00000001/model.pdparams"
    assert own.samefile(run.directory / "latest.pdparams")
    assert not own.samefile(run.directory / "best_accuracy.pdparams")


def test_latest_is_copied_where_links_are_impossible(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("a disk without links")

    monkeypatch.setattr("os.link", refuse)
    run.save(1)
    assert (run.directory / "latest.pdparams").read_bytes() == b"weights 1"
    assert not run.warnings


def test_retention_keeps_the_newest_every_nth_and_the_best(vietnamese_path: Path) -> None:
    run = Run(vietnamese_path, keep_last=2, keep_every=400)
    for step in range(100, 1100, 100):
        names = {200: ("latest", "best_accuracy"), 300: ("latest", "best_norm_edit_dis")}
        run.save(step, *names.get(step, ()))
    kept = [200, 300, 400, 800, 900, 1000]
    assert run.folders() == [f"step_{step:08d}" for step in kept]
    assert run.store.load("best_accuracy").global_step == 200


def test_epoch_checkpoints_outlive_their_folder(vietnamese_path: Path) -> None:
    run = Run(vietnamese_path, keep_last=1)
    run.save(1, "latest", "iter_epoch_1")
    run.save(2)
    assert run.folders() == ["step_00000002"]
    assert run.store.load("iter_epoch_1").path("pdparams").read_bytes() == b"weights 1"


def test_after_a_rollback_the_newer_save_is_the_latest(run: Run) -> None:
    for step in (100, 200, 300, 200):
        run.save(step)
    newest = run.store.newest()
    assert newest is not None
    assert run.store.load().name == newest.name == "step_00000200-2"
    assert run.folders() == ["step_00000200", "step_00000200-2", "step_00000300"]


def test_a_clock_that_goes_back_changes_no_order(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.save(1)
    monkeypatch.setattr("time.time", lambda: 0.0)
    run.save(2)
    assert run.store.load().global_step == 2


def test_files_that_the_new_one_lacks_do_not_stay(run: Run) -> None:
    run.save(1)
    run.store.save("latest", {"pdparams": writer(b"w")}, {}, global_step=2, epoch=1)
    assert not (run.directory / "latest.pdopt").exists()
    assert set(run.store.load().files) == {"pdparams"}


def test_numpy_values_in_the_state_become_json(run: Run) -> None:
    state = {"rng": np.arange(3, dtype=np.uint32), "best": np.float32(0.5)}
    saved = run.store.save("latest", writers(1), state, global_step=1, epoch=1)
    assert saved.state == run.store.load().state == {"rng": [0, 1, 2], "best": 0.5}


def test_a_state_that_is_not_json_is_a_mistake_found_before_writing(run: Run) -> None:
    with pytest.raises(TypeError, match="object"):
        run.store.save("latest", writers(1), {"a": object()}, global_step=1, epoch=1)
    assert not run.directory.exists()


def test_a_failing_writer_leaves_everything_as_it_was(run: Run) -> None:
    run.save(1)

    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("out of device memory")

    with pytest.raises(RuntimeError):
        run.store.save("latest", {**writers(2), "pdopt": fail}, {}, global_step=2, epoch=1)
    assert run.folders() == ["step_00000001"]
    assert run.store.load().global_step == 1


def test_publishing_that_fails_is_a_warning(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program holds ``latest.pdparams`` open on Windows: the folder is what counts."""
    run.save(1)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "in use", "latest.pdparams")

    monkeypatch.setattr("os.replace", refuse)
    run.save(2)
    assert "written as latest" in run.warnings[0] and "in use" in run.warnings[0]
    assert run.store.load().global_step == 2
    assert (run.directory / "latest.pdparams").read_bytes() == b"weights 1"


@pytest.mark.parametrize(
    "typed",
    [
        "latest",
        "latest.pdparams",
        "latest.states",
        "latest.json",
        "checkpoints/step_00000002",
        "checkpoints/step_00000002/model",
        "checkpoints/step_00000002/model.pdparams",
        "",
    ],
)
def test_loads_from_the_path_that_people_type(run: Run, typed: str) -> None:
    run.save(1)
    run.save(2)
    assert load_checkpoint(run.directory / typed).global_step == 2


def test_the_path_of_one_checkpoint_means_that_one(run: Run) -> None:
    run.save(1)
    run.save(2)
    folder = run.directory / "checkpoints" / "step_00000001"
    assert load_checkpoint(folder).global_step == 1
    (folder / "model.pdopt").write_bytes(b"spoilt")
    with pytest.raises(UserError, match=r"model\.pdopt: 6 bytes, expected 9"):
        load_checkpoint(folder)


def test_reports_beside_the_checkpoints_are_not_taken_for_manifests(run: Run) -> None:
    run.save(1)
    (run.directory / "report_card.json").write_text("{}", encoding="utf-8")
    (run.directory / "metrics.json").write_text("[1]", encoding="utf-8")
    assert run.store.load().global_step == 1
    assert not run.warnings


def test_newest_and_find_do_not_read_the_files(run: Run) -> None:
    assert run.store.newest() is None
    run.save(1, "latest", "best_accuracy")
    run.save(2)
    (run.directory / "checkpoints/step_00000002/model.pdparams").write_bytes(b"")
    newest, best = run.store.newest(), run.store.find("best_accuracy")
    assert newest is not None and newest.global_step == 2
    assert best is not None and best.global_step == 1
    assert run.store.find("iter_epoch_9") is None


def test_an_unknown_name_is_answered_with_those_that_exist(run: Run) -> None:
    run.save(1)
    with pytest.raises(UserError, match=r"no checkpoint 'best_accuracy'(.|\n)*latest"):
        run.store.load("best_accuracy")


def test_no_checkpoint_at_all(vietnamese_path: Path) -> None:
    with pytest.raises(UserError, match="no checkpoint"):
        load_checkpoint(vietnamese_path)
    with pytest.raises(UserError, match="no checkpoint 'latest'"):
        load_checkpoint(vietnamese_path / "absent" / "latest")


def test_a_manifest_that_was_edited_is_not_trusted(run: Run) -> None:
    run.save(1)
    run.save(2)
    path = run.directory / "checkpoints/step_00000002/model.json"
    path.write_text(path.read_text(encoding="utf-8").replace(": 2", ": 3"), encoding="utf-8")
    (run.directory / "latest.json").unlink()
    assert run.store.load().global_step == 1
    assert "changed after it was written" in run.warnings[0]


def test_at_least_one_checkpoint_stays() -> None:
    with pytest.raises(ValueError, match="keep_last"):
        CheckpointStore(Path(), keep_last=0)
