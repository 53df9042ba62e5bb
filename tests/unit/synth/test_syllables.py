from __future__ import annotations

import random

import pytest

from ppocr_ext.synth.syllables import SyllableSampler, all_syllables
from ppocr_ext.text import VIETNAMESE_LETTERS

SYLLABLES = frozenset(all_syllables())


REAL = """nghiêng quyển giường khuỷu hòa thúy quốc gì ghế kỹ yến ương chuyện toán xoong mía ngoằn
được những phường đặng ẵm ỷ thuở quýt tuyết quỳnh giết"""


@pytest.mark.parametrize("real", REAL.split())
def test_real_syllables_are_spelled(real: str) -> None:
    assert real in SYLLABLES


@pytest.mark.parametrize("wrong", ["kà", "cế", "ngể", "gê", "càp", "bảch", "ngha", "quu", "hoà"])
def test_what_spelling_forbids_is_not_there(wrong: str) -> None:
    assert wrong not in SYLLABLES


@pytest.mark.parametrize("letter", VIETNAMESE_LETTERS)
def test_every_letter_can_be_drawn(letter: str) -> None:
    assert letter in SyllableSampler().draw_with(random.Random(1), letter)
