"""Lines made on the fly, from text to picture: a function of preset, split, seed and index."""

from __future__ import annotations

import random
import re
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ppocr_ext.synth.camera import CAMERA, to_uint8
from ppocr_ext.synth.corpus import Corpus
from ppocr_ext.synth.effects import EFFECTS
from ppocr_ext.synth.fonts import Face, FontLibrary, symbol_face, without_symbols
from ppocr_ext.synth.layout import Faces, compose, expected_aspect
from ppocr_ext.synth.paper import RULINGS, colour
from ppocr_ext.synth.presets import Preset, Split
from ppocr_ext.synth.style import Style
from ppocr_ext.synth.styles import STYLES, font_categories
from ppocr_ext.text import strip_marks


def render(
    ink: np.ndarray,
    choices: random.Random,
    style: Style,
    scale: int,
    subpixel: bool,
    strength: float,
) -> np.ndarray:
    """The photographed line, [H, W, 3] uint8 BGR, of its ink, [H, W] uint8, ``scale`` times larger.

    ``strength`` 0..1 scales every degradation; ``subpixel`` needs a scale of 3.
    """
    rng = np.random.Generator(np.random.PCG64(choices.getrandbits(64)))
    strength *= choices.uniform(0.2, 1.0)
    bent = warp(ink, rng, style.rotate * strength, style.bend * strength)
    plane = bent.astype(np.float32) / 255
    for name, share in style.effects.items():
        if choices.random() < share:
            plane = EFFECTS[name](plane, rng, strength)
    plane = stripes(plane) if subpixel else reduce(plane, scale)[..., None]
    inverted = choices.random() < style.invert
    ruled = style.ruled and choices.random() < sum(style.ruled.values())
    ruling = choices.choices(list(style.ruled), list(style.ruled.values()))[0] if ruled else ""
    texture = style.texture * strength
    image = colour(plane, rng, style.ground, style.coloured, inverted, texture, RULINGS.get(ruling))
    for name, share in style.camera.items():
        if choices.random() < share:
            image = CAMERA[name](image, rng, strength)
    return to_uint8(image)


def warp(ink: np.ndarray, rng: np.random.Generator, degrees: float, bend: float) -> np.ndarray:
    """Turn a little around the middle, lean, and bend as curled paper does."""
    if not degrees and not bend:
        return ink
    height, width = ink.shape
    most = min(degrees, float(np.degrees(np.arctan(0.2 * height / width))))
    slope = np.tan(np.radians(rng.uniform(-most, most)))
    lean = np.tan(np.radians(rng.uniform(-3, 3) * degrees))
    matrix = np.array(
        [[1, lean, -lean * height / 2], [slope, 1, -slope * width / 2]], dtype=np.float64
    )
    if not bend:
        return cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR)
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    waves = rng.uniform(0.3, 1.2) * 2 * np.pi * x / width + rng.uniform(0, 2 * np.pi)
    rise = slope * (x - width / 2) + rng.uniform(0, bend) * height * np.sin(waves)
    from_x = (x + lean * (y - height / 2)).astype(np.float32)
    return cv2.remap(ink, from_x, (y + rise).astype(np.float32), cv2.INTER_LINEAR)


