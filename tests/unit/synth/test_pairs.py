from __future__ import annotations

import random
from collections import Counter

import pytest

from ppocr_ext.synth.corpus import CODES, LETTERS, confusable
from ppocr_ext.synth.sources import ALPHABET
from ppocr_ext.synth.syllables import SyllableSampler
from ppocr_ext.text import VIETNAMESE_LETTERS


@pytest.fixture(scope="module")
def drawn() -> list[str]:
    rng, syllables = random.Random(2), SyllableSampler()
    return [confusable(rng, syllables) for _ in range(20_000)]


def test_what_is_taken_for_each_other_is_in_one_group() -> None:
    assert set(LETTERS) >= {*VIETNAMESE_LETTERS, *"aeiouyd"}
    for pair in ("Il", "l1", "O0", "0U", "RA", "MN", ",."):
        assert any(set(pair) <= set(group) for group in CODES)


def test_rare_letters_are_drawn_as_often_as_common_ones(drawn: list[str]) -> None:
    """In running text ỏ is a thirtieth of ó, and ẵ is a hundredth of á."""
    counts = Counter(letter for word in drawn for letter in word)
    for one, other in ("ỏó", "ểế", "ẵá", "ắấ", "ẳả", "ửứ", "ỷý", "ỗố", "ỉí", "ỉể", "ẲẤ", "ỎÓ"):
        assert 0.5 < counts[one] / counts[other] < 2, one + other
    rarest = min(VIETNAMESE_LETTERS, key=lambda letter: counts[letter])
    assert counts[rarest] > 60, rarest


@pytest.mark.parametrize("group", CODES)
def test_the_signs_of_a_group_are_drawn_alike_in_codes(group: str, drawn: list[str]) -> None:
    codes = [word for word in drawn if not set(word.lower()) & set(VIETNAMESE_LETTERS)]
    counts = Counter(sign for word in codes for sign in set(word))
    found = [counts[sign] for sign in group]
    assert min(found) > 30
    assert max(found) < 10 * min(found)  # figures and capitals stand around them


def test_words_hold_nothing_that_cannot_be_drawn(drawn: list[str]) -> None:
    assert all(word and ALPHABET.issuperset(word) and " " not in word for word in drawn)
