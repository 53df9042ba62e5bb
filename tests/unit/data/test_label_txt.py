"""Rows of Label.txt: every key stays, and PPOCRLabel's own loader reads the same."""

from __future__ import annotations

import ast

import pytest

from ppocr_ext.data.label_txt import new_box, parse_row, write_row

BOXES = [
    {
        "transcription": 'true "null" \\ false',
        "points": [[1, 2], [9, 2], [9, 5], [1, 5]],
        "difficult": True,
        "key_cls": "nullable",
        "linking": [[0, 1]],
        "id": None,
    },
    new_box("Tổng\tcộng", [(0.4, 0.6), (9, 0), (9, 5), (0, 5)]),
]


def test_what_is_written_is_read_again() -> None:
    row = write_row("ảnh/trang 1.jpg", BOXES)
    assert row.endswith("\n") and row.count("\t") == 1
    assert parse_row(row) == ("ảnh/trang 1.jpg", BOXES)
    assert BOXES[1]["transcription"] == "Tổng cộng" and BOXES[1]["points"][0] == [0, 1]


def test_the_loader_of_ppocrlabel_reads_it() -> None:
    """It replaces three words in the whole row and evaluates the rest."""
    _, text = write_row("a.jpg", BOXES).split("\t")
    for word, literal in (("false", "False"), ("true", "True"), ("null", "None")):
        text = text.replace(word, literal)
    assert ast.literal_eval(text) == BOXES


@pytest.mark.parametrize("row", ["a.jpg", "a.jpg\t{}", "a.jpg\t[1]", "a.jpg\t[{", "a.jpg\t"])
def test_what_is_no_row_is_refused(row: str) -> None:
    with pytest.raises(ValueError):
        parse_row(row)
