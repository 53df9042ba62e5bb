"""Where the text of a line lies in its crop: [H, W] uint8, 0 paper .. 255 ink."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache, partial, reduce
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from ppocr_ext.synth.fonts import Face, advance, freetype, reach
from ppocr_ext.synth.furniture import FURNITURE, Scene
from ppocr_ext.synth.handwriting.writer import write, writer
from ppocr_ext.synth.marks import MARKED, marks_above, marks_stand_clear, without_marks_above
from ppocr_ext.synth.sources import SYMBOLS
from ppocr_ext.synth.style import Style

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_DOTS = (15, 30)  # dots an em of receipts: 2 to 4 mm at 8 dots a millimetre
_STACKS = (1.0, 1.0, 0.85, 0.7)  # height of stacked marks: what the face has, or squeezed


class Ink(NamedTuple):
    """One drawn line: its pixels [h, w] uint8 and the row of its baseline."""

    pixels: np.ndarray
    baseline: int


class Faces(NamedTuple):
    """What a line is written in: its face, one for emphasis, and one that holds its symbols.

    ``hands``: what else a handwritten line takes letters from.
    """

    text: Face
    emphasis: Face
    symbols: Face | None = None
    hands: tuple[Face, ...] = ()


class Pen(NamedTuple):
    """How a face is put on paper: ``size`` pixels an em; ``tracking`` and ``stroke`` are in em.

    ``stroke`` thickens the outline, the bold of software that has no bold face. ``dots`` > 0: the
    letters are bitmaps of so many dots an em, as a thermal head prints them; a dot is black where
    more than ``cover`` (0..255) of it is ink, so that small marks close up or shrink to a dot.
    ``stack`` > 0: of two marks above a letter one stands on the other, and all are so many times
    as high as the face has them.
    """

    size: int
    tracking: float = 0.0
    stroke: float = 0.0
    stretch: float = 1.0
    dots: int = 0
    cover: int = 128
    stack: float = 0.0


def draw(text: str, face: Face, pen: Pen) -> Ink:
    """Draw ``text``, cut to its ink."""
    if not pen.dots:
        return stretched(_drawn(text, face, pen), pen.stretch)
    grey = stretched(_drawn(text, face, pen._replace(size=pen.dots)), pen.stretch)
    _, black = cv2.threshold(grey.pixels, pen.cover, 255, cv2.THRESH_BINARY)
    factor = pen.size / pen.dots
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    height, width = (max(1, round(side * factor)) for side in black.shape)
    return Ink(cv2.resize(black, (width, height), interpolation=way), round(grey.baseline * factor))


def _drawn(text: str, face: Face, pen: Pen) -> Ink:
    from PIL import Image, ImageDraw

    size, stroke = pen.size, pen.stroke * pen.size
    stacked = pen.stack and marks_stand_clear(face.path, face.axes)
    plain = without_marks_above(text) if stacked else text
    font = freetype(face.path, face.axes, size)
    advances = [
        (advance(face.path, face.axes, character) + pen.tracking) * size for character in plain
    ]
    margin = round(1.2 * size)  # for what reaches over its advance: swashes, tall marks
    baseline = round(1.6 * size)
    canvas = Image.new("L", (round(sum(advances)) + 2 * margin, 2 * baseline))
    put = partial(
        ImageDraw.Draw(canvas).text, fill=255, font=font, anchor="ls", stroke_width=stroke
    )
    if pen.tracking:
        x = float(margin)
        for character, step in zip(plain, advances, strict=True):
            put((x, baseline), character)
            x += step
    else:
        put((margin, baseline), plain)
    pixels = np.array(canvas)
    if plain != text:
        for index, letter in enumerate(text):
            if letter in MARKED:
                left = margin + round(_start(font, plain, index, pen.tracking * size))
                marks, top = marks_above(face.path, face.axes, size, stroke, letter, pen.stack)
                paste(pixels, Ink(marks, top), left - size, baseline)
    return _cut(pixels, baseline)


def _start(font: FreeTypeFont, text: str, index: int, tracking: float) -> float:
    """How far from the line's origin its letter ``index`` begins, kerning included."""
    until = font.getlength(text[: index + 1]) - font.getlength(text[index])
    return until + tracking * index


