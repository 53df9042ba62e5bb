"""The probability of a text is the sum over every way to write it."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from ppocr_ext.infer.likelihood import log_probability
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec

CHARSET = Charset("ab")


@pytest.mark.parametrize("text", ["", "a", "ab", "aa", "aba", "b a"])
def test_it_sums_over_every_path(text: str) -> None:
    rng = np.random.default_rng(3)
    scores = rng.random((5, len(CHARSET.classes)))
    scores /= scores.sum(axis=1, keepdims=True)
    codec, expected = CTCCodec(CHARSET), 0.0
    for path in product(range(len(CHARSET.classes)), repeat=5):
        if codec.decode(path) == text:
            expected += math.prod(scores[step, index] for step, index in enumerate(path))
    parts = [scores[:2], scores[2:]]
    assert log_probability(parts, text, CHARSET) == pytest.approx(math.log(expected), abs=1e-5)


def test_a_letter_that_the_dictionary_lacks_makes_a_text_unlikely() -> None:
    scores = np.full((5, len(CHARSET.classes)), 0.25)
    lower = log_probability([scores], "a漢", CHARSET)
    assert lower == pytest.approx(log_probability([scores], "a", CHARSET) - 12)
