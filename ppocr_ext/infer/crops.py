"""A line cut out of its page, with all of its marks; the rows of text in a box."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

from ppocr_ext.data.check.pixels import row_edges
from ppocr_ext.infer.doubt import lines_in
from ppocr_ext.transforms.quads import SMALLEST, rectangle, sides_of

_MARGIN = 0.04  # of the height, around a box
_MARKS_ABOVE, _MARKS_BELOW = 0.3, 0.2  # of the height: how far a cut-off mark may reach out
_INK, _FAINT = 0.03, 1  # share of a busy row's edges: one dot of a long line; what is none
_BETWEEN = 0.3  # the same of rows of text: what is less may lie between two lines
# Pixels of height below which the sharper, slower warp is worth it: tilted receipts of
# 29 pixels read with a CER of 0.0582 instead of 0.0590, menus of 33 pixels with the same.
_SMALL = 32
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 95]


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
    length, height = (max(SMALLEST, round(side)) for side in sides_of(corners.tolist()))
    margin = max(1, round(_MARGIN * height))
    cut = partial(_warped, image, corners, (length, height), margin)
    part, first = cut(-margin, height + margin), margin
    edges = _edges(part)
    busy = np.sort(edges[margin:-margin])[int(0.9 * (height - 1))]
    least = max(_FAINT, _INK * float(busy))
    above, below = round(_MARKS_ABOVE * height), round(_MARKS_BELOW * height)
    if above > margin and (edges[: margin + 1] > least).all():
        more, first = cut(-above, -margin), above
        part, edges = np.vstack([more, part]), np.concatenate([_edges(more), edges])
    if below > margin and (edges[-margin - 1 :] > least).all():
        more = cut(height + margin, height + below)
        part, edges = np.vstack([part, more]), np.concatenate([edges, _edges(more)])
    is_ink = (edges > least).tolist()
    top = first - _reach(is_ink[first::-1], margin)
    end = first + height + _reach(is_ink[first + height - 1 :], margin)
    box = part[first : first + height, margin : margin + length]
    return Look(part[top:end], box, edges[top:end])


def _edges(part: np.ndarray) -> np.ndarray:
    return row_edges(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY))


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
    start: int,
    end: int,
) -> np.ndarray:
    """The quad as a rectangle of that width and height, with pixels beside it: its rows from
    ``start`` to ``end``, of which those below 0 lie above it."""
    length, height = inner
    size = (length + 2 * side, end - start)
    (x0, y0), (x1, y1) = np.rint(corners[::2]).astype(int).tolist()
    straight = np.array(rectangle(x0, y0, x1 - x0, y1 - y0), dtype=np.float32)
    if x0 >= side and y0 + start >= 0 and np.abs(corners - straight).max() < 0.01:
        part = image[y0 + start : y1 - height + end, x0 - side : x1 + side]
        if part.shape[:2] == size[::-1]:
            return part
    target = np.array(rectangle(side, -start, length, height), dtype=np.float32)
    # cv2 counts from the middle of the first pixel
    matrix = cv2.getPerspectiveTransform(corners - np.float32(0.5), target - np.float32(0.5))
    flags = cv2.INTER_CUBIC if height < _SMALL else cv2.INTER_LINEAR
    return cv2.warpPerspective(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def in_rows(box: np.ndarray, corners: np.ndarray, rows: int) -> list[np.ndarray]:
    """A quad cut between the ``rows`` lines of text that stand in it, where least ink is.

    ``box``: as :func:`look_at` makes it.
    """
    edges = _edges(box)
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


def jpeg(crop: np.ndarray) -> bytes:
    """The file of a crop, uint8 BGR."""
    return cv2.imencode(".jpg", crop, _QUALITY)[1].tobytes()