def _cut(pixels: np.ndarray, baseline: int) -> Ink:
    """Without the empty rows and columns around the ink."""
    x, y, width, height = cv2.boundingRect(pixels)
    if width == 0:
        return Ink(np.zeros((1, 1), np.uint8), 0)
    return Ink(pixels[y : y + height, x : x + width], baseline - y)


def extent(face: Face, size: int) -> tuple[int, int]:
    """Rows above and below the baseline that the tallest letters of a face take."""
    above, below = reach(face.path, face.axes)
    return round(above * size), round(below * size)


def stretched(ink: Ink, factor: float) -> Ink:
    """Letters made wider or narrower, as tills do with the one font they have."""
    height, width = ink.pixels.shape
    wide = max(1, round(width * factor))
    if wide == width:
        return ink
    way = cv2.INTER_AREA if wide < width else cv2.INTER_LINEAR
    return Ink(cv2.resize(ink.pixels, (wide, height), interpolation=way), ink.baseline)


def beside(left: Ink, right: Ink, gap: int) -> Ink:
    """Two drawn pieces on one baseline, ``gap`` pixels apart."""
    above = max(left.baseline, right.baseline)
    below = max(ink.pixels.shape[0] - ink.baseline for ink in (left, right))
    joint = left.pixels.shape[1] + gap
    pixels = np.zeros((above + below, joint + right.pixels.shape[1]), np.uint8)
    for ink, x in ((left, 0), (right, joint)):
        rows, columns = ink.pixels.shape
        top = above - ink.baseline
        pixels[top : top + rows, x : x + columns] = ink.pixels
    return Ink(pixels, above)


def _pen(rng: random.Random, style: Style, size: int, stretch: float) -> Pen:
    tracking = rng.uniform(-0.03, 0.2) if rng.random() < style.tracking else 0.0
    stroke = rng.uniform(0.008, 0.03) if rng.random() < style.embolden else 0.0
    dots = rng.randint(*_DOTS) if rng.random() < style.dots else 0
    cover = rng.randint(*style.covers)
    stack = rng.choice(_STACKS) if rng.random() < style.stacked else 0.0
    return Pen(size, tracking, stroke, stretch, dots, cover, stack)


def _draw_line(rng: random.Random, style: Style, text: str, faces: Faces, pen: Pen) -> Ink:
    """The line in one piece, or in two: in two faces, or with a wide gap in between.

    Word by word where it is justified, or holds a sign of another face.
    """
    emphasis, gap = rng.random() < style.emphasis, rng.random() < style.gaps
    words = text.split(" ")
    if style.justified and rng.random() < style.justified:
        return _draw_words(words, faces, pen, rng.uniform(1.2, 3.5))
    if faces.symbols:
        return _draw_words(words, faces, pen, rng.uniform(1.1, 1.6), rng.uniform(0.8, 3.0))
    if len(words) < 2 or not (emphasis or gap):
        return draw(text, faces.text, pen)
    at = rng.randrange(1, len(words))
    first = draw(" ".join(words[:at]), faces.text, pen)
    second = draw(" ".join(words[at:]), faces.emphasis if emphasis else faces.text, pen)
    space = advance(faces.text.path, faces.text.axes, " ") * pen.size * pen.stretch
    return beside(first, second, round(space * (rng.uniform(1.5, 4.0) if gap else 1.0)) + 1)


def _draw_words(
    words: list[str], faces: Faces, pen: Pen, spaces: float, after_symbol: float = 1.0
) -> Ink:
    """Words ``spaces`` times as far apart as the face has them; more after a leading symbol."""
    space = advance(faces.text.path, faces.text.axes, " ") * pen.size * pen.stretch * spaces
    line = _draw_word(words[0], faces, pen)
    for index, word in enumerate(words[1:]):
        wider = after_symbol if index == 0 and words[0] in SYMBOLS else 1.0
        line = beside(line, _draw_word(word, faces, pen), round(space * wider) + 1)
    return line


