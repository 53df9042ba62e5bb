"""Confusions of lines whose errors are known."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from ppocr_ext.scores.confusion import Confusion, align, right_characters
from ppocr_ext.text import SHAPES, TONES, VIETNAMESE_LETTERS, decompose

TEXT = st.text("aăắấeếoốưđĐd 12", max_size=10)


def confusion(*pairs: tuple[str, str]) -> Confusion:
    """The confusion of (true line, read line) pairs."""
    result = Confusion()
    result.update([read for _, read in pairs], [true for true, _ in pairs])
    return result


def cells(matrix: np.ndarray, names: tuple[str, ...]) -> dict[tuple[str, str], int]:
    """The cells off the diagonal that are not zero, by name."""
    return {
        (names[row], names[column]): int(matrix[row, column])
        for row, column in zip(*np.nonzero(matrix), strict=True)
        if row != column
    }


def test_align_pairs_true_with_read() -> None:
    assert align("Viet Nm", "Việt Nam") == [
        *(("V", "V"), ("i", "i"), ("ệ", "e"), ("t", "t")),
        *((" ", " "), ("N", "N"), ("a", ""), ("m", "m")),
    ]
    assert align("", "ab") == [("a", ""), ("b", "")]
    assert align("ab", "") == [("", "a"), ("", "b")]
    assert align(unicodedata.normalize("NFD", "ế"), "ế") == [("ế", "ế")]


@given(TEXT, TEXT)
def test_an_alignment_spells_both_lines_with_the_fewest_edits(true: str, read: str) -> None:
    pairs = align(read, true)
    assert "".join(pair[0] for pair in pairs) == true
    assert "".join(pair[1] for pair in pairs) == read
    assert sum(left != right for left, right in pairs) == Levenshtein.distance(true, read)


def test_characters_dropped_and_inserted() -> None:
    result = confusion(("QUYẾT ĐỊNH", "QUYT ĐNH"), ("năm", "nảm"), ("số", "sốl"), ("ba", "bb"))
    assert result.characters() == {("ă", "ả"): 1, ("a", "b"): 1}
    assert result.dropped() == {"Ế": 1, "Ị": 1}
    assert result.inserted() == {"l": 1}


def test_bases_ignore_marks_and_case() -> None:
    result = confusion(("ế", "Ố"), ("em", "om"), ("á", "a"), ("l", "1"), ("đ", "b"))
    assert result.bases() == {("e", "o"): 2, ("d", "b"): 1}


def test_shapes() -> None:
    result = confusion(
        ("ăâơưđ", "aaouo"), ("ố", "ờ"), ("d", "đ"), ("o", "ô"), ("ị", "i"), ("ê", "ê")
    )
    assert cells(result.shapes(), SHAPES) == {
        ("breve", "none"): 1,
        ("circumflex", "none"): 1,
        ("horn", "none"): 2,
        ("circumflex", "horn"): 1,
        ("none", "stroke"): 1,
        ("none", "circumflex"): 1,
    }
    assert result.shapes()[SHAPES.index("circumflex"), SHAPES.index("circumflex")] == 1
    assert result.shapes().sum() == 8  # đ → o has another base; i has no shapes


def test_tones() -> None:
    result = confusion(("hỏi", "hõi"), ("ngã", "ngả"), ("nặng", "nắng"), ("ế", "Ê"), ("ma", "mà"))
    assert cells(result.tones(), TONES) == {
        ("hook", "tilde"): 1,
        ("tilde", "hook"): 1,
        ("dot", "acute"): 1,
        ("acute", "level"): 1,
        ("level", "grave"): 1,
    }
    assert np.trace(result.tones()) == 1  # the i of hỏi


@pytest.mark.parametrize("letter", VIETNAMESE_LETTERS)
def test_every_letter_read_without_its_marks_drops_them(letter: str) -> None:
    parts = decompose(letter)
    result = confusion((letter, parts.base))
    expected = {mark: 1 for mark in parts[1:] if mark not in ("none", "level")}
    assert result.dropped_marks() == expected and not result.inserted_marks()
    reverse = confusion((parts.base, letter))
    assert reverse.inserted_marks() == expected and not reverse.dropped_marks()


def test_a_wrong_mark_is_neither_dropped_nor_inserted() -> None:
    result = confusion(("ố", "ờ"))
    assert not result.dropped_marks() and not result.inserted_marks()


def test_spaces() -> None:
    result = confusion(("Việt Nam ta", "ViệtNam ta"), ("số 7", "s ố-7"))
    assert result.spaces() == {"true": 3, "dropped": 2, "inserted": 1}


def test_digits() -> None:
    result = confusion(("10 đ", "1O đ"), ("l2", "12"), ("83", "33"), ("7", ""), ("5", "5"))
    assert result.digits() == {("0", "O"): 1, ("l", "1"): 1, ("8", "3"): 1, ("7", ""): 1}


def test_case() -> None:
    result = confusion(("Đà Nẵng", "đà NẴng"), ("ab", "aB"), ("a", "Á"))
    assert result.case() == {("Đ", "đ"): 1, ("ẵ", "Ẵ"): 1, ("b", "B"): 1}


def test_merge_is_as_if_all_lines_had_been_added_here() -> None:
    left, right = confusion(("ế", "e"), ("a b", "ab")), confusion(("ế", "e"), ("7", "1"))
    left.merge(right)
    assert left.pairs == confusion(("ế", "e"), ("a b", "ab"), ("ế", "e"), ("7", "1")).pairs


def test_nothing_and_unequal_numbers() -> None:
    empty = Confusion()
    assert not empty.characters() and not empty.dropped_marks() and empty.tones().sum() == 0
    assert empty.spaces() == {"true": 0, "dropped": 0, "inserted": 0}
    with pytest.raises(ValueError):
        empty.update(["a"], [])


def test_right_characters_follow_the_alignment() -> None:
    assert right_characters("Việc Nam", "Việt Nam").tolist() == [True] * 3 + [False] + [True] * 4
    assert right_characters("xHà Nội", "Hà Nội").tolist() == [False] + [True] * 6
