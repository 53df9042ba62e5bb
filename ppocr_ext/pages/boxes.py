"""Boxes of text: cut out of the picture, cut at wide gaps, lengthened by a dash.

A box is float32 [4, 2]: corners TL TR BR BL as the text reads.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from ppocr_ext.transforms.quads import between, crop, grown, size_of

_GAP = 0.7  # heights of a box: two blocks side by side; justified text stays under 0.45
_INK = 0.3  # share of a box's contrast from which a pixel is ink
_TALL = 1.5  # height / width from which a box may hold text that is turned
_COVERED = 0.8  # share of a box that lies in a larger one
_DASH_REACH = 1.5  # heights left of a box in which a list's dash is looked for


def is_tall(box: np.ndarray) -> bool:
    """Whether it stands upright: a line that is turned, or a narrow letter."""
    width, height = size_of(box)
    return height > _TALL * width


def angle_of(boxes: np.ndarray) -> float:
    """Median angle of the boxes [N, 4, 2] in radians, wide ones alone if there are any."""
    along = boxes[:, 1] - boxes[:, 0] + boxes[:, 2] - boxes[:, 3]
    lengths = np.linalg.norm(along, axis=1)
    heights = np.array([size_of(box)[1] for box in boxes])
    wide = lengths / 2 > 3 * heights
    chosen = along[wide] if wide.any() else along
    return float(np.median(np.arctan2(chosen[:, 1], chosen[:, 0]))) if len(chosen) else 0.0


def levelled(boxes: np.ndarray) -> np.ndarray:
    """The boxes [N, 4, 2] turned about the origin so that their text is level."""
    angle = -angle_of(boxes)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return boxes @ turn


def cut_at_gaps(image: np.ndarray, box: np.ndarray) -> list[np.ndarray]:
    """The box, or its parts where columns without ink, wider than 0.7 of its height, part it."""
    width, height = size_of(box)
    if width < 3 * height:
        return [box]
    has_ink = np.asarray(_ink(crop(image, box)).any(axis=0))
    filled = np.flatnonzero(has_ink)
    if not len(filled):
        return [box]
    gaps = np.flatnonzero(np.diff(filled) > _GAP * height)
    starts = [0, *((filled[gap] + filled[gap + 1]) / 2 for gap in gaps)]
    ends = [*starts[1:], len(has_ink)]
    if len(starts) == 1:
        return [box]
    parts = []
    for start, end in zip(starts, ends, strict=True):
        inside = filled[(filled >= start) & (filled < end)]
        margin = height * 0.15
        first = max(start, inside[0] - margin) / len(has_ink)
        last = min(end, inside[-1] + margin) / len(has_ink)
        parts.append(between(box, first, last))
    return parts


def with_dash(image: np.ndarray, box: np.ndarray) -> np.ndarray | None:
    """The box with the dash of a list item at its left, which detectors lose; ``None`` without one.

    A dash is a flat bar at half height, with nothing above and below it.
    """
    height = size_of(box)[1]
    reach = grown(box, 0, _DASH_REACH)
    tl, tr, br, bl = reach
    part = _DASH_REACH * height / max(1.0, float(np.linalg.norm(tr - tl)))
    left = np.array([tl, tl + (tr - tl) * part, bl + (br - bl) * part, bl], np.float32)
    if (left < 0).any():
        return None
    pixels = crop(image, left)
    ink = _ink(pixels, least=60)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return None
    top, bottom, first, last = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    is_flat = bottom - top < 0.2 * height and 0.15 * height < last - first < 1.2 * height
    is_wide = last - first > 1.5 * (bottom - top)
    is_central = 0.35 * height < (top + bottom) / 2 < 0.8 * height
    is_apart = first > 0  # it may reach into the box
    is_full = ink[top:bottom, first:last].mean() > 0.6
    if is_flat and is_wide and is_central and is_apart and is_full:
        return grown(box, 0, _DASH_REACH - max(0.0, first / height - 0.15))
    return None


def first_ink(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The point [2] of the upper edge of a box where its text begins."""
    columns = np.asarray(_ink(crop(image, box)).any(axis=0))
    return box[0] + (box[1] - box[0]) * (columns.argmax() / len(columns))


def without_covered(boxes: list[np.ndarray]) -> list[np.ndarray]:
    """The boxes but those that lie in a larger one, as a dash does that was taken along."""
    if not boxes:
        return []
    level = levelled(np.array(boxes))
    lows, highs = level.min(axis=1), level.max(axis=1)
    areas = (highs - lows).prod(axis=1)
    kept = []
    for place, box in enumerate(boxes):
        common = np.minimum(highs, highs[place]) - np.maximum(lows, lows[place])
        shares = np.maximum(common, 0).prod(axis=1) / max(1e-6, float(areas[place]))
        if not ((shares > _COVERED) & (areas > areas[place])).any():
            kept.append(box)
    return kept


def _ink(pixels: np.ndarray, least: int = 24) -> np.ndarray:
    """bool [H, W]: what is far from the paper's grey, dark on light or light on dark.

    least: levels of grey that ink differs from paper at the least.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.int16)
    far = np.abs(grey - np.int16(np.median(grey)))
    return far > max(least, _INK * float(far.max()))
