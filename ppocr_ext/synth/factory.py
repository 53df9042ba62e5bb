"""Lines made on the fly: a pure function of preset, split, seed and index."""

from __future__ import annotations

import random
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ppocr_ext.synth.corpus import Corpus
from ppocr_ext.synth.fonts import Face, FontLibrary
from ppocr_ext.synth.layout import Faces, compose, expected_aspect
from ppocr_ext.synth.presets import Preset
from ppocr_ext.synth.render import render
from ppocr_ext.synth.spacing import as_printed, loosened
from ppocr_ext.synth.splits import Split
from ppocr_ext.synth.style import Style
from ppocr_ext.synth.styles import STYLES, font_categories
from ppocr_ext.synth.symbols import symbol_face, without_symbols
from ppocr_ext.text import strip_marks

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
