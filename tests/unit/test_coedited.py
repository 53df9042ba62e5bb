"""Files that other programs write, too: never over what they wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ppocr_ext import coedited
from ppocr_ext.coedited import CoEdited


@pytest.fixture
def files(vietnamese_path: Path) -> CoEdited:
    return again(vietnamese_path)


def again(folder: Path) -> CoEdited:
    """As a new start has it."""
    return CoEdited(lambda name: folder / name, folder / "nhà" / "files.json")


def test_what_is_ours_is_written_again_and_only_where_it_differs(
    files: CoEdited, vietnamese_path: Path
) -> None:
    path = vietnamese_path / "train.txt"
    files.write({"train.txt": b"1", "val.txt": b""})
    assert path.read_bytes() == b"1" and not (vietnamese_path / "val.txt").exists()
    before = path.stat().st_mtime_ns, path.stat().st_ino
    files.write({"train.txt": b"1"})
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    again(vietnamese_path).write({"train.txt": b"2"})
    assert path.read_bytes() == b"2"
    again(vietnamese_path).write({"train.txt": b""})  # the last label is gone
    assert path.read_bytes() == b""


@pytest.mark.parametrize("theirs", [b"theirs", None], ids=["changed", "removed"])
def test_what_another_program_did_stays(
    files: CoEdited, vietnamese_path: Path, theirs: bytes | None
) -> None:
    path = vietnamese_path / "train.txt"
    files.write({"train.txt": b"1", "val.txt": b"1"})
    path.unlink() if theirs is None else path.write_bytes(theirs)
    for each in (files, again(vietnamese_path)):
        each.write({"train.txt": b"2", "val.txt": b"2"})
        assert each.changed == {"train.txt"}
        assert (path.read_bytes() if path.exists() else None) == theirs
        assert (vietnamese_path / "val.txt").read_bytes() == b"2"
    path.write_bytes(b"1")  # taken back by hand
    files.write({"train.txt": b"2"})
    assert files.changed == set() and path.read_bytes() == b"2"


def test_a_file_that_was_never_ours_is_not_overwritten(
    files: CoEdited, vietnamese_path: Path
) -> None:
    path = vietnamese_path / "train.txt"
    path.write_bytes(b"there before")
    files.write({"train.txt": b"1"})
    assert files.changed == {"train.txt"} and path.read_bytes() == b"there before"
    files.look({"train.txt": b"there before"})  # the same that we would write
    assert files.changed == set()
    files.know("train.txt")
    files.write({"train.txt": b"1"})
    assert path.read_bytes() == b"1"


def test_ours_after_theirs_was_set_aside(files: CoEdited, vietnamese_path: Path) -> None:
    path = vietnamese_path / "train.txt"
    files.write({"train.txt": b"1"})
    path.write_bytes(b"theirs")
    files.write({"train.txt": b"2"})
    assert files.set_aside("train.txt") == "train_2.txt"
    files.write({"train.txt": b"2"})
    assert path.read_bytes() == b"2" and files.changed == set()
    assert (vietnamese_path / "train_2.txt").read_bytes() == b"theirs"
    path.unlink()
    assert files.set_aside("train.txt") is None  # they removed it: nothing to keep
    files.write({"train.txt": b"3"})
    assert path.read_bytes() == b"3"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_around_the_replacement_makes_no_stranger_of_our_file(
    files: CoEdited, vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    files.write({"train.txt": b"1"})
    replacing = coedited.replacing

    class Killed(BaseException):
        pass

    def killed(path: Path, mode: str) -> object:
        if when == "after":
            with replacing(path, mode) as stream:
                stream.write(b"2")
        raise Killed

    monkeypatch.setattr(coedited, "replacing", killed)
    with pytest.raises(Killed):
        files.write({"train.txt": b"2"})
    monkeypatch.setattr(coedited, "replacing", replacing)
    found = again(vietnamese_path)
    found.write({"train.txt": b"3"})
    assert found.changed == set()
    assert (vietnamese_path / "train.txt").read_bytes() == b"3"


@pytest.mark.parametrize("text", ["", "{", "\x00"])
def test_without_its_record_every_file_is_another_programs(
    files: CoEdited, vietnamese_path: Path, text: str
) -> None:
    files.write({"train.txt": b"1"})
    files.record.write_text(text, encoding="utf-8")
    found = again(vietnamese_path)
    found.write({"train.txt": b"2"})
    assert found.changed == {"train.txt"}
    assert (vietnamese_path / "train.txt").read_bytes() == b"1"


def test_the_record_holds_sums_by_name(files: CoEdited) -> None:
    files.write({"train.txt": b"abc"})
    sums = {"train.txt": ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]}
    assert json.loads(files.record.read_text(encoding="utf-8")) == sums
