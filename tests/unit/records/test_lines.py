"""Batches of lines at any block size, and continuing from an offset."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppocr_ext.records import lines
from ppocr_ext.records.lines import LineReader


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_blocks_may_end_anywhere(
    block: int, encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BLOCK", block)
    wanted = [f"dòng {number}: ổn" for number in range(20)]
    path = tmp_path / "train.log"
    path.write_bytes("".join(line + "\r\n" for line in wanted).encode(encoding))
    read = [line for batch in LineReader(path).batches() for line in batch]
    assert [line for line in read if line] == wanted


def test_a_file_without_line_ends_stays_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BLOCK", 10)
    monkeypatch.setattr(lines, "LONGEST_LINE", 40)
    path = tmp_path / "train.log"
    path.write_bytes(b"x" * 95)
    reader = LineReader(path)
    assert [len(line) for batch in reader.batches() for line in batch] == [40, 40]
    assert reader.tail() == ["x" * 15]


def test_reading_continues_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_bytes(b"one\ntwo\nthr")
    first = LineReader(path)
    assert list(first.batches()) == [["one", "two"]]
    assert first.tail() == ["thr"]
    with open(path, "ab") as stream:
        stream.write(b"ee\nfour\n")
    assert list(LineReader(path, first.offset).batches()) == [["three", "four"]]
