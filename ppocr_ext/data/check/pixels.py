"""What the pixels of one line show: whether there is ink, and which way up it stands."""

from __future__ import annotations

import cv2
import numpy as np

ROWS = 24  # height at which lines are looked at
THUMBNAIL = (32, 4)  # width, height: enough to tell lines of one text apart
# Local contrast, of 255, and over that of noise: the faintest of 9,000 drawn and 6,000 real lines
# has 13, and 11 times its noise; noise alone has up to 4 times.
_FAINT, _CLEAR, _ABOVE_NOISE = 10, 30, 6
_STROKE = 5  # pixels at ROWS: wider than a stroke
_NOISE = 8  # differences between neighbours that are no edge
_SMOOTH = 24  # differences of neighbours in a thumbnail: lines with ink nearly always have more
_MOST_INK = 0.8  # share of the ink that belongs to a letter alone on its crop
_ON_ITS_SIDE = 1.25  # ink of a turned letter is wider than high by so much
CROP_TURNED = 1.5  # PPOCRLabel turns crops that are so many times as high as wide
_WIDE_LETTERS = frozenset("mwMWÆŒæœ")


def at_rows(grey: np.ndarray, rows: int = ROWS) -> np.ndarray:
    """``uint8 [H, W]`` at that height."""
    width = max(_STROKE, round(grey.shape[1] * rows / grey.shape[0]))
    return cv2.resize(grey, (width, rows), interpolation=cv2.INTER_AREA)


def looked_at(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``uint8 [ROWS, W]`` and the thumbnail of a grey picture."""
    line = at_rows(grey)
    return line, cv2.resize(line, THUMBNAIL, interpolation=cv2.INTER_AREA)


def is_blank(grey: np.ndarray) -> bool:
    """Whether nothing is written on ``uint8 [H, W]``, also when it lies on its side."""
    is_tall = grey.shape[0] > grey.shape[1]  # a line on its side shrinks to a dot
    views = (grey, cv2.transpose(grey)) if is_tall else (grey,)
    return not any(has_ink(*looked_at(view)) for view in views)


def has_ink(line: np.ndarray, thumbnail: np.ndarray) -> bool:
    """Whether something is written: false for one colour, noise and soft shades alone.

    ``line``: uint8 [ROWS, W]; ``thumbnail``: uint8 [h, w] of it, which answers for most.
    """
    if _largest(cv2.absdiff(thumbnail[:, 1:], thumbnail[:, :-1])) >= _SMOOTH:
        return True
    smooth = cv2.blur(line, (3, 3))
    window = np.ones((_STROKE, _STROKE), np.uint8)
    contrast = _largest(cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, window))
    if not _FAINT <= contrast < _CLEAR:
        return contrast >= _CLEAR
    return contrast >= _ABOVE_NOISE * float(np.median(cv2.absdiff(line, smooth)))


def _largest(pixels: np.ndarray) -> float:
    return cv2.minMaxLoc(pixels)[1]


def row_edges(line: np.ndarray) -> np.ndarray:
    """float32 [H]: how much each row of ``line`` (uint8 [H, W]) changes along it."""
    edges = cv2.subtract(cv2.absdiff(line[:, 1:], line[:, :-1]), _NOISE)
    return cv2.reduce(edges, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[:, 0]


def leans(edges: np.ndarray) -> np.ndarray:
    """float32 [N]: share of the edges above the letters' bodies less the share below, -1..1.

    ``edges``: [N, ROWS]. Marks and ascenders make it positive in upright Vietnamese; of a line
    that stands on its head it is the negative. 0 without edges.
    """
    rows = edges.astype(np.float32)
    is_body = 2 * rows >= np.maximum(rows.max(axis=1, keepdims=True), 1e-6)
    above = np.cumsum(is_body, axis=1) == 0
    below = np.cumsum(is_body[:, ::-1], axis=1)[:, ::-1] == 0
    difference = (rows * above).sum(axis=1) - (rows * below).sum(axis=1)
    return difference / np.maximum(rows.sum(axis=1), 1e-6)


def lies_on_its_side(grey: np.ndarray, letter: str) -> bool:
    """Whether a crop of one letter or digit was turned by 90°: its ink is wider than high.

    ``grey``: uint8 [H, W].
    """
    height, width = grey.shape
    if letter in _WIDE_LETTERS or not (letter.isalnum() or letter in "()[]{}|!/\\"):
        return False
    if width < CROP_TURNED * height:
        return False
    _, ink = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if ink.mean() > 0.5:
        ink = 1 - ink
    _, _, shapes, _ = cv2.connectedComponentsWithStats(ink)
    if len(shapes) < 2:  # the first one is the paper
        return False
    largest = shapes[1:][shapes[1:, cv2.CC_STAT_AREA].argmax()]
    is_the_letter = largest[cv2.CC_STAT_AREA] >= _MOST_INK * ink.sum()
    wide, high = largest[cv2.CC_STAT_WIDTH], largest[cv2.CC_STAT_HEIGHT]
    return bool(is_the_letter and wide >= _ON_ITS_SIDE * high)
