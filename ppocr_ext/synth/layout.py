"""Where the text of a line lies in its crop, and what else is drawn there: [H, W] uint8 ink."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from ppocr_ext.synth.fonts import Face, freetype
from ppocr_ext.synth.styles import Style

_TALLEST = "ỄẲỘgjỵ"  # from the highest mark to the lowest dot
_LEAST_SIZE = 7  # pixels an em below which no tone can be told


class Ink(NamedTuple):
    """One drawn line: its pixels [h, w] uint8 and the row of its baseline."""

    pixels: np.ndarray
    baseline: int


def draw(text: str, face: Face, size: int, tracking: float = 0.0) -> Ink:
    """Draw ``text``, ``size`` pixels an em, cut to its ink; ``tracking`` (em) widens the spacing."""
    from PIL import Image, ImageDraw

    font = freetype(face.path, face.axes, size)
    left, top, right, bottom = font.getbbox(text, anchor="ls")
    extra = tracking * size
    width = round(right - left + abs(extra) * len(text)) + 2
    canvas = Image.new("L", (width, round(bottom - top) + 2))
    pen = ImageDraw.Draw(canvas)
    if extra:
        x = 1.0 - left
        for character in text:
            pen.text((x, 1 - top), character, fill=255, font=font, anchor="ls")
            x += font.getlength(character) + extra
    else:
        pen.text((1 - left, 1 - top), text, fill=255, font=font, anchor="ls")
    return _cut(np.asarray(canvas), round(1 - top))


def _cut(pixels: np.ndarray, baseline: int) -> Ink:
    """Without the empty rows and columns around the ink."""
    x, y, width, height = cv2.boundingRect(pixels)
    if width == 0:
        return Ink(np.zeros((1, 1), np.uint8), 0)
    return Ink(pixels[y : y + height, x : x + width], baseline - y)


def extent(face: Face, size: int) -> tuple[int, int]:
    """Rows above and below the baseline that the tallest letters of a face take."""
    _, top, _, bottom = freetype(face.path, face.axes, size).getbbox(_TALLEST, anchor="ls")
    return round(-top), round(bottom)


def compose(
    rng: random.Random, style: Style, face: Face, text: str, neighbours: Sequence[str]
) -> np.ndarray:
    """The crop of a line, [H, W] uint8, 0 paper .. 255 ink, ``style.oversample`` times its size."""
    scale = style.oversample
    height = rng.randint(*style.height) * scale
    fill = rng.uniform(*style.fill)
    above, below = extent(face, 100)
    size = max(_LEAST_SIZE * scale, round(100 * height * fill / (above + below)))
    tracking = rng.uniform(-0.03, 0.2) if rng.random() < style.tracking else 0.0
    ink = draw(text, face, size, tracking)

    above, below = extent(face, size)
    if rng.random() < style.tight:  # around this line's own ink, at the same share of the crop
        above, below = ink.baseline, ink.pixels.shape[0] - ink.baseline
        height = max(8 * scale, round((above + below) / fill))
    slack = max(0, height - above - below)
    baseline = above + round(slack * rng.betavariate(2, 2))
    left, right = (round(size * rng.choice((0.1, 0.5)) * rng.random()) + scale for _ in range(2))
    crop = np.zeros((height, left + ink.pixels.shape[1] + right), np.uint8)
    paste(crop, ink, left, baseline)
    return crop


def paste(crop: np.ndarray, ink: Ink, x: int, baseline: int) -> None:
    """Draw ``ink`` into ``crop`` with its baseline at a row; what lies outside is cut away."""
    rows, columns = ink.pixels.shape
    y = baseline - ink.baseline
    top, bottom = max(0, y), min(crop.shape[0], y + rows)
    start, end = max(0, x), min(crop.shape[1], x + columns)
    if top < bottom and start < end:
        part = ink.pixels[top - y : bottom - y, start - x : end - x]
        target = crop[top:bottom, start:end]
        np.maximum(target, part, out=target)
