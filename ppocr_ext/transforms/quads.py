"""Places of text on a picture, quadrilaterals: from corners in any order, how large, how they lie,
grown, parted, joined, cut out; pictures turned.

A box is float32 [4, 2]: corners TL TR BR BL as the text reads.
Coordinates count from the outer edge of the first pixel, so that a box of 0 to 10 holds ten.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np

Point = tuple[float, float]
_ROTATIONS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
_FEW_LETTERS = 2  # so short a text may be higher than wide and stand upright
_TALL = 1.5  # height by width of a box in which a longer text is turned
SMALLEST = 3  # pixels of a side
_FAR = 1e6  # pixels: no number is too large to count with


class Quad(NamedTuple):
    """corners: float32 [4, 2]; sure: whether file and shape agree which way the text reads."""

    corners: np.ndarray
    sure: bool


def points_of(values: Any) -> tuple[Point, ...]:
    """Points of ``[[x, y], …]`` or ``[x, y, x, y, …]``. Raises ValueError for anything else."""
    if not isinstance(values, (list, tuple)):
        raise ValueError(f"{type(values).__name__} instead of points")
    if values and isinstance(values[0], (list, tuple)):
        return tuple((float(x), float(y)) for x, y in values)
    flat = [float(value) for value in values]
    if len(flat) % 2:
        raise ValueError(f"{len(flat)} numbers are no points")
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def quad_of(points: Sequence[Point], text: str, direction: Point | None = None) -> Quad | None:
    """The quad of a polygon, or of a rectangle's two corners; ``None`` when it has no area.

    Four corners of a convex shape are kept as they are, whatever they start with and in either
    direction; of any other polygon it is the least rectangle around it.
    """
    corners = list(points)
    if not all(-_FAR <= x <= _FAR and -_FAR <= y <= _FAR for x, y in corners):
        if not all(math.isfinite(value) for point in corners for value in point):
            return None
        corners = [(min(max(x, -_FAR), _FAR), min(max(y, -_FAR), _FAR)) for x, y in points]
    first: Point | None = None
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
    if min(sides_of(corners)) < SMALLEST:
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


def sides_of(corners: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Width and height of a quad: mean lengths of its sides."""
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
    is_long = max(lengths) >= _TALL * min(lengths) and letters > _FEW_LETTERS
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


def turned_about(points: Sequence[Point], degrees: float, about: Point) -> tuple[Point, ...]:
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


def size_of(box: np.ndarray) -> tuple[float, float]:
    """(width, height): mean lengths of the sides along the text and across it."""
    return sides_of(box.tolist())


def ordered(corners: np.ndarray) -> np.ndarray:
    """Corners of a rectangle float [4, 2] in their circular order, from the top left clockwise.

    The top is the upper one of the two sides nearest to level, whatever the tilt: sorting by x
    first goes wrong for boxes that are nearly upright.
    """
    edges = np.roll(corners, -1, axis=0) - corners
    level = np.abs(edges[:, 0]) >= np.abs(edges[:, 1])
    if level.all() or not level.any():  # a tilt of exactly 45 degrees
        level = np.array([True, False, True, False])
    middles = (corners + np.roll(corners, -1, axis=0))[:, 1]
    start = int(np.where(level, middles, np.inf).argmin())
    return np.roll(corners, -start, axis=0) if edges[start, 0] > 0 else _reversed(corners, start)


def _reversed(corners: np.ndarray, start: int) -> np.ndarray:
    return np.roll(corners[::-1], start + 2, axis=0)


def turned(box: np.ndarray, quarters: int) -> np.ndarray:
    """The same place, read after turning the picture clockwise by so many quarters."""
    return np.roll(box, quarters, axis=0)


def along(box: np.ndarray) -> np.ndarray:
    """[2]: the way its text reads, of length 1."""
    return _unit(box[1] - box[0] + box[2] - box[3])


def grown(box: np.ndarray, above: float, left: float = 0.0) -> np.ndarray:
    """The box with ``above`` of its height more above and below, ``left`` more at its left."""
    tl, tr, br, bl = box
    down, back = (bl - tl) * above, _unit(tl - tr) * size_of(box)[1] * left
    return np.array(
        [tl - down + back, tr - down, br + (br - tr) * above, bl + down + back], np.float32
    )


def between(box: np.ndarray, first: float, last: float) -> np.ndarray:
    """The part of a box from share ``first`` to share ``last`` of its length."""
    tl, tr, br, bl = box
    top, bottom = tr - tl, br - bl
    return np.array(
        [tl + top * first, tl + top * last, bl + bottom * last, bl + bottom * first], np.float32
    )


def cut_at(box: np.ndarray, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both parts of a box that is cut across its text at a point [2]."""
    tl, tr, br, bl = box
    length = tr - tl + br - bl
    share = float((point - (tl + bl) / 2) @ length / max(float(length @ length) / 2, 1e-6))
    return between(box, 0.0, share), between(box, share, 1.0)


def is_box(box: np.ndarray, smallest: float = 3.0) -> bool:
    """Whether these are the corners of a convex quad, no side below ``smallest`` pixels."""
    if box.shape != (4, 2) or not np.isfinite(box).all():
        return False
    sides = np.linalg.norm(np.roll(box, -1, axis=0) - box, axis=1)
    return bool(sides.min() >= smallest and cv2.isContourConvex(box.astype(np.float32)))


def hull(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The least rectangle around both that lies as the first one reads."""
    right = along(one)
    down = np.array([-right[1], right[0]])
    xs, ys = (np.concatenate([one, other]) @ axis for axis in (right, down))
    corners = (
        (xs.min(), ys.min()),
        (xs.max(), ys.min()),
        (xs.max(), ys.max()),
        (xs.min(), ys.max()),
    )
    return np.array([x * right + y * down for x, y in corners], np.float32)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(1e-6, float(np.linalg.norm(vector)))


def crop(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The box cut out of uint8 [H, W, 3] by perspective, at the picture's own resolution."""
    width, height = (max(1, math.ceil(side - 0.01)) for side in size_of(box))
    level = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    low = np.maximum(np.floor(box.min(axis=0)).astype(int) - 2, 0)
    high = np.ceil(box.max(axis=0)).astype(int) + 3
    window = image[low[1] : high[1], low[0] : high[0]]
    move = cv2.getPerspectiveTransform(np.array(box - low, np.float32), level)
    return cv2.warpPerspective(
        window, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def rotated(image: np.ndarray, turn: int) -> np.ndarray:
    """The picture turned clockwise by 0, 90, 180 or 270 degrees."""
    return cv2.rotate(image, _ROTATIONS[turn]) if turn else image
