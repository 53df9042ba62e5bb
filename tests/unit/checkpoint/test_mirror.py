"""The background copy of a run; trouble with its disk is in tests/faults."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from ppocr_ext.checkpoint import CheckpointStore, Mirror
from ppocr_ext.checkpoint.mirror import overlap


def save(store: CheckpointStore, step: int, *names: str) -> None:
    def write(path: Path) -> None:
        path.write_bytes(b"weights %d" % step)

    store.save(names or ("latest",), {"pdparams": write}, {"step": step}, global_step=step, epoch=1)


@pytest.fixture
def store(vietnamese_path: Path) -> CheckpointStore:
    return CheckpointStore(vietnamese_path / "run")


def test_a_mirror_is_a_run_that_can_be_resumed(store: CheckpointStore, tmp_path: Path) -> None:
    said: list[str] = []
    save(store, 1, "latest", "best_accuracy")
    log = store.directory / "train.log"
    log.write_text("epoch: [1/3]\n", encoding="utf-8")
    mirror = Mirror(
        store, tmp_path / "drive", [log, log.with_name("absent.jsonl")], warn=said.append
    )
    save(store, 2)
    mirror.submit("latest")
    assert mirror.close()
    copy = CheckpointStore(tmp_path / "drive")
    assert copy.load().path("pdparams").read_bytes() == b"weights 2"
    assert copy.load("best_accuracy").path("pdparams").read_bytes() == b"weights 1"
    assert (tmp_path / "drive/train.log").read_text(encoding="utf-8") == "epoch: [1/3]\n"
    assert not said and not list((tmp_path / "drive").rglob(".tmp-*"))


def test_a_new_run_on_an_old_mirror_is_the_newest_there(tmp_path: Path) -> None:
    for run, steps in (("first", range(1, 6)), ("second", range(1, 3))):
        store = CheckpointStore(tmp_path / run)
        for step in steps:
            save(store, step)
        assert Mirror(store, tmp_path / "drive").close()
    assert CheckpointStore(tmp_path / "drive").load().global_step == 2


def test_a_damaged_copy_is_made_again(store: CheckpointStore, tmp_path: Path) -> None:
    save(store, 1)
    assert Mirror(store, tmp_path / "drive").close()
    (tmp_path / "drive/checkpoints/step_00000001/model.pdparams").write_bytes(b"spoilt")
    (tmp_path / "drive/latest.json").unlink()
    assert Mirror(store, tmp_path / "drive").close()
    assert CheckpointStore(tmp_path / "drive").load().path("pdparams").read_bytes() == b"weights 1"


def test_one_name_that_fails_does_not_hold_up_the_others(
    store: CheckpointStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program has the mirror's ``latest`` open, and lets it go."""
    adopt, busy, said = CheckpointStore.adopt, [True, True, True], []

    def refuse(self: CheckpointStore, source, name: str):
        if name == "latest" and busy and busy.pop():
            raise PermissionError(13, "in use", "latest.pdparams")
        return adopt(self, source, name)

    monkeypatch.setattr(CheckpointStore, "adopt", refuse)
    save(store, 1, "latest", "best_accuracy")
    mirror = Mirror(store, tmp_path / "drive", warn=said.append, first_pause=0.001)
    wait = threading.Event()
    while not mirror.idle:
        wait.wait(0.001)
    assert mirror.close()
    assert len(said) == 2 and "in use" in said[0] and "works again" in said[1]
    assert CheckpointStore(tmp_path / "drive").load("best_accuracy").global_step == 1


def test_nothing_intact_to_copy_is_said_and_not_tried_again(
    store: CheckpointStore, tmp_path: Path
) -> None:
    said: list[str] = []
    save(store, 1)
    (store.directory / "latest.pdparams").write_bytes(b"spoilt")  # linked: both places
    mirror = Mirror(store, tmp_path / "drive", warn=said.append)
    assert mirror.close()
    assert (
        len(said) == 1
        and "latest could not be copied to the mirror" in said[0]
        and "model.pdparams" in said[0]
    )


def test_a_slow_disk_gets_the_newest_and_training_does_not_wait(
    store: CheckpointStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, entered, adopted = threading.Event(), threading.Event(), []
    adopt = CheckpointStore.adopt

    def slow(self: CheckpointStore, source, name: str):
        adopted.append(source.global_step)
        entered.set()
        stuck.wait(60)
        return adopt(self, source, name)

    monkeypatch.setattr(CheckpointStore, "adopt", slow)
    save(store, 1)
    mirror = Mirror(store, tmp_path / "drive")
    assert entered.wait(60)
    for step in range(2, 40):  # returns at once, though nothing can be copied
        save(store, step)
        mirror.submit("latest", f"iter_epoch_{step}")
    assert not mirror.idle and len(mirror._waiting) <= 16
    stuck.set()
    assert mirror.close()
    assert CheckpointStore(tmp_path / "drive").load().global_step == 39
    assert adopted.count(39) == 1 and 2 not in adopted


def test_a_stuck_disk_does_not_keep_the_run_from_ending(
    store: CheckpointStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, said = threading.Event(), []
    monkeypatch.setattr(CheckpointStore, "adopt", lambda *_: stuck.wait(60))
    save(store, 1)
    mirror = Mirror(store, tmp_path / "drive", warn=said.append)
    assert not mirror.close(timeout=0.01)
    assert "not up to date" in said[-1]
    stuck.set()


def test_a_disk_that_is_not_there_is_not_made(store: CheckpointStore, tmp_path: Path) -> None:
    """Without Drive mounted, its path must not become a folder on the local disk."""
    said: list[str] = []
    save(store, 1)
    mirror = Mirror(store, tmp_path / "not mounted" / "drive", warn=said.append)
    assert not mirror.close()
    assert "not mounted" in said[0] and not (tmp_path / "not mounted").exists()


def test_an_overlapping_folder_is_said_once(store: CheckpointStore) -> None:
    said: list[str] = []
    save(store, 1)
    before = sorted(store.directory.rglob("*"))
    mirror = Mirror(store, store.directory / "mirror", warn=said.append)
    assert not mirror.enabled
    for _ in range(3):
        mirror.submit("latest")
    assert mirror.close() and mirror.idle
    assert len(said) == 1 and "inside" in said[0]
    assert sorted(store.directory.rglob("*")) == before


def test_overlap(vietnamese_path: Path) -> None:
    run = vietnamese_path / "output" / "run"
    assert overlap(run, run) == "the same folder as"
    assert overlap(run, vietnamese_path / "output" / "x" / ".." / "run") == "the same folder as"
    assert overlap(run, run / "deep" / "mirror") == "inside"
    assert overlap(run, vietnamese_path) == "around"
    assert overlap(run, vietnamese_path / "output" / "run 2") == ""
    run.mkdir(parents=True)
    assert overlap(run, Path(os.path.relpath(run))) == "the same folder as"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there; junctions resolve alike")
def test_overlap_through_a_link(vietnamese_path: Path) -> None:
    run, link = vietnamese_path / "run", vietnamese_path / "link"
    run.mkdir()
    link.symlink_to(run, target_is_directory=True)
    assert overlap(run, link) == "the same folder as"
    assert overlap(run, link / "not yet there") == "inside"
    assert overlap(link / "sub", run) == "around"
