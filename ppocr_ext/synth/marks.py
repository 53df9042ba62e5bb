"""The marks above letters as Windows fonts and tills set them.

Times New Roman, Arial, Tahoma and most tills put the tone of ``ấ`` on top of its circumflex;
nearly all free fonts put it beside. Small print also flattens marks. At such sizes the two look
nothing alike, so a share of all lines is drawn with bare letters under marks that are taken from
the face's ``â`` and ``á``, stacked and squeezed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ppocr_ext.synth.fonts import freetype
from ppocr_ext.text import VIETNAMESE_LETTERS, compose, decompose

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_LEAN = {"acute": 0.04, "grave": -0.04, "hook": 0.0, "tilde": 0.0}  # em to the right, on another
_GAP = 0.02  # em between the two
_ABOVE = (*_LEAN, "breve", "circumflex")


def _bare(letter: str) -> str:
    """``letter`` without its marks above: ``ậ`` → ``ạ``, ``ờ`` → ``ơ``."""
    parts = decompose(letter)
    shape = "none" if parts.shape in _ABOVE else parts.shape
    tone = "level" if parts.tone in _ABOVE else parts.tone
    return compose(parts._replace(shape=shape, tone=tone))


MARKED = {
    letter: _bare(letter)
    for letter in VIETNAMESE_LETTERS
    if _bare(letter) not in (letter, "i")  # an í has no dot under its mark
}
"""Letters with marks above → the letter that stands below them."""

_TO_BARE = str.maketrans(MARKED)


def without_marks_above(text: str) -> str:
    return text.translate(_TO_BARE)


@lru_cache(maxsize=2_000)
def marks_stand_clear(path: str, axes: tuple[float, ...]) -> bool:
    """Whether a face's marks reach well over its letters; swashes of scripts hide them."""
    font = freetype(path, axes, 100)

    def top(letter: str) -> float:
        return -font.getbbox(letter, anchor="ls")[1]

    parts = map(decompose, MARKED)
    return all(
        top(compose(decompose(base)._replace(**{kind: mark}))) > top(base) + 10
        for base, shape, tone in parts
        for kind, mark in (("shape", shape), ("tone", tone))
        if mark in _ABOVE
    )


@lru_cache(maxsize=20_000)
def marks_above(
    path: str, axes: tuple[float, ...], size: int, stroke: float, letter: str, squeeze: float
) -> tuple[np.ndarray, int]:
    """The marks above ``letter``, ``squeeze`` times as high as the face draws them.

    Their pixels, [h, w] uint8, from an em left of the letter's origin, and how many rows above
    the baseline they begin.
    """
    base, shape, tone = decompose(letter)
    plain = decompose(base)
    font = freetype(path, axes, size)
    foot = round(-font.getbbox(base, anchor="ls", stroke_width=stroke)[1])
    pixels = np.zeros((0, 3 * size), np.uint8)
    if shape in _ABOVE:
        pixels = _ink_above(font, stroke, compose(plain._replace(shape=shape)), foot)
    if tone in _LEAN:
        mark = _ink_above(font, stroke, compose(plain._replace(tone=tone)), foot)
        if len(pixels):
            mark = mark[: np.flatnonzero(mark.any(axis=1))[-1] + 1 + round(_GAP * size)]
            mark = np.roll(mark, round(_LEAN[tone] * size), axis=1)
        pixels = np.vstack((mark, pixels))
    height = max(2, round(squeeze * pixels.shape[0]))
    pixels = cv2.resize(pixels, (pixels.shape[1], height), interpolation=cv2.INTER_AREA)
    return pixels, height + foot


def _ink_above(font: FreeTypeFont, stroke: float, letter: str, row: int) -> np.ndarray:
    """The rows of ``letter`` from its top to ``row`` above its baseline; its origin is an em in."""
    from PIL import Image, ImageDraw

    size = round(font.size)
    canvas = Image.new("L", (3 * size, 2 * size))
    ImageDraw.Draw(canvas).text(
        (size, 2 * size), letter, fill=255, font=font, anchor="ls", stroke_width=stroke
    )
    pixels = np.asarray(canvas)[: 2 * size - row]
    return pixels[np.flatnonzero(pixels.any(axis=1))[0] :]
