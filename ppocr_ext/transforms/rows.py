"""Quads of words put together to the rows that they stand in."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

_WIDEST = 1.5  # heights between two words of a row
_HEIGHTS = 2.0  # how many times as high as the other a word may be
_ASIDE = 0.5  # heights by which the middle of the next word may lie above or below
_ALONG = math.cos(math.radians(15))  # so far a word may be turned against the others


def in_rows(quads: Sequence[np.ndarray]) -> list[tuple[list[int], np.ndarray]]:
    """The places of the quads (float32 [4, 2]) of each row as they are read, and the quad around
    them; rows from above. A quad that is turned against most of them is a row of its own."""
    if not quads:
        return []
    corners = np.array(quads)
    along = corners[:, 1] - corners[:, 0]
    angles = np.arctan2(along[:, 1], along[:, 0])
    turn = float(np.median(angles))
    back = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    level = corners @ back.T
    low, high = level.min(axis=1), level.max(axis=1)
    is_along = np.cos(angles - turn) >= _ALONG
    rows: list[list[int]] = []
    for n in np.argsort(low[:, 0], kind="stable").tolist():
        ends = (row for row in rows if is_along[n] and is_along[row[-1]])
        fitting = [row for row in ends if _follows(low, high, row[-1], n)]
        if fitting:
            max(fitting, key=lambda row: high[row[-1], 0]).append(n)
        else:
            rows.append([n])
    found = []
    for row in sorted(rows, key=lambda row: low[row[0], 1]):
        (x0, y0), (x1, y1) = low[row].min(axis=0), high[row].max(axis=0)
        around = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) @ back
        found.append((row, around.astype(np.float32) if len(row) > 1 else quads[row[0]]))
    return found


def _follows(low: np.ndarray, high: np.ndarray, last: int, word: int) -> bool:
    """Whether a word continues the row that ends with ``last``, by their level bounds."""
    small, large = sorted(high[n, 1] - low[n, 1] for n in (last, word))
    aside = abs(low[last, 1] + high[last, 1] - low[word, 1] - high[word, 1]) / 2
    gap = low[word, 0] - high[last, 0]
    is_near = aside <= _ASIDE * small and -large / 2 <= gap <= _WIDEST * large
    return bool(is_near and large <= _HEIGHTS * small)
