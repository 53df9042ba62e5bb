"""Characters that small or soft print makes alike, each of a group drawn as often as the others.

Running text has many ``ó`` for each ``ỏ`` and many more ``a`` for each ``ẳ``: a recogniser that
cannot see the mark then learns the odds.
"""

from __future__ import annotations

import random
import string

from ppocr_ext.synth.fields import digits, grouped
from ppocr_ext.synth.syllables import SyllableSampler
from ppocr_ext.text import VIETNAMESE_LETTERS

LETTERS = (*VIETNAMESE_LETTERS, *"aeiouydAEIOUYD")
"""Each with or without each mark: the tones of a vowel, its shapes."""

CODES = ("Il1", "O0UD", "RA", "MNH", "S5", "B8", "Z2", "G6C", "VYU", "T7I", "E3F", ",.", ":;", "-_")
"""Groups of characters of codes, prices and words in capitals."""

_MIXED = string.ascii_uppercase + string.digits


def confusable(rng: random.Random, syllables: SyllableSampler) -> str:
    """A syllable or a code that holds a member of a group."""
    if rng.random() < 0.65:
        return syllables.draw_with(rng, rng.choice(LETTERS))
    return _code(rng, rng.choice(rng.choice(CODES)))


def _code(rng: random.Random, member: str) -> str:
    if member in ",.":
        price = grouped(int(10 ** rng.uniform(3, 7)), member)
        return price if rng.random() < 0.7 else f"{digits(rng, 2)}{member}{digits(rng, 1)}"
    if member in ":;-_":
        return f"{_around(rng, '')}{member}{_around(rng, '')}"
    return _around(rng, member)


def _around(rng: random.Random, member: str) -> str:
    """``member`` among figures, capitals or both."""
    letters = rng.choice((string.digits, string.ascii_uppercase, _MIXED))
    held = [*rng.choices(letters, k=rng.randint(1, 5)), *member * rng.choice((1, 1, 2))]
    rng.shuffle(held)
    return "".join(held)
