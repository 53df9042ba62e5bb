"""The table letter ⇄ (base, shape, tone)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppocr_ext.text.letters import (
    SHAPES,
    TONES,
    VIETNAMESE_LETTERS,
    Letter,
    compose,
    decompose,
    parents,
    strip_marks,
)

# Written out by hand, independently of the table's construction.
ALPHABET = (
    "àáảãạ ăằắẳẵặ âầấẩẫậ đ èéẻẽẹ êềếểễệ ìíỉĩị òóỏõọ ôồốổỗộ ơờớởỡợ ùúủũụ ưừứửữự ỳýỷỹỵ".replace(
        " ", ""
    )
)


def test_holds_the_67_letters_in_both_cases() -> None:
    assert len(VIETNAMESE_LETTERS) == len(set(VIETNAMESE_LETTERS)) == 134
    assert set(VIETNAMESE_LETTERS) == set(ALPHABET + ALPHABET.upper())


def test_the_order_is_lower_case_then_the_same_in_upper_case() -> None:
    lower, upper = VIETNAMESE_LETTERS[:67], VIETNAMESE_LETTERS[67:]
    assert upper == tuple(letter.upper() for letter in lower)
    assert "".join(lower).startswith("àáảãạăằắẳẵặâầấẩẫậđè")


@pytest.mark.parametrize("character", VIETNAMESE_LETTERS)
def test_every_letter_comes_back_from_its_parts(character: str) -> None:
    letter = decompose(character)
    assert compose(letter) == character
    assert len(character) == 1 and unicodedata.is_normalized("NFC", character)
    assert letter.shape in SHAPES and letter.tone in TONES
    assert letter.base.isascii() and letter.base.isupper() == character.isupper()
    assert letter[1:] != ("none", "level")


@pytest.mark.parametrize(
    ("character", "letter"),
    [
        ("ế", Letter("e", "circumflex", "acute")),
        ("Ữ", Letter("U", "horn", "tilde")),
        ("ặ", Letter("a", "breve", "dot")),
        ("đ", Letter("d", "stroke", "level")),
        ("Ỷ", Letter("Y", "none", "hook")),
        ("ò", Letter("o", "none", "grave")),
        ("x", Letter("x", "none", "level")),
        ("7", Letter("7", "none", "level")),
        ("ü", Letter("ü", "none", "level")),
    ],
)
def test_decompose(character: str, letter: Letter) -> None:
    assert decompose(character) == letter
    assert compose(letter) == character


@pytest.mark.parametrize(
    "letter",
    [
        Letter("b", "none", "acute"),
        Letter("d", "stroke", "dot"),
        Letter("e", "stroke", "level"),
        Letter("i", "horn", "level"),
        Letter("n", "none", "tilde"),  # ñ exists, but not in Vietnamese
    ],
)
def test_compose_refuses_letters_that_vietnamese_lacks(letter: Letter) -> None:
    with pytest.raises(ValueError, match="no Vietnamese letter"):
        compose(letter)


@pytest.mark.parametrize(
    ("character", "expected"),
    [
        ("ế", "êée"),
        ("Ữ", "ƯŨU"),
        ("Đ", "D"),
        ("ờ", "ơòo"),
        ("ă", "a"),
        ("ý", "y"),
        ("a", ""),
        ("½", ""),
        ("ï", "i"),
        ("Ç", "C"),
        ("☑", ""),
    ],
)
def test_parents_run_from_nearest_to_base(character: str, expected: str) -> None:
    assert parents(character) == list(expected)


def test_every_parent_is_a_simpler_letter_of_the_same_base() -> None:
    for character in VIETNAMESE_LETTERS:
        base = decompose(character).base
        assert parents(character)[-1] == base
        assert {decompose(parent).base for parent in parents(character)} == {base}
        assert character not in parents(character)


def test_strip_marks() -> None:
    assert strip_marks("Đường số 7, QUYẾT ĐỊNH – ñ") == "Duong so 7, QUYET DINH – ñ"
    assert strip_marks(unicodedata.normalize("NFD", "Nguyễn")) == "Nguyen"
    assert (
        strip_marks(ALPHABET) == "a" * 17 + "d" + "e" * 11 + "i" * 5 + "o" * 17 + "u" * 11 + "y" * 5
    )


@given(st.text(alphabet="".join(VIETNAMESE_LETTERS) + "abcdxyz 0123"))
def test_strip_marks_keeps_length_and_is_idempotent(text: str) -> None:
    plain = strip_marks(text)
    assert plain.isascii() and len(plain) == len(text)
    assert strip_marks(plain) == plain
