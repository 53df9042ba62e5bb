"""Files are replaced whole, patiently on Windows; pipes, devices and links stay what they are."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ppocr_ext import files
from ppocr_ext.checkpoint import disk
from ppocr_ext.engine.hooks.base import spared
from ppocr_ext.errors import InUseError, disk_error
from ppocr_ext.files import is_stream, rename, replace, replacing, write_text
from ppocr_ext.infer.journal import Journal
from ppocr_ext.outputs import remove_remains
from ppocr_ext.runtime import REPOSITORY

posix = pytest.mark.skipif(os.name == "nt", reason="pipes and devices with names of their own")


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[float]]:
    """``held(3)``: as on Windows, three attempts to replace or rename meet an open file.

    Returns the pauses that were made.
    """
    replace, rename = os.replace, os.rename

    def hold(times: int) -> list[float]:
        pauses: list[float] = []
        left = [times]

        def refusing(operation: Callable) -> Callable:
            def attempt(source: Path, target: Path) -> None:
                if left[0]:
                    left[0] -= 1
                    raise PermissionError(errno.EACCES, "Access denied", str(source), 5)
                operation(source, target)

            return attempt

        monkeypatch.setattr(files, "WINDOWS", True)
        monkeypatch.setattr("os.replace", refusing(replace))
        monkeypatch.setattr("os.rename", refusing(rename))
        monkeypatch.setattr("time.sleep", pauses.append)
        return pauses

    return hold


def test_a_file_that_is_open_for_a_moment_is_waited_for(
    vietnamese_path: Path, held: Callable[[int], list[float]]
) -> None:
    path = vietnamese_path / "kết quả.csv"
    write_text(path, "old\n")
    pauses = held(3)
    write_text(path, "new\n")
    assert path.read_text(encoding="utf-8") == "new\n"
    assert pauses == [0.01, 0.05, 0.2]


def test_one_that_stays_open_is_named_and_keeps_its_content(
    vietnamese_path: Path, held: Callable[[int], list[float]]
) -> None:
    path = vietnamese_path / "kết quả.csv"
    write_text(path, "old\n")
    held(100)
    with pytest.raises(InUseError) as caught:
        write_text(path, "new\n")
    told = disk_error(caught.value)
    assert told is not None and told.found == f"{path} is open in another program"
    assert told.cure == "close it there, then run the same command again"
    assert path.read_text(encoding="utf-8") == "old\n"
    assert [each.name for each in vietnamese_path.iterdir()] == ["kết quả.csv"]


def test_readings_are_kept_for_a_resume_when_the_old_file_is_open(
    tmp_path: Path, held: Callable[[int], list[float]]
) -> None:
    output = tmp_path / "lines.csv"
    write_text(output, "old\n")
    with Journal(output, {"model": "a"}) as rows:
        rows.write("1.png\tmột\t1.0\n")
        held(100)
        with pytest.raises(InUseError) as caught:
            rows.finish()
    assert caught.value.filename == str(output)
    assert output.read_text(encoding="utf-8") == "old\n"
    with Journal(output, {"model": "a"}, resume=True) as rows:
        assert rows.rows == 1


def test_a_folder_that_is_open_is_named(tmp_path: Path, held: Callable[[int], list[float]]) -> None:
    (tmp_path / "model").mkdir()
    held(100)
    with pytest.raises(InUseError) as caught:
        rename(tmp_path / "model", tmp_path / "aside")
    assert caught.value.filename == str(tmp_path / "model")


def test_a_full_disk_names_the_file(tmp_path: Path) -> None:
    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    output = tmp_path / "đơn.txt"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError) as caught:
            write_text(output, "mới")
    told = disk_error(caught.value)
    assert told is not None and told.found == f"{output}: no space is left on the disk"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full disk of Linux")
def test_a_full_disk_names_the_journal(tmp_path: Path) -> None:
    with pytest.raises(OSError) as caught, Journal(tmp_path / "đơn.txt", {}) as rows:
        with open("/dev/full", "w", encoding="utf-8") as full:
            os.dup2(full.fileno(), rows._stream.fileno())
        rows.write("x")
        rows.flush()
    assert caught.value.filename == str(tmp_path / "đơn.txt.part")


def test_what_a_kill_left_goes_the_next_time(vietnamese_path: Path) -> None:
    for name in (".đơn.txt.7.tmp", "..đơn.txt.sha256.7.tmp", ".mine.txt.7.tmp", ".đơn.txt.tmp"):
        (vietnamese_path / name).touch()
    remove_remains([vietnamese_path / "đơn.txt", vietnamese_path / "absent" / "a.txt"])
    assert sorted(os.listdir(vietnamese_path)) == sorted([".mine.txt.7.tmp", ".đơn.txt.tmp"])
    (vietnamese_path / ".đơn.txt.part.json.7.tmp").touch()
    with Journal(vietnamese_path / "đơn.txt", {}) as rows:
        rows.finish()
    left = [".mine.txt.7.tmp", ".đơn.txt.tmp", "đơn.txt"]
    assert sorted(os.listdir(vietnamese_path)) == sorted(left)


def test_there_is_one_way_to_replace() -> None:
    assert disk.replace is replace and disk.rename is rename


def test_elsewhere_permission_denied_stays_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: Callable[[int], list[float]]
) -> None:
    pauses = held(1)
    monkeypatch.setattr(files, "WINDOWS", False)
    with pytest.raises(PermissionError) as caught:
        write_text(tmp_path / "a", "new\n")
    assert not isinstance(caught.value, InUseError) and not pauses


def test_what_a_run_can_do_without_does_not_end_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "errors.jsonl"
    with spared(path):
        raise InUseError(errno.EACCES, "open in another program", str(path))
    assert caplog.messages == [
        f"{path.as_posix()} is not written, training continues: {path} is open in another program"
    ]


@posix
def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    pipe, found = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    with replacing(pipe, "wb") as stream:
        stream.write(b"through")
    reader.join(10)
    assert found == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@posix
def test_a_device_stays_a_device(tmp_path: Path) -> None:
    node = tmp_path / "null"
    try:
        os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    write_text(node, "nowhere\n")
    assert stat.S_ISCHR(node.stat().st_mode)
    assert is_stream(Path(os.devnull))


@posix
def test_standard_output_keeps_its_place_in_a_file(tmp_path: Path) -> None:
    """Opened again it would begin at the file's start, and overwrite what is there."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path\n"
        "from ppocr_ext.files import write_text\n"
        "print('first'); write_text(Path('/dev/stdout'), 'second\\n'); print('third')\n"
    )
    output = tmp_path / "out.txt"
    output.write_text("before\n", encoding="utf-8")
    with open(output, "ab") as stream:
        subprocess.run([sys.executable, "-c", code, str(REPOSITORY)], stdout=stream, check=True)
    assert output.read_text(encoding="utf-8") == "before\nfirst\nsecond\nthird\n"
    assert Path("/dev/stdout").is_symlink()


@posix
def test_a_link_stays_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link, real = tmp_path / "link", tmp_path / "elsewhere" / "real"
    link.symlink_to(real)
    for text in ("made\n", "replaced\n"):
        write_text(link, text)
        assert link.is_symlink() and real.read_text(encoding="utf-8") == text
    with Journal(link, {}) as rows:
        rows.write("row\n")
        rows.finish()
    assert link.is_symlink() and real.read_text(encoding="utf-8") == "row\n"
