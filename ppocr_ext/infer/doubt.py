"""Why a picture is not one upright line of text: asked where its reading or its shape is odd.

A page, a picture of one colour or a line that stands upright gives a text as well: an empty one, or
a few letters. The bounds were set on 5,994 real lines, none of which they flag, and 53 pages in
four directions (output/LOG.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from ppocr_ext.infer.reading import Reading

NO_NUMBERS = "the model computes no numbers for it: the model may be damaged"
BLANK = "blank: the picture is of one colour, or nearly"
PAGE = "looks like a page: cut it into lines first"
TURNED = "taller than wide: a vertical crop, or a line turned by 90 degrees"
NOTHING = "no text found"

_WEAK = 0.5  # confidence of a reading that may be of no line at all
_NO_TEXT = 0.1
_CONTRAST = 24  # grey levels between ink and paper; the faintest real line has 39
_TALL = 1.5  # height / width from which PPOCRLabel turns a crop
_PAGE_SIDE = 100  # pixels; smaller letters cannot be read
_PAGE_RATIO = 6  # long side / short side: a longer picture is a strip
_LARGE_SIDE, _LARGE_RATIO, _UNSURE = 300, 2, 0.4
_BANDS = 6  # rows of text in a square; a word has up to 4.4 letters, which are bands as well
_TURNED_LETTERS = 3  # a lone letter on its side reads as one or two


def is_one_colour(image: np.ndarray) -> bool:
    """Whether every pixel is the same: no network need look. Of a line a few pixels tell."""
    first = image[0, 0]
    return bool((image[::8, ::8] == first).all() and (image == first).all())


def is_odd(size: tuple[int, int], reading: Reading) -> bool:
    """Whether :func:`why_no_line` is to be asked of a picture of that height and width."""
    height, width = size
    return _is_weak(reading) or _may_be_page(height, width) or height >= _TALL * width


def why_no_line(
    image: np.ndarray,
    reading: Reading,
    outputs: Sequence[np.ndarray],
    read: Callable[[np.ndarray], Reading],
) -> str:
    """The reason why ``image`` is not a line, or nothing when it may be one.

    Args:
        image: uint8 BGR [H, W, 3], as it was read.
        outputs: the network's probabilities [T, classes] of its pieces.
        read: reads another picture, for lines that stand upright.
    """
    height, width = image.shape[:2]
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if not all(np.isfinite(output).all() for output in outputs):
        return NO_NUMBERS
    if _is_weak(reading) and _contrast(grey) < _CONTRAST:
        return BLANK
    if _may_be_page(height, width) and (_has_many_lines(grey) or _is_blurred_page(grey, reading)):
        return PAGE
    is_nothing = not reading.text or reading.confidence < _NO_TEXT
    if height >= _TALL * width and (is_nothing or _reads_turned(image, reading, read)):
        return TURNED
    return NOTHING if is_nothing else ""


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
    """A large picture of hardly any text, too high for its width to be a word that was misread."""
    short, long = sorted(grey.shape)
    is_large = short >= _LARGE_SIDE and long < _LARGE_RATIO * short
    return is_large and bool(reading.text) and reading.confidence < _UNSURE


def _contrast(grey: np.ndarray) -> int:
    """Grey levels between the darkest and the lightest place, noise averaged away."""
    smooth = cv2.blur(_reduced(grey, 256), (3, 3))
    return int(smooth.max()) - int(smooth.min())


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
    letters = sum(character.isalnum() for character in best.text)
    is_word = letters >= max(_TURNED_LETTERS, len(reading.text) + 1)
    return is_word and best.confidence > max(_WEAK, reading.confidence)
