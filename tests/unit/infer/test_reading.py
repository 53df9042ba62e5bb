"""From probabilities to text, confidence and alternatives."""

from __future__ import annotations

import numpy as np
import pytest

from ppocr_ext.infer.reading import Reading, read_output
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec

CHARSET = Charset(["a", "b", "c"], use_space_char=True)


def _steps(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32)


A, SURE_A = [0.1, 0.6, 0.2, 0.1, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0]
B, BLANK = [0.3, 0.1, 0.5, 0.1, 0.0], [0.9, 0.1, 0.0, 0.0, 0.0]


def test_repeats_collapse_and_blanks_part() -> None:
    reading = read_output([_steps(A, SURE_A, BLANK, A, B)], [""], CHARSET)
    assert reading.text == "aab"
    assert reading.confidence == pytest.approx((0.6 + 0.6 + 0.5) / 3)
    assert reading.characters == ()


def test_nothing_read_has_no_confidence() -> None:
    assert read_output([_steps(BLANK, BLANK)], [""], CHARSET) == Reading("", 0.0)


def test_it_agrees_with_the_codec_of_training() -> None:
    random = np.random.default_rng(0)
    outputs = random.dirichlet(np.ones(5) * 0.2, size=(20, 30)).astype(np.float32)
    expected = CTCCodec(CHARSET).decode_batch(outputs)
    for output, (text, confidence) in zip(outputs, expected, strict=True):
        reading = read_output([output], [""], CHARSET)
        assert reading.text == text
        assert reading.confidence == pytest.approx(confidence)


def test_pieces_are_joined_by_their_glue_and_weighed_by_characters() -> None:
    pieces = [_steps(A, BLANK, A), _steps(B)]
    assert read_output(pieces, [" ", ""], CHARSET).text == "aa b"
    joined = read_output(pieces, ["", ""], CHARSET)
    assert joined.text == "aab"
    assert joined.confidence == pytest.approx((0.6 + 0.6 + 0.5) / 3)


def test_a_space_read_at_a_cut_is_not_doubled() -> None:
    space = [0.0, 0.0, 0.0, 0.0, 1.0]
    reading = read_output([_steps(A, space), _steps(space, B)], [" ", ""], CHARSET)
    assert reading.text == "a b"


def test_alternatives_are_the_next_likely_classes() -> None:
    (first,) = read_output([_steps(B)], [""], CHARSET, alternatives=2).characters
    assert (first.text, first.confidence) == ("b", 0.5)
    assert first.alternatives == (("", 0.3), ("c", 0.1)) or first.alternatives == (
        ("", 0.3),
        ("a", 0.1),
    )
