"""The Vietnamese letter as three parts: base letter, shape mark, tone mark.

Losses, metrics and the dictionary transplant share this one table. A *shape* makes another letter
of the alphabet (a → ă â, o → ô ơ, d → đ); a *tone* is the pitch written above or below a vowel.
Case lives in the base letter: ``Ế`` is ``Letter("E", "circumflex", "acute")``.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

SHAPES = ("none", "breve", "circumflex", "horn", "stroke")
TONES = ("level", "grave", "acute", "hook", "tilde", "dot")

# The combining characters that Unicode composes a letter from. The stroke of đ has none: Unicode
# gives đ no decomposition.
SHAPE_MARKS = {"breve": "\u0306", "circumflex": "\u0302", "horn": "\u031b"}
TONE_MARKS = {
    "grave": "\u0300",
    "acute": "\u0301",
    "hook": "\u0309",
    "tilde": "\u0303",
    "dot": "\u0323",
}

_VOWELS = (
    ("a", ("none", "breve", "circumflex")),
    ("e", ("none", "circumflex")),
    ("i", ("none",)),
    ("o", ("none", "circumflex", "horn")),
    ("u", ("none", "horn")),
    ("y", ("none",)),
)


class Letter(NamedTuple):
    """One character: base letter (with its case), one of SHAPES, one of TONES."""

    base: str
    shape: str
    tone: str


def _spell(letter: Letter) -> str:
    """The precomposed character of a letter; ``ValueError`` if Unicode has none."""
    if letter.shape == "stroke":
        spelled = {"d": "đ", "D": "Đ"}.get(letter.base, "")
        if not spelled or letter.tone != "level":
            raise ValueError(f"no Vietnamese letter is {letter}")
        return spelled
    marks = SHAPE_MARKS.get(letter.shape, "") + TONE_MARKS.get(letter.tone, "")
    return unicodedata.normalize("NFC", letter.base + marks)


def _build_table() -> dict[str, Letter]:
    """Every marked letter, lower case then upper case, in the order of the alphabet."""
    lower = [
        Letter(base, shape, tone) for base, shapes in _VOWELS for shape in shapes for tone in TONES
    ]
    lower.append(Letter("d", "stroke", "level"))
    lower.sort(key=lambda letter: (letter.base, SHAPES.index(letter.shape)))  # stable: tones stay
    marked = [letter for letter in lower if letter[1:] != ("none", "level")]
    upper = [letter._replace(base=letter.base.upper()) for letter in marked]
    return {_spell(letter): letter for letter in (*marked, *upper)}


_LETTERS = _build_table()
_CHARACTERS = {letter: character for character, letter in _LETTERS.items()}
_UNMARKED = str.maketrans({character: letter.base for character, letter in _LETTERS.items()})

VIETNAMESE_LETTERS: tuple[str, ...] = tuple(_LETTERS)
"""The 134 precomposed letters that carry a mark: 67 lower case, then the same in upper case."""


def decompose(character: str) -> Letter:
    """Split one NFC character; anything but a marked Vietnamese letter is its own base."""
    return _LETTERS.get(character) or Letter(character, "none", "level")


def compose(letter: Letter) -> str:
    """The inverse of :func:`decompose`; ``ValueError`` for a letter that Vietnamese lacks."""
    if letter[1:] == ("none", "level"):
        return letter.base
    if letter not in _CHARACTERS:
        raise ValueError(f"no Vietnamese letter is {letter}")
    return _CHARACTERS[letter]


def strip_marks(text: str) -> str:
    """Drop every Vietnamese shape and tone: ``Đường số 7`` → ``Duong so 7``."""
    return unicodedata.normalize("NFC", text).translate(_UNMARKED)


def parents(character: str) -> list[str]:
    """The letters that look most like a marked one, nearest first, base letter last.

    ``ế`` → ``ê é e``: without its tone, without its shape, without both. A letter of another
    language has its base: ``ï`` → ``i``. ``[]`` for all others.
    """
    letter = decompose(character)
    if letter.base == character:
        base = unicodedata.normalize("NFD", character)[0]
        return [base] if base != character and base.isalpha() else []
    simpler = (
        letter._replace(tone="level"),
        letter._replace(shape="none"),
        Letter(letter.base, "none", "level"),
    )
    found = dict.fromkeys(compose(each) for each in simpler if each != letter)
    return list(found)
