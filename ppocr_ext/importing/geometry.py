"""Boxes of any tool as one thing: a quad TL, TR, BR, BL as the text reads, and its crop.

Coordinates count from the outer edge of the first pixel, so that a box of 0 to 10 holds ten.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

from ppocr_ext.data.check.pixels import CROP_TURNED, row_edges
from ppocr_ext.importing.page import Point
from ppocr_ext.infer.doubt import lines_in

_FEW_LETTERS = 2  # so short a text may be higher than wide and stand upright
_MARGIN = 0.04  # of the height, around a box
_MARKS_ABOVE, _MARKS_BELOW = 0.3, 0.2  # of the height: how far a cut-off mark may reach out
_INK, _FAINT = 0.03, 1  # share of a busy row's edges: one dot of a long line; what is none
_BETWEEN = 0.3  # the same of rows of text: what is less may lie between two lines
_SMALLEST = 3  # pixels
# Pixels of height below which the sharper, slower warp is worth it: tilted receipts of
# 29 pixels read with a CER of 0.0582 instead of 0.0590, menus of 33 pixels with the same.
_SMALL = 32


class Quad(NamedTuple):
    """corners: float32 [4, 2]; sure: whether file and shape agree which way the text reads."""

    corners: np.ndarray
    sure: bool


def quad_of(points: Sequence[Point], text: str, direction: Point | None = None) -> Quad | None:
    """The quad of a polygon, or of a rectangle's two corners; ``None`` when it has no area.

    Four corners of a convex shape are kept as they are, whatever they start with and in either
    direction; of any other polygon it is the least rectangle around it.
    """
    if not all(math.isfinite(value) for point in points for value in point):
        return None
    first: Point | None = None
    corners = [(float(x), float(y)) for x, y in points]
    if len(corners) == 2:
        (x0, y0), (x1, y1) = corners
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    elif len(corners) == 4 and _is_convex(corners):
        first = _less(corners[1], corners[0])
    elif len(corners) > 2:
        around = cv2.boxPoints(cv2.minAreaRect(np.array(corners, dtype=np.float32)))
        corners = [(float(x), float(y)) for x, y in around]
    else:
        return None
    x, y = sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4
    corners.sort(key=lambda point: math.atan2(point[1] - y, point[0] - x))  # clockwise: y is down
    if min(_sides(corners)) < _SMALLEST:
        return None
    start, sure = _start(corners, text, direction, first)
    return Quad(np.array(corners[start:] + corners[:start], dtype=np.float32), sure)


def _less(a: Point, b: Point) -> Point:
    return a[0] - b[0], a[1] - b[1]


def _dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1]


def _is_convex(corners: Sequence[Point]) -> bool:
    """Whether four corners turn one way all around."""
    sides = [_less(corners[(n + 1) % 4], corners[n]) for n in range(4)]
    turns = [a[0] * b[1] - a[1] * b[0] for a, b in zip(sides, sides[1:] + sides[:1], strict=True)]
    return min(turns) > 0 or max(turns) < 0


def _sides(corners: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Mean lengths of the sides 0-1 and 2-3, and of the others."""
    lengths = [math.dist(corners[n], corners[(n + 1) % 4]) for n in range(4)]
    return (lengths[0] + lengths[2]) / 2, (lengths[1] + lengths[3]) / 2


def _start(
    corners: Sequence[Point], text: str, direction: Point | None, first: Point | None
) -> tuple[int, bool]:
    """Which of four corners in clockwise order the text begins at, and whether that is sure.

    ``first``: from the first to the second corner as the file has them.
    """
    edges = [_less(corners[(n + 1) % 4], corners[n]) for n in range(4)]
    reads = [_less(edges[n], edges[(n + 2) % 4]) for n in range(4)]  # if it began at corner n
    lengths = [math.hypot(*each) for each in reads]
    if direction is not None and any(direction):
        return max(range(4), key=lambda n: _dot(reads[n], direction) / lengths[n]), True
    letters = len(unicodedata.normalize("NFC", text.strip()))
    is_long = max(lengths) >= CROP_TURNED * min(lengths) and letters > _FEW_LETTERS
    candidates = [n for n in range(4) if not is_long or lengths[n] >= max(lengths) * 0.999]
    rightmost = max(candidates, key=lambda n: reads[n][0])
    follows = None if first is None else [_dot(each, first) for each in reads]
    if abs(reads[rightmost][0]) >= abs(reads[rightmost][1]):
        return rightmost, follows is None or follows[rightmost] == max(follows)
    downward = max(candidates, key=lambda n: reads[n][1])
    if first is None or follows is None:
        return downward, False
    best = max(candidates, key=lambda n: follows[n])
    lies_along = follows[best] > 0.7 * lengths[best] * math.hypot(*first)
    return best if lies_along else downward, False


