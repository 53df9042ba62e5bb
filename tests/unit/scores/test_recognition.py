"""Scores against values worked out by hand."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppocr_ext.scores.recognition import RecognitionMetric

LINES = st.lists(
    st.tuples(st.text("aăâeêế đ", max_size=8), st.text("aăâeêế đ", max_size=8)), max_size=6
)


def score(*pairs: tuple[str, str], **options: bool) -> dict[str, float]:
    """The summary of (prediction, truth) pairs."""
    metric = RecognitionMetric(**options)
    metric.update([prediction for prediction, _ in pairs], [truth for _, truth in pairs])
    return metric.summary()


def test_golden_values() -> None:
    scores = score(
        ("QUYẾT ĐỊNH", "QUYẾT ĐỊNH"),  # right
        ("QUYT ĐNH", "QUYẾT ĐỊNH"),  # 2 edits of 10, 2 words of 2
        ("Viêt Nam", "Việt Nam"),  # 1 of 8, 1 word of 2, right but for its marks
        ("", "số 7"),  # 4 of 4, 2 words of 2
        ("abcde", "abc"),  # 2 edits of 3, over the longer 5; 1 word of 1
    )
    assert scores == pytest.approx(
        {
            "acc": 1 / 5,
            "norm_edit_dis": 1 - (0 + 2 / 10 + 1 / 8 + 1 + 2 / 5) / 5,
            "cer": 9 / 35,
            "wer": 6 / 9,
            "unaccented_acc": 2 / 5,
            "n": 5,
        }
    )


def test_a_substitution_is_one_edit_and_an_insertion_may_push_cer_over_one() -> None:
    assert score(("b", "a"))["cer"] == 1.0
    assert score(("abc", "a"))["cer"] == 2.0


def test_empty_lines() -> None:
    both = score(("", ""))
    assert (both["acc"], both["norm_edit_dis"], both["cer"], both["wer"]) == (1.0, 1.0, 0.0, 0.0)
    assert score(("x", ""))["norm_edit_dis"] == 0.0
    assert score(("xy", ""))["cer"] == 2.0  # as if the truth had one character


def test_no_lines_score_worst() -> None:
    assert score() == {
        "acc": 0.0,
        "norm_edit_dis": 0.0,
        "cer": 1.0,
        "wer": 1.0,
        "unaccented_acc": 0.0,
        "n": 0,
    }


def test_lines_are_compared_as_nfc() -> None:
    truth = "Nguyễn Thị Hường"
    assert score((unicodedata.normalize("NFD", truth), truth))["cer"] == 0.0
    assert score((truth, unicodedata.normalize("NFD", truth)))["acc"] == 1.0


def test_spaces_count_unless_ignored_and_always_in_wer() -> None:
    assert score(("ViệtNam", "Việt Nam"))["acc"] == 0.0
    ignored = score(("ViệtNam", "Việt Nam"), ignore_space=True)
    assert (ignored["acc"], ignored["cer"], ignored["unaccented_acc"]) == (1.0, 0.0, 1.0)
    assert ignored["wer"] == 1.0
    # the truth's length is counted without its space too
    assert score(("ViệtNan", "Việt Nam"), ignore_space=True)["cer"] == pytest.approx(1 / 7)


def test_case_counts_unless_ignored() -> None:
    assert score(("ĐÀ NẴNG", "Đà Nẵng"))["acc"] == 0.0
    ignored = score(("ĐÀ NẴNG", "Đà Nẵng"), ignore_case=True)
    assert (ignored["acc"], ignored["wer"]) == (1.0, 0.0)


def test_unaccented_accuracy_forgives_marks_only() -> None:
    scores = score(("Duong", "Đường"), ("ĐƯỜNG", "Đường"), ("Dươg", "Đường"))
    assert scores["unaccented_acc"] == pytest.approx(1 / 3)
    assert scores["acc"] == 0.0


def test_lines_of_different_number_are_refused() -> None:
    with pytest.raises(ValueError):
        RecognitionMetric().update(["a"], ["a", "b"])


def test_reset_forgets() -> None:
    metric = RecognitionMetric()
    metric.update(["x"], ["y"])
    metric.reset()
    metric.update(["a"], ["a"])
    assert metric.summary()["acc"] == 1.0 and metric.summary()["n"] == 1


@given(LINES, LINES)
def test_merged_shards_score_as_the_whole(
    left: list[tuple[str, str]], right: list[tuple[str, str]]
) -> None:
    one, other = RecognitionMetric(), RecognitionMetric()
    one.update(*zip(*left, strict=True)) if left else None
    other.update(*zip(*right, strict=True)) if right else None
    one.merge(other.state())
    assert one.summary() == pytest.approx(score(*left, *right))


@given(LINES)
def test_bounds(pairs: list[tuple[str, str]]) -> None:
    scores = score(*pairs)
    assert 0.0 <= scores["acc"] <= scores["unaccented_acc"] <= 1.0
    assert -1e-9 <= scores["norm_edit_dis"] <= 1.0
    assert scores["cer"] >= 0.0 and scores["wer"] >= 0.0


def test_state_holds_plain_numbers() -> None:
    metric = RecognitionMetric()
    metric.update(["ab"], ["a"])
    assert all(type(value) in (int, float) for value in metric.state().values())
