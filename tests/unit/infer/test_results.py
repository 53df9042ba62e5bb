"""Rows are written and read back, whatever the text; a journal survives kills."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.infer.journal import Journal
from ppocr_ext.infer.reading import Character, Reading
from ppocr_ext.infer.results import (
    CSV_HEADER,
    FORMATS,
    format_of,
    format_row,
)
from ppocr_ext.scores.pairs import Row, read_rows

ROWS = [
    ("a b/ế 📷.png", Reading('nói: "vâng, ạ"', 0.98765)),
    ("tab\tname\n.png", Reading("", 0.0, "not an image")),
    ("c.png", Reading("1,5 \\ 'x' = 50%", 0.5)),
]


@pytest.mark.parametrize("format_name", FORMATS)
def test_rows_come_back(tmp_path: Path, format_name: str) -> None:
    path = tmp_path / "rows"
    header = CSV_HEADER if format_name == "csv" else ""
    text = header + "".join(format_row(format_name, *row) for row in ROWS)
    path.write_text(text, encoding="utf-8", newline="\n")
    assert text.count("\n") == len(ROWS) + bool(header)
    assert list(read_rows(path, format_name)) == [
        Row("a b/ế 📷.png", 'nói: "vâng, ạ"', pytest.approx(0.98765, abs=1e-4), ""),
        Row("tab\\tname\\n.png", "", 0.0, "not an image"),
        Row("c.png", "1,5 \\ 'x' = 50%", 0.5, ""),
    ]


def test_names_that_look_like_json_are_names(tmp_path: Path) -> None:
    path, names = tmp_path / "p.txt", ["{1}.png", "[2].png"]
    path.write_text("".join(format_row("txt", name, Reading("a", 0.5)) for name in names), "utf-8")
    assert [row.image for row in read_rows(path, "txt")] == names


def test_paddleocrs_format_to_the_letter() -> None:
    assert format_row("txt", "a.png", Reading("Việt", 0.5)) == "a.png\tViệt\t0.5000\n"


def test_json_lines_hold_characters() -> None:
    character = Character("ế", 0.9, (("ê", 0.05), ("", 0.01)))
    row = json.loads(format_row("jsonl", "a", Reading("ế", 0.9, "", (character,))))
    assert row["characters"] == [
        {"text": "ế", "confidence": 0.9, "alternatives": [["ê", 0.05], ["", 0.01]]}
    ]


def test_other_programs_read_the_csv(tmp_path: Path) -> None:
    text = "\ufeff" + CSV_HEADER + "".join(format_row("csv", *row) for row in ROWS)
    (tmp_path / "rows.csv").write_text(text, encoding="utf-8", newline="\n")
    with open(tmp_path / "rows.csv", encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["text"] == 'nói: "vâng, ạ"'
    assert rows[1]["error"] == "not an image"


def test_the_suffix_chooses_the_format() -> None:
    assert format_of(Path("a.csv"), None) == "csv"
    assert format_of(Path("a.JSONL"), None) == "jsonl"
    assert format_of(Path("predicts_rec.txt"), None) == "txt"
    assert format_of(Path("a.csv"), "txt") == format_of(Path("predictions"), None) == "txt"
    assert format_of(Path("a.xlsx"), "csv") == "csv"
    with pytest.raises(UserError, match=r"a\.xlsx: the format of \.xlsx files") as caught:
        format_of(Path("a.xlsx"), None)
    assert caught.value.cure.startswith("--output a.csv")


FACTS = {"model": "m", "images": "i"}


def test_the_old_file_stays_until_the_new_one_is_complete(vietnamese_path: Path) -> None:
    output = vietnamese_path / "kết quả.txt"
    output.write_text("old\n", encoding="utf-8")
    with pytest.raises(RuntimeError), Journal(output, FACTS) as rows:
        rows.write("new\n")
        raise RuntimeError
    assert output.read_text(encoding="utf-8") == "old\n"
    with Journal(output, FACTS) as rows:
        rows.write("new\n")
        rows.finish()
    assert output.read_text(encoding="utf-8") == "new\n"
    assert [path.name for path in vietnamese_path.iterdir()] == [output.name]


@pytest.mark.parametrize("header", ["", CSV_HEADER, "\ufeff" + CSV_HEADER])
@pytest.mark.parametrize("cut", range(0, 90, 7))
def test_resuming_after_any_cut_repeats_and_loses_nothing(
    tmp_path: Path, header: str, cut: int
) -> None:
    output = tmp_path / "p.txt"
    rows = [f"dòng {number}\n" for number in range(6)]
    with Journal(output, FACTS, header) as journal:
        for row in rows:
            journal.write(row)
    part = tmp_path / "p.txt.part"
    part.write_bytes(part.read_bytes()[:cut])
    with Journal(output, FACTS, header, resume=True) as journal:
        for row in rows[journal.rows :]:
            journal.write(row)
        journal.finish()
    assert output.read_bytes().decode("utf-8") == header + "".join(rows)


def test_another_model_cannot_continue(tmp_path: Path) -> None:
    with Journal(tmp_path / "p.txt", FACTS) as rows:
        rows.write("row\n")
    with pytest.raises(UserError, match="different settings: model"):
        Journal(tmp_path / "p.txt", {**FACTS, "model": "other"}, resume=True)
    with Journal(tmp_path / "p.txt", {**FACTS, "model": "other"}) as rows:
        assert rows.rows == 0


def test_a_name_that_is_no_text_leaves_the_file_utf8(tmp_path: Path) -> None:
    with Journal(tmp_path / "p.txt", FACTS) as rows:
        rows.write("H\udce0.png\n")
        rows.finish()
    assert (tmp_path / "p.txt").read_text(encoding="utf-8") == "H\\udce0.png\n"