def rectangle(x: float, y: float, width: float, height: float) -> tuple[Point, ...]:
    """Corners of an upright rectangle."""
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def rotated(points: Sequence[Point], degrees: float, about: Point) -> tuple[Point, ...]:
    """Turned clockwise, as it is seen."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    x0, y0 = about
    return tuple(
        (x0 + (x - x0) * cosine - (y - y0) * sine, y0 + (x - x0) * sine + (y - y0) * cosine)
        for x, y in points
    )


def reading_direction(degrees: float) -> Point:
    """Of text that is turned clockwise by so much."""
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))


def is_outside(corners: np.ndarray, width: int, height: int) -> bool:
    """Whether more than half of a quad lies beside the picture."""
    if corners.min() >= 0 and (corners.max(axis=0) <= (width, height)).all():
        return False
    frame = np.array(rectangle(0, 0, width, height), dtype=np.float32)
    area, _ = cv2.intersectConvexConvex(corners, frame)
    return bool(area < 0.5 * abs(cv2.contourArea(corners)))


class Look(NamedTuple):
    """crop: uint8 BGR of a quad, straightened, with the marks that its edges cut off; box: the quad
    alone; edges: float32, of each row of the crop, as ``row_edges`` counts them."""

    crop: np.ndarray
    box: np.ndarray
    edges: np.ndarray


def look_at(image: np.ndarray, corners: np.ndarray) -> Look:
    """What stands in a quad.

    A box that ends at the letters' tops loses tones: the crop grows to the first row without ink,
    unless there is none near, as where the neighbouring line touches.
    """
    length, height = (max(_SMALLEST, round(side)) for side in _sides(corners.tolist()))
    above, below = round(_MARKS_ABOVE * height), round(_MARKS_BELOW * height)
    margin = max(1, round(_MARGIN * height))
    whole = _warped(image, corners, (length, height), margin, above, below)
    edges = row_edges(cv2.cvtColor(whole, cv2.COLOR_BGR2GRAY))
    busy = np.sort(edges[above : above + height])[int(0.9 * (height - 1))]
    is_ink = (edges > max(_FAINT, _INK * float(busy))).tolist()
    top = above - _reach(is_ink[above::-1], margin)
    end = above + height + _reach(is_ink[above + height - 1 :], margin)
    box = whole[above : above + height, margin : margin + length]
    return Look(whole[top:end], box, edges[top:end])


def _reach(is_ink: list[bool], margin: int) -> int:
    """Rows to add beyond an edge, of which ``is_ink[0]`` is the last row inside."""
    if is_ink[0] and False in is_ink:
        margin = is_ink.index(False)
    return min(margin, len(is_ink) - 1)


def rows_in(look: Look) -> int:
    """How many lines of text, at least, stand in the box one above the other."""
    ink = np.flatnonzero(look.edges > _BETWEEN * look.edges.max())
    gaps = ink[-1] - ink[0] + 1 - len(ink) if len(ink) else 0
    return lines_in(look.box) if gaps else 1


def _warped(
    image: np.ndarray,
    corners: np.ndarray,
    inner: tuple[int, int],
    side: int,
    above: int,
    below: int,
) -> np.ndarray:
    """The quad as a rectangle of that width and height, with pixels beside, above and below it."""
    length, height = inner
    size = (length + 2 * side, above + height + below)
    (x0, y0), (x1, y1) = np.rint(corners[::2]).astype(int).tolist()
    straight = np.array(rectangle(x0, y0, x1 - x0, y1 - y0), dtype=np.float32)
    if x0 >= side and y0 >= above and np.abs(corners - straight).max() < 0.01:
        part = image[y0 - above : y1 + below, x0 - side : x1 + side]
        if part.shape[:2] == size[::-1]:
            return part
    target = np.array(rectangle(side, above, length, height), dtype=np.float32)
    # cv2 counts from the middle of the first pixel
    matrix = cv2.getPerspectiveTransform(corners - np.float32(0.5), target - np.float32(0.5))
    flags = cv2.INTER_CUBIC if height < _SMALL else cv2.INTER_LINEAR
    return cv2.warpPerspective(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def in_rows(box: np.ndarray, corners: np.ndarray, rows: int) -> list[np.ndarray]:
    """A quad cut between the ``rows`` lines of text that stand in it, where least ink is.

    ``box``: as :func:`look_at` makes it.
    """
    edges = row_edges(cv2.cvtColor(box, cv2.COLOR_BGR2GRAY))
    height = len(edges)
    cuts = [0.0]
    for number in range(1, rows):
        low, high = (round((number + part) * height / rows) for part in (-0.3, 0.3))
        window = edges[low:high]
        least = np.flatnonzero(window <= window.min() + 0.5)
        cuts.append((low + float(least.mean()) + 0.5) / height)
    top_left, top_right, end_right, end_left = corners
    left, right = end_left - top_left, end_right - top_right
    edge = [(top_left + left * cut, top_right + right * cut) for cut in (*cuts, 1.0)]
    return [np.stack([*above, below[1], below[0]]) for above, below in pairwise(edge)]
