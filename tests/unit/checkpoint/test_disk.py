"""Temporary names, and the clean-up of those that dead processes left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ppocr_ext.checkpoint import disk


def test_what_was_not_moved_is_removed(tmp_path: Path) -> None:
    with disk.temporary(tmp_path) as folder, disk.temporary(tmp_path) as file:
        folder.mkdir()
        (folder / "model.pdparams").write_bytes(b"x")
        file.write_bytes(b"y")
        assert folder != file
        assert disk.remove_abandoned(tmp_path) == []  # in use
    assert list(tmp_path.iterdir()) == []


def test_what_was_moved_stays(tmp_path: Path) -> None:
    with disk.temporary(tmp_path) as path:
        path.write_bytes(b"x")
        path.rename(tmp_path / "final")
    assert [path.name for path in tmp_path.iterdir()] == ["final"]


def leave(folder: Path, name: str) -> Path:
    path = folder / name
    path.mkdir()
    (path / "model.pdparams").write_bytes(b"half")
    return path


def own_name(folder: Path, process: int, token: str = "00000000") -> str:
    with disk.temporary(folder) as path:
        host = path.name.split("-")[1]
    return f".tmp-{host}-{process}-{token}-1"


def test_only_the_dead_are_removed(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    gone = [
        leave(tmp_path, own_name(tmp_path, dead.pid)),
        leave(tmp_path, own_name(tmp_path, os.getpid())),  # an earlier process of the same id
    ]
    stay = [
        leave(tmp_path, own_name(tmp_path, os.getppid())),  # it runs
        leave(tmp_path, ".tmp-ffffff-1-00000000-1"),  # another computer's, on a network disk
        leave(tmp_path, ".tmp-of somebody else"),
    ]
    assert sorted(disk.remove_abandoned(tmp_path)) == sorted(path.name for path in gone)
    assert sorted(tmp_path.iterdir()) == sorted(stay)


def test_after_a_day_another_computer_is_taken_for_dead(tmp_path: Path) -> None:
    left = leave(tmp_path, ".tmp-ffffff-1-00000000-1")
    yesterday = time.time() - 25 * 3600
    os.utime(left, (yesterday, yesterday))
    assert disk.remove_abandoned(tmp_path) == [left.name]


def test_what_could_not_be_removed_goes_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("open in another program")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        with disk.temporary(tmp_path) as path:
            path.write_bytes(b"x")
    assert path.exists()
    assert disk.remove_abandoned(tmp_path) == [path.name]
