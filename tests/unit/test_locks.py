"""One writer at a time: named to a second one, and gone with its process."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ppocr_ext import locks
from ppocr_ext.errors import UserError
from ppocr_ext.locks import Lock, beside, inside, only_writer
from ppocr_ext.runtime import REPOSITORY

HOLDER = """
import subprocess, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from ppocr_ext.locks import Lock
lock = Lock(Path(sys.argv[2]))
assert lock.acquire()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def hold() -> Iterator[Callable[[Path], subprocess.Popen]]:
    """``hold(lock)`` takes it in a process that has a child of its own; both end with the test."""
    held: list[subprocess.Popen] = []
    children: list[int] = []

    def start(lock: Path) -> subprocess.Popen:
        words = [sys.executable, "-c", HOLDER, str(REPOSITORY), str(lock)]
        pipe = subprocess.PIPE
        held.append(subprocess.Popen(words, stdin=pipe, stdout=pipe, encoding="utf-8"))
        children.append(int(held[-1].stdout.readline()))
        return held[-1]

    yield start
    for each in children:
        os.kill(each, 9)
    for each in held:
        each.kill()
        each.communicate()


def test_one_holder_at_a_time_and_nothing_is_left(vietnamese_path: Path) -> None:
    one, other = (Lock(vietnamese_path / "locks" / "a.lock") for _ in range(2))
    assert one.acquire()
    assert not other.acquire()
    one.release()
    assert other.acquire()
    other.release()
    assert not list(vietnamese_path.iterdir())


def test_the_other_process_is_named_and_its_death_frees_the_lock(
    vietnamese_path: Path, hold: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it is killed and has a child that lives on."""
    run = vietnamese_path / "lượt chạy"
    holder = hold(inside(run))
    monkeypatch.setattr(locks, "PATIENCE", 0.1)
    with pytest.raises(UserError) as caught, only_writer(run, inside(run), "wait"):
        pass
    expected = f"{run.as_posix()} is being written by process {holder.pid} since 20"
    assert caught.value.found.startswith(expected) and "-c" in caught.value.found
    holder.kill()
    holder.wait()
    monkeypatch.setattr(locks, "PATIENCE", 5.0)
    with only_writer(run, inside(run), "wait"):
        assert inside(run).is_file()
    assert not list(run.iterdir())


def test_a_lock_that_a_kill_left_behind_is_taken(tmp_path: Path) -> None:
    lock = Lock(beside(tmp_path / "lines.csv"))
    lock.path.write_text("\0" + json.dumps({"process": 1}) + " " * 900, encoding="utf-8")
    assert lock.acquire()
    facts = json.loads(lock.path.read_text(encoding="utf-8")[1:])
    assert facts["process"] == os.getpid()
    lock.release()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="flock is of POSIX")
@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_is_a_warning(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    hold: Callable,
    code: int,
) -> None:
    """There a process of this machine that is named in the file, and still runs, is the holder."""
    import fcntl

    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(locks, "PATIENCE", 0.0)
    run = tmp_path / "run"
    with only_writer(run, inside(run), "wait"):
        pass
    warning = capsys.readouterr().err
    assert warning.startswith(
        f"warning: {run.as_posix()} does not support locks ({os.strerror(code)})"
    )
    monkeypatch.undo()
    holder = hold(inside(run))
    monkeypatch.setattr(fcntl, "flock", refuse)
    assert not Lock(inside(run)).acquire()
    holder.kill()
    holder.wait()
    lock = Lock(inside(run))
    assert lock.acquire() and lock.missing
    lock.release()


def test_an_environment_of_an_older_version_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "filelock", None)
    with only_writer(tmp_path / "p.txt", beside(tmp_path / "p.txt"), "wait"):
        pass
    assert "filelock" in capsys.readouterr().err
