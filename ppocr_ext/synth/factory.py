"""Lines made on the fly: a pure function of preset, split, seed and index."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from ppocr_ext.synth.corpus import Corpus
from ppocr_ext.synth.fonts import FontLibrary
from ppocr_ext.synth.layout import compose
from ppocr_ext.synth.presets import Preset
from ppocr_ext.synth.render import render
from ppocr_ext.synth.splits import Split
from ppocr_ext.synth.styles import STYLES, Style
from ppocr_ext.text import strip_marks

_ATTEMPTS = 12  # lines drawn until one is not too wide; the last is then used as it is


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
        self.fonts = FontLibrary(split, fonts)

    def line(self, index: int) -> tuple[np.ndarray, str]:
        """Line ``index``: [H, W, 3] uint8 BGR, and its text (NFC)."""
        rng = random.Random(f"{self.seed}/{self.split}/{index}")
        names, weights = zip(*self.preset.styles.items(), strict=True)
        style = STYLES[rng.choices(names, weights)[0]]
        subpixel = rng.random() < style.subpixel
        scale = 3 if subpixel else style.oversample
        long = rng.random() < self.preset.long_lines
        for _ in range(_ATTEMPTS):
            text = self._text(rng, style, long)
            face = self.fonts.draw(rng, style.fonts, text)
            faces = face, self.fonts.sibling(rng, face)
            ink = compose(rng, style, scale, faces, text, lambda: self._text(rng, style, long))
            if ink.shape[1] <= self.preset.aspect * ink.shape[0]:
                break
        return render(ink, rng, style, scale, subpixel, self.preset.strength), text

    def _text(self, rng: random.Random, style: Style, long: bool) -> str:
        text = self.corpus.draw_long(rng) if long else self.corpus.draw(rng, style.topics)
        if rng.random() < style.capitals:
            text = text.upper()
        return strip_marks(text) if rng.random() < style.no_marks else text