def _draw_word(word: str, faces: Faces, pen: Pen) -> Ink:
    """A word, its symbols in the face that holds them."""
    pieces = [
        draw("".join(part), (held and faces.symbols) or faces.text, pen)
        for held, part in groupby(word, SYMBOLS.__contains__)
    ]
    return reduce(lambda left, right: beside(left, right, 1 + pen.size // 8), pieces)


class Proportions(NamedTuple):
    """The choices that nearly settle how wide a line is for its height."""

    height: int  # rows of the crop
    fill: float  # share of them that the tallest letters take
    size: int  # pixels an em
    stretch: float


def proportions(rng: random.Random, style: Style, scale: int, face: Face) -> Proportions:
    """What :func:`compose` draws first."""
    height = rng.randint(*style.height) * scale
    fill = rng.uniform(*style.fill)
    size = max(style.least * scale, round(height * fill / sum(reach(face.path, face.axes))))
    return Proportions(height, fill, size, rng.uniform(*style.stretch))


def expected_aspect(rng: random.Random, style: Style, scale: int, face: Face, text: str) -> float:
    """About how many times wider than high :func:`compose` makes the line, without drawing it."""
    _, fill, _, stretch = proportions(rng, style, scale, face)
    letters = sum(advance(face.path, face.axes, character) for character in text)
    spans = [_span(face.path, face.axes, character) for character in text]
    ink = max(above for above, _ in spans) + max(below for _, below in spans)
    rows = style.tight * ink + (1 - style.tight) * sum(reach(face.path, face.axes))
    return letters * stretch * fill / rows + sum(style.margin) * 2 / 3 + style.trail / 4


@lru_cache(maxsize=100_000)
def _span(path: str, axes: tuple[float, ...], character: str) -> tuple[float, float]:
    """How far a character reaches above and below the baseline, in em."""
    _, top, _, bottom = freetype(path, axes, 100).getbbox(character, anchor="ls")
    return -top / 100, bottom / 100


def compose(
    rng: random.Random,
    style: Style,
    scale: int,
    faces: Faces,
    text: str,
    other_text: Callable[[], str],
) -> np.ndarray:
    """The crop of a line, [H, W] uint8, 0 paper .. 255 ink, ``scale`` times its final size.

    ``other_text`` gives neighbouring lines.
    """
    height, fill, size, stretch = proportions(rng, style, scale, faces.text)
    if style.hand:
        own = writer(rng, (faces.text, *faces.hands))
        ink = Ink(*write(rng, own, text, round(height * fill)))
    else:
        pen = _pen(rng, style, size, stretch)
        ink = _draw_line(rng, style, text, faces, pen)

    above, below = extent(faces.text, size)
    if rng.random() < style.tight:  # around this line's own ink, at the same share of the crop
        above, below = ink.baseline, ink.pixels.shape[0] - ink.baseline
        height = round((above + below) / fill)
    height = max(height, ink.pixels.shape[0], 8 * scale)
    top, bottom = ink.baseline, height - (ink.pixels.shape[0] - ink.baseline)
    slack = max(0, height - above - below)
    baseline = min(max(above + round(slack * rng.betavariate(2, 2)), top), bottom)
    left, right = (round(height * rng.triangular(*style.margin)) + scale for _ in range(2))
    if style.trail and rng.random() < 0.5:
        right += round(height * rng.uniform(0, style.trail))
    crop = np.zeros((height, left + ink.pixels.shape[1] + right), np.uint8)
    paste(crop, ink, left, baseline)

    def neighbour(row: int, over: bool) -> None:
        """Another line whose lowest (highest) possible row is ``row`` rows inside the crop."""
        if style.hand:
            other = Ink(*write(rng, own, other_text(), ink.pixels.shape[0]))
            up, down = other.baseline, other.pixels.shape[0] - other.baseline
        else:
            up, down = extent(faces.text, size)
            other = draw(other_text(), faces.text, pen)
        shift = round(rng.uniform(-0.3, 0.3) * other.pixels.shape[1])
        paste(crop, other, left + shift, row - down if over else height - row + up)

    scene = Scene(crop, baseline, ink.baseline, ink.pixels.shape[0], size, neighbour)
    for name, share in style.furniture.items():
        if rng.random() < share:
            FURNITURE[name](scene, rng)
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