def reduce(plane: np.ndarray, factor: int) -> np.ndarray:
    """Average ``factor`` x ``factor`` pixels into one: the soft edges of print."""
    if factor == 1:
        return plane
    height, width = plane.shape
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def stripes(ink: np.ndarray) -> np.ndarray:
    """Ink drawn three times too large, [3H, 3W] → [H, W, 3] for blue, green, red stripes.

    A flat screen's pixel is three stripes, red first; each takes its own third of the pixel,
    smoothed over five stripes so that edges do not glow (FreeType's default LCD filter).
    """
    height, width = ink.shape[0] // 3, ink.shape[1] // 3
    rows = cv2.resize(ink, (max(1, width) * 3, max(1, height)), interpolation=cv2.INTER_AREA)
    kernel = np.array([[8, 77, 86, 77, 8]], np.float32) / 256
    smooth = cv2.filter2D(rows, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return smooth.reshape(rows.shape[0], -1, 3)[:, :, ::-1]


_NUMBER = re.compile(r"(?<=^\d)(?=\))|(?<=^\d\d)(?=\))")
_BEFORE_SIGN = re.compile(r"(?<=[^\W\d_])(?=[:;,+](?!/))|(?<=\))(?=[;,])")
_AFTER_SIGN = re.compile(r"(?<=[^\W\d_][:,;]) ")
_DOSE = re.compile(r"(?<=\d)(?=(?:mg|mcg|MG|UI|IU)\b)")
_DASH = re.compile(r"(?<=\d) - (?=\d)")
_TIGHT = (  # where print has no space though prose would, and how often a printer leaves it out
    (re.compile(r"(?<=[:;]) "), 0.35),
    (re.compile(r"(?<=,) "), 0.15),
    (re.compile(r"(?<=\d[.)]) (?=[^\W\d])"), 0.4),
    (re.compile(r"(?<=[^\W\d_]\.) (?=[^\W\d_])"), 0.3),
    (re.compile(r" (?=[-–/+x=] )| (?<=[-–/+x=] )"), 0.3),
    (re.compile(r"(?<=\d) (?=(?:mg|g|kg|ml|cm|mm|k|đ|%)\b)"), 0.5),
    (re.compile(r" (?=\()"), 0.1),
)
_WIDE = (  # and where it has one that prose would not have
    (re.compile(r"(?<=[^\W\d_])(?=[:;](?!/))"), 0.3),
    (re.compile(r"(?<=[^\W\d_])(?=[,!?])"), 0.3),
    (re.compile(r"(?<=\()(?=\w)|(?<=\w)(?=\))"), 0.3),
    (re.compile(r"(?<=\w)(?=/ ?[^\W\d_])|(?<=[^\W\d_]/)(?=[^\W\d_])"), 0.2),
    (re.compile(r"(?<=\d)(?=(?:mg|g|kg|ml|cm|mm|k|đ|%)\b)"), 0.25),
)
_JOINT = re.compile(r"(?<=\d)([/:])(?=\d\d)")


def loosened(rng: random.Random, text: str) -> str:
    """``text`` as careless software spaces it: the same signs, other spaces."""
    text = _NUMBER.sub(" ", text)
    if rng.random() < 0.5:
        text = _DOSE.sub(" ", text)
    if rng.random() < 0.1:
        text = _JOINT.sub(r" \1 ", text)
    if rng.random() < 0.6:
        text = _DASH.sub("-", text)
    return _BEFORE_SIGN.sub(" ", text) if rng.random() < 0.4 else _AFTER_SIGN.sub("", text)


def as_printed(rng: random.Random, text: str) -> str:
    """``text`` with the spaces of some printer, for picture and label alike."""
    for places, put in ((_TIGHT, ""), (_WIDE, " ")):
        for pattern, share in places:
            if rng.random() < share:
                text = pattern.sub(put, text)
    return text


_ATTEMPTS = 12  # lines drawn until one has a fitting width; the last is then used as it is
_STEPS = 48 / 8  # CTC steps for a width of one height: PP-OCR's, one in 8 pixels at 48 rows


def least_aspect(text: str) -> float:
    """How many times wider than high a line must be at least for CTC to spell it.

    A step for each character, and one between equal neighbours.
    """
    return (len(text) + sum(left == right for left, right in pairwise(text))) / _STEPS


class _Plan(NamedTuple):
    """What is settled of a line before its text is."""

    rng: random.Random  # of the line's further choices
    style: Style
    scale: int  # times larger that it is drawn
    subpixel: bool
    long: bool


class LineFactory:
    """``line(index)`` is always the same image and text for the same preset, split and seed.

    Picklable, so that spawned workers get the fonts and texts that the parent has read.
    """

    def __init__(
        self,
        preset: Preset,
        split: Split,
        seed: int,
        texts: Path | None = None,
        fonts: Path | None = None,
    ) -> None:
        self.preset, self.split, self.seed = preset, split, seed
        self.corpus = Corpus(preset, split, texts)
        self.fonts = FontLibrary(split, fonts, font_categories(preset.styles))

    def line(self, index: int) -> tuple[np.ndarray, str]:
        """Line ``index``: [H, W, 3] uint8 BGR, and its text (NFC)."""
        return self._drawn(self._plan(index))

    def sample(self, index: int, style: Style) -> tuple[np.ndarray, str]:
        """A line in a look of one's own, whose fonts are the preset's, to show what it does."""
        plan = self._plan(index)._replace(style=style, subpixel=False, long=False)
        return self._drawn(plan._replace(scale=style.oversample))

    def _drawn(self, plan: _Plan) -> tuple[np.ndarray, str]:
        rng, style, scale = plan.rng, plan.style, plan.scale
        for _ in range(_ATTEMPTS):
            text, printed, faces = self._write(plan)
            other = partial(self._neighbour, plan)
            ink = compose(rng, style, scale, faces, printed, other)
            if least_aspect(text) <= ink.shape[1] / ink.shape[0] <= self.preset.aspect:
                break
        image = render(ink, rng, style, scale, plan.subpixel, self.preset.strength)
        return image, text

    def expected_aspect(self, index: int) -> float:
        """About how many times wider than high line ``index`` is; 50 times faster than the line."""
        plan = self._plan(index)
        _, printed, faces = self._write(plan)
        found = expected_aspect(plan.rng, plan.style, plan.scale, faces.text, printed)
        return min(found, self.preset.aspect)

    def _plan(self, index: int) -> _Plan:
        rng = random.Random(f"{self.seed}/{self.split}/{index}")
        names, weights = zip(*self.preset.styles.items(), strict=True)
        style = STYLES[rng.choices(names, weights)[0]]
        subpixel = rng.random() < style.subpixel
        scale = 3 if subpixel else style.oversample
        long = style.prose and rng.random() < self.preset.long_lines
        return _Plan(rng, style, scale, subpixel, long)

    def _write(self, plan: _Plan) -> tuple[str, str, Faces]:
        """A text, how it is spaced in print, and the faces that it is written in."""
        text = self._text(plan.rng, plan.style, plan.long)
        fonts = plan.style.fonts
        if text.isupper():
            fonts = {name: fonts[name] for name in fonts if name not in plan.style.scripts}
        face = self.fonts.draw(plan.rng, fonts, without_symbols(text))
        if plan.rng.random() < plan.style.emphatic:
            face = self.fonts.sibling(plan.rng, face)
        faces = Faces(
            face,
            self.fonts.sibling(plan.rng, face),
            symbol_face(plan.rng, self.split, text),
            self._hands(plan, text) if plan.style.hand else (),
        )
        loose = plan.rng.random() < plan.style.loose
        return text, loosened(plan.rng, text) if loose else text, faces

    def _hands(self, plan: _Plan, text: str) -> tuple[Face, ...]:
        return tuple(self.fonts.draw(plan.rng, plan.style.fonts, text) for _ in range(2))

    def _neighbour(self, plan: _Plan) -> str:
        """Another text that the line's own face can write."""
        return without_symbols(self._text(plan.rng, plan.style, plan.long))

    def _text(self, rng: random.Random, style: Style, long: bool) -> str:
        text = self.corpus.draw_long(rng) if long else self.corpus.draw(rng, style)
        if rng.random() < style.capitals:
            text = text.upper()
        if style.spaced and rng.random() < style.spaced:
            text = as_printed(rng, text)
        return strip_marks(text) if rng.random() < style.no_marks else text
