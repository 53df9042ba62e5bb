"""Scores, groups, confidences and the page."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest

from ppocr_ext.report.evaluation import to_markdown, widths_of, write_evaluation
from ppocr_ext.scores.breakdown import by_frequency
from ppocr_ext.scores.calibration import Bin, Reliability
from ppocr_ext.scores.evaluation import evaluate
from ppocr_ext.scores.pairs import Pair, Pairs
from ppocr_ext.scores.recognition import share_interval

LINES = [
    Pair("a/1.png", "Việt Nam", "ViệtNam", 0.9),  # a space
    Pair("a/2.png", "tiếng", "tiềng", 0.8),  # a tone
    Pair("b/1.png", "ĐƯỜNG", "đường", 0.7),  # case
    Pair("b/2.png", "số 7", "số 7", 0.99),
    Pair("b/3.png", "một dòng chữ dài hơn bốn mươi chữ cái, thế thôi", "", 0.0),
]


def test_scores_of_ours_and_of_paddleocrs() -> None:
    evaluation = evaluate(Pairs(LINES, missing=1, unused=2, repeated=[]))
    scores = evaluation.scores
    assert scores["acc"] == pytest.approx(1 / 5)
    assert scores["case_blind_acc"] == pytest.approx(2 / 5)
    assert scores["unaccented_acc"] == pytest.approx(2 / 5)
    assert scores["tone_errors"] == pytest.approx(1 / 8)  # i ệ a, i ế, Ư Ờ, ố: one is wrong
    assert scores["paddleocr_acc"] == pytest.approx(2 / 5)  # the space does not count
    assert evaluation.only_paddleocr == 1
    assert set(scores) - set(evaluation.intervals) == {"n", "ece"}
    for name, (low, high) in evaluation.intervals.items():
        assert low <= scores[name] <= high, name
    assert evaluation.confusion.spaces()["dropped"] > 1
    assert evaluation.worst[0].image == "b/3.png"


def test_groups() -> None:
    widths = {"a/1.png": 100.0, "a/2.png": 100.0, "b/2.png": 2000.0}
    groups = evaluate(Pairs(LINES, 0, 0, []), widths).groups
    assert [(g.name, g.n, g.acc) for g in groups["length"]] == [
        ("up to 5 characters", 3, pytest.approx(1 / 3)),
        ("6 to 10 characters", 1, 0.0),
        ("over 40 characters", 1, 0.0),
    ]
    assert [(g.name, g.n) for g in groups["folder"]] == [("b", 3), ("a", 2)]
    assert [(g.name, g.n) for g in groups["width"]] == [("up to 160 px", 2), ("over 1280 px", 1)]


def test_groups_by_font() -> None:
    fonts = {"a/1.png": "serif", "b/1.png": "mono", "b/2.png": "serif", "other.png": "mono"}
    groups = evaluate(Pairs(LINES, 0, 0, []), groups=fonts).groups["group"]
    assert [(g.name, g.n, g.acc) for g in groups] == [("serif", 2, 0.5), ("mono", 1, 0.0)]


def test_the_truth_loses_what_the_dictionary_lacks_only_as_paddleocr_counts() -> None:
    pairs = Pairs([Pair("a.png", "5 m²", "5m")], 0, 0, [])
    assert evaluate(pairs).scores["paddleocr_acc"] == 0.0
    scores = evaluate(pairs, dictionary=set("5m ")).scores
    assert (scores["paddleocr_acc"], scores["acc"]) == (1.0, 0.0)


def test_characters_by_how_common_they_are() -> None:
    read = {("a", "a"): 3, ("a", "b"): 1, ("z", ""): 2, ("", "x"): 9}
    groups = by_frequency(read, ["aab"])
    assert [(g.name, g.n, g.acc) for g in groups] == [
        ("up to 10 most common", 4, 0.75),
        ("not in the corpus", 2, 0.0),
    ]


def test_reliability_and_its_error() -> None:
    measured = Reliability()
    assert measured.error() == 0.0 and measured.bins() == []
    measured.add([0.95, 1.0], [True, True])
    measured.add([0.51, 0.5], [True, False])
    assert measured.bins() == [Bin(2, pytest.approx(0.505), 0.5), Bin(2, pytest.approx(0.975), 1.0)]
    assert measured.error() == pytest.approx((0.005 * 2 + 0.025 * 2) / 4)


def test_confidence_is_judged_whatever_form_the_letters_have() -> None:
    lines = [Pair("a.png", normalize("NFD", "Việt"), "Việt", 0.75)]
    evaluation = evaluate(Pairs(lines, 0, 0, []))
    assert evaluation.bins == [Bin(4, 0.75, 1.0)] and evaluation.scores["ece"] == 0.25


def test_without_confidences_there_is_no_calibration() -> None:
    lines = [pair._replace(confidence=None) for pair in LINES]
    evaluation = evaluate(Pairs(lines, 0, 0, []))
    assert "ece" not in evaluation.scores and not evaluation.bins
    assert "Confidence" not in to_markdown(evaluation, "title")


def test_text_of_the_files_is_never_markup() -> None:
    lines = [Pair("x|y.png", "<script>*a*|b", "`b`\n", None)]
    page = to_markdown(evaluate(Pairs(lines, 0, 0, [])), "a_b <c>")
    assert "<script>" not in page and "| x\\|y.png | &lt;script&gt;\\*a\\*\\|b | \\`b\\`  |" in page


def test_files(tmp_path: Path) -> None:
    pairs = Pairs(LINES, 0, 0, [])
    evaluation = evaluate(pairs)
    written = write_evaluation(evaluation, pairs, tmp_path / "out", "title", True, Path("lines"))
    names = ["evaluation.md", "evaluation.json", "errors.jsonl", "evaluation.html"]
    assert [path.name for path in written] == [*names, "tones.png", "shapes.png", "reliability.png"]
    assert all(path.stat().st_size for path in written)
    data = json.loads(written[1].read_text(encoding="utf-8"))
    assert data["tones"][2][1] == 1  # acute read as grave
    assert data["scores"]["n"] == 5 and len(data["worst"]) == 4
    errors = [json.loads(line) for line in written[2].read_text(encoding="utf-8").splitlines()]
    images = [f"lines/{name}.png" for name in ("a/1", "a/2", "b/1", "b/3")]
    assert [error["image"] for error in errors] == images
    assert set(errors[0]) == {"image", "truth", "prediction", "confidence"}
    assert '"truth":"ĐƯỜNG"' in written[3].read_text(encoding="utf-8")


def test_no_lines_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="no lines"):
        evaluate(Pairs([], 0, 0, []))


def test_intervals_of_shares_and_differences() -> None:
    random = np.random.default_rng(0)
    right, better = random.random(400) < 0.5, random.random(400) < 0.5
    low, high = share_interval(right.astype(float), np.ones(400))
    assert low < right.mean() < high and 0.06 < high - low < 0.14  # ± 2 standard errors of 0.025
    assert share_interval(np.zeros(400), np.ones(400)) == (0.0, 0.0)
    low, high = share_interval((right | better).astype(float) - right, np.ones(400))
    assert 0 < low < (right | better).mean() - right.mean() < high


def test_nothing_is_left_beside_labels(line_set: Path, tmp_path: Path) -> None:
    folder = tmp_path / "nhãn"
    shutil.copytree(line_set.parent, folder, ignore=shutil.ignore_patterns(".*"))
    before = sorted(folder.rglob("*"))
    widths = widths_of(folder / "labels.txt")
    assert len(widths) == 6 and all(width > 16 for width in widths.values())
    assert sorted(folder.rglob("*")) == before
