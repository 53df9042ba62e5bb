"""Rows and lists are read one by one, wherever a file is parted and however it is encoded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ppocr_ext.text import rows


def write(folder: Path, text: str) -> None:
    (folder / "x.json").write_text(text, encoding="utf-8", newline="\n")


@pytest.mark.parametrize("chunk", [8, 64, 1 << 20])
def test_tasks_are_read_one_by_one_wherever_the_file_is_parted(
    chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_CHUNK", chunk)
    tasks = [{"id": 1, "chữ": "a, ] }"}, {}, {"id": [1.25, -3]}, {"x": None}]
    write(tmp_path, " \n[ " + " ,\n".join(map(json.dumps, tasks)) + " ]\n")
    assert list(rows.elements_of(tmp_path / "x.json")) == list(enumerate(tasks))
    write(tmp_path, json.dumps(tasks)[:-4])
    found = rows.elements_of(tmp_path / "x.json")
    assert [next(found) for _ in range(3)] == list(enumerate(tasks[:3]))
    with pytest.raises(ValueError, match="element 3"):
        next(found)
    write(tmp_path, "[1, 2][3]")
    found = rows.elements_of(tmp_path / "x.json")
    assert [next(found), next(found)] == [(0, 1), (1, 2)]
    with pytest.raises(ValueError, match="more behind the list's end, after element 1"):
        next(found)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
def test_rows_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    """The code page of Windows writes tones as letters of their own."""
    text = "xã hội".replace("ộ", "ô\u0323").replace("ã", "a\u0303") + " chu\u0309 nghi\u0303a"
    path = tmp_path / "x.txt"
    path.write_bytes(f"\tmột\n\n{text}\r\n".replace("một", "hai").encode(encoding))
    assert list(rows.rows_of(path)) == [(1, "\thai"), (3, text)]


def test_objects_of_lines_and_of_a_list(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write(tmp_path, '{"a": 1}\n\n{broken\n')
    (_, first), (number, error) = rows.objects_of(path)
    assert first == {"a": 1} and number == 3 and isinstance(error, ValueError)
    write(tmp_path, '[{"a": 1}, 2]')
    assert list(rows.objects_of(path)) == [(0, {"a": 1}), (1, 2)]
