"""Letter forms of Vietnamese hands that fonts, made of other hands, do not have.

In haste a final ``ng`` ends like a y and a final ``nh`` like an l, their n is a u, and a 1 is a
bare stroke; most hands cross the 7. What is drawn instead never makes another syllable: none ends
in -ny, -nl, -ug or -uh.
"""

from __future__ import annotations

import random

import numpy as np

from ppocr_ext.synth.handwriting.marks import Box

_ENDINGS = {"ng": {"n": "u", "g": "y"}, "nh": {"n": "u", "h": "l"}}


def drawn_as(rng: random.Random, haste: float, base: str, word: str, index: int) -> str:
    """The letter whose shape a hand in ``haste`` (0..1) makes of ``base``, ``word[index]``."""
    if base == "1" and rng.random() < 0.25 * haste:
        return rng.choice("Il")
    ending = word[-2:]
    if index >= len(word) - 2 and len(word) > 2 and rng.random() < 0.4 * haste:
        return _ENDINGS.get(ending, {}).get(base, base)
    return base


def bar_of_seven(rng: random.Random, box: Box) -> np.ndarray:
    """The short bar through the stem of a 7: [3, 3] float32 of x, y, width."""
    middle, half = (box.left + box.right) / 2 + rng.gauss(0.05, 0.08), rng.uniform(0.18, 0.4)
    row = box.top + (box.bottom - box.top) * rng.uniform(0.4, 0.6)
    slope = rng.gauss(-0.05, 0.06)
    xs = np.array([middle - half, middle, middle + half])
    return np.column_stack((xs, row + slope * (xs - middle), np.ones(3))).astype(np.float32)
