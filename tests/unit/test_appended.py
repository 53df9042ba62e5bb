"""Rows are on the disk or were never there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ppocr_ext.appended import Log
from ppocr_ext.errors import UserError


def test_rows_come_back_in_order_with_their_letters(vietnamese_path: Path) -> None:
    path = vietnamese_path / "nhãn" / "log.jsonl"
    log = Log(path)
    log.append([{"text": "tiếng\nViệt"}, {"n": 1}])
    log.append([{"name": "\udcff"}])
    assert list(Log(path).rows()) == [{"text": "tiếng\nViệt"}, {"n": 1}, {"name": "\udcff"}]


@pytest.mark.parametrize("torn", [b'{"n": 3, "te', b'{"n": 3}', b"\0\0\0\0\n", b"\xe1\xba\n"])
def test_a_torn_last_line_is_cut_off_and_the_next_one_is_whole(
    vietnamese_path: Path, torn: bytes
) -> None:
    path = vietnamese_path / "log.jsonl"
    path.write_bytes(b'{"n":1}\n{"n":2}\n' + torn)
    log = Log(path)
    assert list(log.rows()) == [{"n": 1}, {"n": 2}]
    log.append([{"n": 4}])
    assert path.read_bytes() == b'{"n":1}\n{"n":2}\n{"n":4}\n'
    assert log.damaged == []


def test_a_damaged_line_in_the_middle_is_named_and_stays(vietnamese_path: Path) -> None:
    path = vietnamese_path / "log.jsonl"
    path.write_bytes(b'{"n":1}\n???\n{"n":2}\n')
    log = Log(path)
    assert list(log.rows()) == [{"n": 1}, {"n": 2}]
    assert log.damaged == [2]


def test_a_full_disk_leaves_no_half_row(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(vietnamese_path / "log.jsonl")
    log.append([{"n": 1}])
    write = os.write

    def full(file: int, data: bytes) -> int:
        if len(data) > 5:
            return write(file, data[:5])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        log.append([{"n": 2}, {"n": 3}])
    monkeypatch.setattr(os, "write", write)
    assert log.path.read_bytes() == b'{"n":1}\n'
    log.append([{"n": 4}])
    assert log.path.read_bytes() == b'{"n":1}\n{"n":4}\n'


def test_a_log_that_another_program_changed_is_refused(vietnamese_path: Path) -> None:
    log = Log(vietnamese_path / "f" / "labelling" / "log.jsonl")
    log.append([{"n": 1}])
    with open(log.path, "ab") as stream:
        stream.write(b"x")
    with pytest.raises(UserError, match="changed by another program") as error:
        log.append([{"n": 2}])
    assert error.value.cure.startswith("end this program")
