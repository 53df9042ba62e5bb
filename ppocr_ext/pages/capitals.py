"""A capital as high as several lines, with which a text begins: parted from the line beside it,
and joined to what that says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from ppocr_ext.pages.boxes import first_ink, levelled
from ppocr_ext.synth.syllables import all_syllables
from ppocr_ext.text.letters import strip_marks
from ppocr_ext.transforms.quads import along, between, cut_at, size_of

_HIGH = 1.8  # heights of a line: of the lowest capital
_WIDE = 1.5  # of its height: an M, or a Đ, is wider than high
_ROWS = 2  # lines that stand beside it, at the least
Pair = tuple[np.ndarray, np.ndarray]  # boxes of a capital and of the line that it begins


def beside_capitals(
    image: np.ndarray, lines: Sequence[np.ndarray], others: Sequence[np.ndarray]
) -> tuple[list[np.ndarray], list[Pair]]:
    """The lines, without what their boxes hold of a capital; each capital with its first line.

    The lines beside a capital begin at one edge, which those below the first show.
    others: boxes that stand upright, as narrow capitals do.
    """
    found, boxes = list(lines), [*lines, *others]
    pairs: list[Pair] = []
    if not lines:
        return found, pairs
    level = levelled(np.array(boxes))
    lows, highs = level.min(axis=1), level.max(axis=1)
    widths, heights = (highs - lows).T
    middles, line = (lows[:, 1] + highs[:, 1]) / 2, float(np.median(heights))
    for number in np.flatnonzero((heights > _HIGH * line) & (widths < _WIDE * heights)).tolist():
        is_beside = (np.abs(lows[:, 0] - highs[number, 0]) < line) & (widths > 2 * heights)
        is_beside &= (middles > lows[number, 1]) & (middles < highs[number, 1])
        first, *rest = sorted(np.flatnonzero(is_beside), key=middles.__getitem__) or [number]
        if len(rest) + 1 < _ROWS or middles[first] > lows[number, 1] + line:
            continue
        edges = [first_ink(image, boxes[each]) for each in rest]
        reach = max((edge - boxes[first][0]) @ along(boxes[first]) for edge in edges) - 0.1 * line
        if 0 < reach < line:
            found[first] = cut_at(boxes[first], boxes[first][0] + reach * along(boxes[first]))[1]
        pairs.append((boxes[number], found[first]))
    return found, pairs


def joined(capital: str, text: str) -> str | None:
    """What a line says with its capital; ``None`` for one that is no letter, or stands alone: a
    vowel may be a word."""
    word = text.split(" ")[0]
    if len(capital) != 1 or not capital.isupper() or not text[:1].isalpha():
        return None
    is_vowel = strip_marks(capital) in "AEIOUY"
    return None if is_vowel and (capital + word).lower() not in _syllables() else capital + text


def around(capital: np.ndarray, line: np.ndarray) -> np.ndarray:
    """The box of a line from the left edge of its capital."""
    reach = float((capital[0] + capital[3] - line[0] - line[3]) @ along(line)) / 2
    return between(line, min(0.0, reach / size_of(line)[0]), 1.0)


@cache
def _syllables() -> frozenset[str]:
    return frozenset(all_syllables())
