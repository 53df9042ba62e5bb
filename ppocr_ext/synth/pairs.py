"""Characters that small or soft print makes alike, each of a group drawn as often as the others.

Running text has many ``ó`` for each ``ỏ`` and many more ``a`` for each ``ẳ``: a recogniser that
cannot see the mark then learns the odds.
"""

from __future__ import annotations

import random

from ppocr_ext.synth.fields import digits, grouped
from ppocr_ext.synth.syllables import SyllableSampler
from ppocr_ext.text import VIETNAMESE_LETTERS, strip_marks

LETTERS = (*VIETNAMESE_LETTERS, *"aeiouydAEIOUYD")
"""Each with or without each mark: the tones of a vowel, its shapes."""

CODES = ("Il1", "O0UD", "RA", "MNH", "S5", "B8", "Z2", "G6C", "VYU", "T7I", "E3F", ",.", ":;", "-_")
"""Groups of characters of codes, prices and words in capitals."""

_LETTERS = "ABCDEFGHKLMNPQRSTUVXYZ"  # of codes: I and O look like figures, so codes have none


def confusable(rng: random.Random, syllables: SyllableSampler) -> str:
    """A syllable, a price, a code or a word without marks that holds a member of a group."""
    if rng.random() < 0.65:
        return syllables.draw_with(rng, rng.choice(LETTERS))
    member = rng.choice(rng.choice(CODES))
    if member in ",.":
        price = grouped(int(10 ** rng.uniform(3, 7)), member)
        return price if rng.random() < 0.7 else f"{digits(rng, 2)}{member}{digits(rng, 1)}"
    if member in ":;-_":
        return f"{_part(rng)}{member}{_part(rng)}"
    if member.isdigit():
        figures = _with(rng, member, digits(rng, rng.randint(1, 7)))
        return figures if rng.random() < 0.7 else f"{_capitals(rng)}{figures}{_capitals(rng)}"
    return _word(rng, syllables, member)


def _word(rng: random.Random, syllables: SyllableSampler, letter: str) -> str:
    """A word without marks: what is an ``I`` and what an ``l`` is known from the letters beside."""
    while True:
        words = [strip_marks(syllables.draw(rng)) for _ in range(rng.choice((1, 1, 2)))]
        word = "".join(words)
        word = word.upper() if letter.isupper() else word
        if letter in word:
            return word
        if rng.random() < 0.2:  # letters that few syllables have: f, j, w, z
            return _with(rng, letter, word)


def _part(rng: random.Random) -> str:
    return digits(rng, rng.randint(1, 5)) if rng.random() < 0.6 else _capitals(rng)


def _capitals(rng: random.Random) -> str:
    return "".join(rng.choices(_LETTERS, k=rng.choice((0, 1, 2, 3))))


def _with(rng: random.Random, member: str, text: str) -> str:
    """``text`` with a member somewhere in it, or twice."""
    at = rng.randrange(len(text) + 1)
    return text[:at] + member * rng.choice((1, 1, 2)) + text[at:]
