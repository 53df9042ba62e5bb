"""Text ⇄ class numbers, and the greedy reading of probabilities."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppocr_ext.text import VIETNAMESE_LETTERS, Charset, CTCCodec, UnknownCharacterError

CODEC = CTCCodec(Charset.from_characters("abcế"))
VIETNAMESE = CTCCodec(Charset.from_characters([*VIETNAMESE_LETTERS, *"abcdeghiklmnopqrstuvxy"]))


def steps(ids: list[int]) -> list[int]:
    """A CTC path of ``ids``: each twice, a blank between all."""
    return [step for index in ids for step in (index, index, 0)]


def test_encode() -> None:
    assert CODEC.encode("bế a") == [2, 4, 5, 1]
    assert CODEC.encode("") == []


def test_unknown_characters_are_all_named_with_text_and_place() -> None:
    with pytest.raises(UnknownCharacterError) as error:
        CODEC.encode("ax\u00a0bxế", where="train.txt:12")
    assert error.value.characters == ("x", "\u00a0")
    for part in ("train.txt:12", "U+0078 LATIN SMALL LETTER X", "U+00A0 NO-BREAK SPACE"):
        assert part in error.value.found
    assert "dictionary" in error.value.cure


def test_the_error_crosses_a_process_boundary() -> None:
    error = UnknownCharacterError(["x"], "axb", "val.txt:3")
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, UnknownCharacterError)
    assert (copy.characters, copy.text, copy.where) == (("x",), "axb", "val.txt:3")
    assert str(copy) == str(error)


def test_nameless_and_decomposed_characters_are_named_too() -> None:
    with pytest.raises(UnknownCharacterError, match=r"U\+0301 COMBINING ACUTE ACCENT"):
        CODEC.encode("a\u0301")
    with pytest.raises(UnknownCharacterError, match=r"U\+E000 unnamed"):
        CODEC.encode("\ue000")


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        ([], ""),
        ([0, 0, 0], ""),
        ([1, 1, 1], "a"),
        ([1, 0, 1], "aa"),
        ([0, 1, 1, 0, 0, 2, 4, 4, 5, 5, 0, 5], "abế  "),
    ],
)
def test_decode_collapses_repeats_then_drops_blanks(ids: list[int], text: str) -> None:
    assert CODEC.decode(ids) == text


@pytest.mark.parametrize("letter", VIETNAMESE_LETTERS)
def test_every_letter_round_trips(letter: str) -> None:
    assert VIETNAMESE.decode(steps(VIETNAMESE.encode(letter * 2))) == letter * 2


@given(st.text(alphabet="".join(VIETNAMESE_LETTERS) + "abcdeghiklmnopqrstuvxy "))
def test_text_round_trips_with_blanks_between(text: str) -> None:
    ids = VIETNAMESE.encode(text)
    assert VIETNAMESE.decode(steps(ids)) == text


@given(st.lists(st.integers(1, 5), max_size=12))
def test_min_steps_is_the_shortest_path_that_decodes_to_the_text(ids: list[int]) -> None:
    path = []
    for index in ids:
        path += [0, index] if path and path[-1] == index else [index]
    assert CODEC.min_steps(ids) == len(path)
    assert CODEC.decode(path) == "".join(CODEC.charset.classes[index] for index in ids)


def test_min_steps() -> None:
    assert [CODEC.min_steps(CODEC.encode(text)) for text in ("", "a", "ab", "aab", "aaa")] == [
        *(0, 1, 2, 4, 5)
    ]


def one_row(path: list[tuple[int, float]]) -> np.ndarray:
    """Probabilities [T, 6] whose maximum at each step is the given class with the given value."""
    probs = np.zeros((len(path), CODEC.charset.num_classes), dtype=np.float32)
    for step, (index, value) in enumerate(path):
        probs[step, index] = value
    return probs


def test_decode_batch_means_confidence_over_the_written_steps() -> None:
    probs = np.stack(
        [
            # a (0.5), its repeat (0.9) and the blank do not count, then ế (0.7)
            one_row([(1, 0.5), (1, 0.9), (0, 0.6), (4, 0.7), (0, 1.0)]),
            one_row([(0, 0.9)] * 5),
            one_row([(1, 0.8), (0, 0.9), (1, 0.6), (5, 1.0), (2, 0.4)]),
        ]
    )
    (first, second, third) = CODEC.decode_batch(probs)
    assert first[0] == "aế" and first[1] == pytest.approx(0.6)
    assert second == ("", 0.0)
    assert third[0] == "aa b" and third[1] == pytest.approx(0.7)


def test_decode_batch_of_nothing() -> None:
    assert CODEC.decode_batch(np.zeros((0, 4, 6), np.float32)) == []
    assert CODEC.decode_batch(np.zeros((1, 0, 6), np.float32)) == [("", 0.0)]


def test_decode_batch_agrees_with_decode() -> None:
    probs = np.random.default_rng(7).random((8, 30, 6), dtype=np.float32)
    texts = [text for text, _ in CODEC.decode_batch(probs)]
    assert texts == [CODEC.decode(row.tolist()) for row in probs.argmax(axis=2)]


def test_the_shipped_dictionary_encodes_a_line_of_everything(repository: Path) -> None:
    charset = Charset.load(repository / "dicts" / "vi_dict.txt")
    line = "Cộng hòa – “Độc lập” 12.500.000 ₫ (±0,5 °C; 10 m² × 3 m³) • 50% €…"
    assert CTCCodec(charset).decode(steps(CTCCodec(charset).encode(line))) == line
