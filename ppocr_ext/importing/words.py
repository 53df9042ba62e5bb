"""Words of a page joined into the lines that they stand in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ppocr_ext.transforms.quads import Quad

if TYPE_CHECKING:
    from ppocr_ext.importing.crops import Cut

JOINED = "line of joined words"
_WIDEST = 1.5  # heights between two words of a line
_HEIGHTS = 2.0  # how many times as high as the other a word may be
_ASIDE = 0.5  # heights by which the middle of the next word may lie above or below
_TURN = math.radians(15)  # by which a word may be turned against the others


def joined(cuts: Sequence[Cut]) -> list[Cut]:
    """Lines of the words; a word that is no label makes its line none, with its reason. Words
    without a quad or turned another way stay as they are."""
    angles = [0.0 if cut.quad is None else _angle(cut.quad) for cut in cuts]
    turn = float(np.median([a for a, cut in zip(angles, cuts, strict=True) if cut.quad] or [0]))
    is_word = [abs(math.remainder(angle - turn, math.tau)) <= _TURN for angle in angles]
    words = [cut for cut, fits in zip(cuts, is_word, strict=True) if fits and cut.quad]
    back = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    level = np.array([word.quad.corners @ back.T for word in words if word.quad]).reshape(-1, 4, 2)
    low, high = level.min(axis=1), level.max(axis=1)
    lines: list[list[int]] = []
    for n in np.argsort(low[:, 0], kind="stable").tolist():
        fitting = [line for line in lines if _follows(low, high, line[-1], n)]
        if fitting:
            max(fitting, key=lambda line: high[line[-1], 0]).append(n)
        else:
            lines.append([n])
    lines.sort(key=lambda line: low[line[0], 1])
    found = []
    for line in lines:
        (x0, y0), (x1, y1) = low[line].min(axis=0), high[line].max(axis=0)
        around = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) @ back
        found.append(_line([words[n] for n in line], Quad(around.astype(np.float32), True)))
    names = {word.number for word in words}
    return found + [cut for cut in cuts if cut.number not in names]


def _angle(quad: Quad) -> float:
    x, y = (quad.corners[1] - quad.corners[0]).tolist()
    return math.atan2(y, x)


def _follows(low: np.ndarray, high: np.ndarray, last: int, word: int) -> bool:
    """Whether a word continues the line that ends with ``last``, by their level bounds."""
    small, large = sorted((high[n, 1] - low[n, 1]) for n in (last, word))
    aside = abs(low[last, 1] + high[last, 1] - low[word, 1] - high[word, 1]) / 2
    gap = low[word, 0] - high[last, 0]
    is_near = aside <= _ASIDE * small and -large / 2 <= gap <= _WIDEST * large
    return bool(is_near and large <= _HEIGHTS * small)


def _line(words: Sequence[Cut], quad: Quad) -> Cut:
    if len(words) == 1:
        return words[0]
    return words[0]._replace(
        label=" ".join(word.label.strip() for word in words),
        quad=quad,
        skip=next((word.skip for word in words if word.skip), ""),
        notes=(*dict.fromkeys(note for word in words for note in word.notes), JOINED),
    )
