"""What was read wrong, and in which way."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ppocr_ext.report.gallery import KINDS, Piece, align, kind_of, read_mistakes
from ppocr_ext.scores.confusion import Confusion


@pytest.mark.parametrize(
    ("truth", "prediction", "kind"),
    [
        ("Việt Nam", "ViệtNam", "space"),
        ("quyết định", "quyết đinh", "tone"),
        ("đường", "dường", "shape"),
        ("đường", "dương", "marks"),
        ("Hà Nội", "hà nội", "case"),
        ("Hà Nội", "Hà Nộ", "missing"),
        ("Hà Nội", "Hà Nội.", "extra"),
        ("1.250", "1.260", "digits"),
        ("Hà Nội", "Hà Lội", "letters"),
    ],
)
def test_kinds(truth: str, prediction: str, kind: str) -> None:
    assert kind_of(truth, prediction) == kind
    assert kind in KINDS


def test_marks_are_reported_from_other_differences() -> None:
    assert align("quyết", "quyêt") == (
        Piece("same", "quy", "quy"),
        Piece("mark", "ế", "ê"),
        Piece("same", "t", "t"),
    )
    assert align("ba", "bà con") == (
        Piece("same", "b", "b"),
        Piece("other", "", "à co"),
        Piece("other", "a", "n"),
    )


@pytest.mark.parametrize(
    ("truth", "prediction", "pairs"),
    [
        ("tên", "nêt", {("t", "n"), ("n", "t")}),  # the longest common stretch gives another answer
        ("ngày 12/10", "ngày 21/01", {("", "2"), ("2", "/"), ("/", "0"), ("0", "")}),
    ],
)
def test_letters_are_paired_as_in_the_confusion_table(
    truth: str, prediction: str, pairs: set[tuple[str, str]]
) -> None:
    wrong = [piece for piece in align(truth, prediction) if piece.kind != "same"]
    assert {(piece.truth, piece.prediction) for piece in wrong} == pairs
    confusion = Confusion()
    confusion.update([prediction], [truth])
    assert {pair for pair in confusion.pairs if pair[0] != pair[1]} == pairs


def test_the_file_is_read_with_whatever_is_wrong_in_it(tmp_path: Path) -> None:
    entries = [
        {"image": "a.png", "truth": "ba", "prediction": "bà", "confidence": 0.5},
        {"image": "b.png", "truth": "ba", "prediction": "ba", "confidence": 0.9},
        {"image": "c.png", "truth": "bà", "prediction": "ba", "confidence": 0.9},
        {"truth": "ba"},
        {"truth": "ba", "prediction": "má", "confidence": "high"},
    ]
    text = "\n".join([*map(json.dumps, entries), "{damaged", "[]"])
    (tmp_path / "errors.jsonl").write_text(text, encoding="utf-8")
    found = read_mistakes(tmp_path, {})
    assert [one.image for one in found] == ["c.png", "a.png", ""]
    assert found[2].confidence is None
    assert read_mistakes(tmp_path / "none", {}) == []


def test_predictions_stand_in_for_the_file(vietnamese_path: Path) -> None:
    labels, read = vietnamese_path / "val.txt", vietnamese_path / "predicts_rec.txt"
    labels.write_text("a.png\tquyết\nb.png\tđịnh\nc.png\tsố\n", encoding="utf-8")
    read.write_text("a.png\tquyêt\t0.9\nb.png\tđịnh\t0.8\nd.png\tx\t0.7\n", encoding="utf-8")
    dataset = {"data_dir": str(vietnamese_path), "label_file_list": [str(labels)]}
    config = {"Eval": {"dataset": dataset}}
    (mistake,) = read_mistakes(vietnamese_path, config)
    assert (mistake.truth, mistake.prediction, mistake.confidence) == ("quyết", "quyêt", 0.9)
    assert Path(mistake.image) == vietnamese_path / "a.png"
    os.utime(labels, (read.stat().st_mtime + 10,) * 2)  # made again since
    assert read_mistakes(vietnamese_path, config) == []
