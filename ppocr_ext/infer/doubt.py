"""Why an image is not one upright line of text; checked where its reading or shape is unusual.

The network also gives a text for a page, an image of one colour or a vertical line (none, or a few
letters), and for two lines or one upside down (many letters). The bounds were set on 5,994 real
lines, none of which they flag, 53 pages in four directions, and 640 stacks and 476 rotations of the
real lines (output/LOG.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from ppocr_ext.data.check.pixels import at_rows, is_blank, leans, row_edges
from ppocr_ext.infer.images import too_small
from ppocr_ext.infer.reading import Reading

NO_NUMBERS = "the model's output is not finite: the model may be damaged"
BLANK = "blank: the image has a single colour, or nearly"
PAGE = "looks like a page: cut it into lines first"
TURNED = "taller than wide: a vertical crop, or a line rotated by 90 degrees"
UPSIDE_DOWN = "looks upside down: rotate it by 180 degrees"
NOTHING = "no text found"

_WEAK = 0.5  # confidence of a reading that may be of no line at all
_NO_TEXT = 0.1
_LOWEST, _LOW = 6, 10  # pixels of height: no real line is read right below the one, few below both
_TALL = 1.5  # height / width from which PPOCRLabel turns a crop
_PAGE_SIDE = 100  # pixels; smaller letters cannot be read
_PAGE_RATIO = 6  # long side / short side: a longer image is a strip
_LARGE_SIDE, _LARGE_RATIO, _UNSURE = 300, 2, 0.4
_BANDS = 6  # rows of text in a square; a word has up to 4.4 letters, which are bands as well
_TURNED_LETTERS = 3  # a lone letter on its side reads as one or two
_SURE = 0.9  # confidence from which a line is taken to be upright
_LEAN, _SURER, _LONG = -0.02, 0.05, 6  # of lines on their head: capitals and digits hardly lean
# Of lines one above the other, at 48 pixels: the share of a busy row's edges from which a row is
# ink, what is ink at all, the least gap, the widest in heights of a line, and how like the largest
# line the others are.
_ROWS, _INK, _FAINT, _GAP, _WIDE, _LIKE_INK, _LIKE_HEIGHT = 48, 0.15, 2, 2, 1.5, 0.2, 0.7
_BUSY = 42  # of the rows by their edges: 0.9 * (_ROWS - 1) is 42.3


def is_one_colour(image: np.ndarray) -> bool:
    """Whether every pixel is the same, so that no network is needed."""
    first = image[0, 0]
    return bool((image[::8, ::8] == first).all() and (image == first).all())


def lines_in(image: np.ndarray) -> int:
    """How many lines of text, at least, stand one above the other with clear gaps between them.

    ``image``: uint8 BGR [H, W, 3]. Marks and dots are lower than letters, and what is cut off by
    the border has less ink; rules and underlines have no edges along them.
    """
    if image.shape[0] > image.shape[1]:
        return 1  # the letters of a vertical crop stand one above the other, too
    edges = row_edges(at_rows(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), _ROWS))
    near, next_ = np.sort(edges)[_BUSY : _BUSY + 2]
    busy = near + 0.3 * (next_ - near)  # np.percentile(edges, 90), which takes ten times as long
    if busy < _FAINT:
        return 1
    is_ink = np.concatenate([[False], edges > _INK * busy, [False]])
    starts, ends = np.flatnonzero(is_ink[1:] != is_ink[:-1]).reshape(-1, 2).T
    apart = starts[1:] - ends[:-1] >= _GAP
    starts, ends = starts[[True, *apart]], ends[[*apart, True]]
    ink = np.array([edges[start:end].sum() for start, end in zip(starts, ends, strict=True)])
    heights = ends - starts
    is_line = (ink >= _LIKE_INK * ink.max()) & (heights >= _LIKE_HEIGHT * heights.max())
    gaps = starts[is_line][1:] - ends[is_line][:-1]
    is_sign = (gaps > _WIDE * heights.max()).any()  # two dots or strokes, as of : and =
    return 1 if is_sign else int(is_line.sum())


def is_odd(size: tuple[int, int], lines: int, reading: Reading) -> bool:
    """Whether :func:`why_no_line` is to be asked of an image of that height and width.

    ``lines``: as :func:`lines_in` counts them.
    """
    height, width = size
    is_odd_shape = _may_be_page(height, width) or height >= _TALL * width or height < _LOWEST
    return lines > 1 or is_odd_shape or not reading.confidence >= _SURE


def why_no_line(
    image: np.ndarray,
    lines: int,
    reading: Reading,
    outputs: Sequence[np.ndarray],
    read: Callable[[np.ndarray], Reading],
) -> str:
    """The reason why ``image`` is not a line, or nothing when it may be one.

    Args:
        image: uint8 BGR [H, W, 3], as it was read.
        lines: as :func:`lines_in` counts them.
        outputs: the network's probabilities [T, classes] of its pieces.
        read: reads another image, for lines that stand upright.
    """
    height, width = image.shape[:2]
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if not all(np.isfinite(output).all() for output in outputs):
        return NO_NUMBERS
    if height < _LOWEST or (height < _LOW and _is_weak(reading)):
        return too_small(height, width)
    if _is_weak(reading) and is_blank(grey):
        return BLANK
    if _may_be_page(height, width) and (_has_many_lines(grey) or _is_blurred_page(grey, reading)):
        return PAGE
    if lines > 1:
        return f"looks like {lines} lines or more: cut it into lines first"
    is_nothing = not reading.text or reading.confidence < _NO_TEXT
    if height >= _TALL * width and (is_nothing or _reads_turned(image, reading, read)):
        return TURNED
    if is_nothing:
        return NOTHING
    return UPSIDE_DOWN if _is_upside_down(image, grey, reading, read) else ""


def _is_weak(reading: Reading) -> bool:
    return not reading.text or not reading.confidence >= _WEAK


def _may_be_page(height: int, width: int) -> bool:
    short, long = sorted((height, width))
    return short >= _PAGE_SIDE and long < _PAGE_RATIO * short


def _has_many_lines(grey: np.ndarray) -> bool:
    """One above the other, or, of a page that was turned, side by side."""
    ratio = grey.shape[1] / grey.shape[0]
    rows, columns = _bands(grey), _bands(grey.T)
    return rows >= _BANDS * max(1, 1 / ratio) or columns >= _BANDS * max(1, ratio)


def _is_blurred_page(grey: np.ndarray, reading: Reading) -> bool:
    """A large image of hardly any text, too high for its width to be a word that was misread."""
    short, long = sorted(grey.shape)
    is_large = short >= _LARGE_SIDE and long < _LARGE_RATIO * short
    return is_large and bool(reading.text) and reading.confidence < _UNSURE


def _bands(grey: np.ndarray) -> int:
    """How many bands of rows change much from left to right, with quieter ones between them."""
    rows = np.abs(np.diff(_reduced(grey, 768).astype(np.float32), axis=1)).mean(axis=1)
    rows = np.convolve(rows, np.full(3, 1 / 3), mode="same")
    quiet, busy = np.percentile(rows, [5, 90])
    is_text = rows > quiet + 0.3 * (busy - quiet)
    return int(is_text[0]) + int((is_text[1:] & ~is_text[:-1]).sum())


def _reduced(grey: np.ndarray, longest: int) -> np.ndarray:
    scale = longest / max(grey.shape)
    if scale >= 1:
        return grey
    size = [max(2, round(side * scale)) for side in grey.shape[::-1]]
    return cv2.resize(np.ascontiguousarray(grey), size, interpolation=cv2.INTER_AREA)


def _reads_turned(
    image: np.ndarray, reading: Reading, read: Callable[[np.ndarray], Reading]
) -> bool:
    """Whether it reads as a word when it lies on its side, and more surely than upright."""
    turned = [read(np.ascontiguousarray(np.rot90(image, quarter))) for quarter in (1, 3)]
    best = max(turned, key=lambda each: each.confidence)
    is_word = _letters(best.text) >= max(_TURNED_LETTERS, len(reading.text) + 1)
    return is_word and best.confidence > max(_WEAK, reading.confidence)


def _is_upside_down(
    image: np.ndarray, grey: np.ndarray, reading: Reading, read: Callable[[np.ndarray], Reading]
) -> bool:
    """Whether its marks hang below the letters, and it reads more surely when turned over."""
    if reading.confidence >= _SURE or leans(row_edges(at_rows(grey))[None])[0] >= _LEAN:
        return False
    over = read(np.ascontiguousarray(image[::-1, ::-1]))
    return _letters(over.text) >= _LONG and over.confidence > reading.confidence + _SURER


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)
