"""Lines made on the fly: a pure function of preset, split, seed and index."""

from __future__ import annotations

import random
from pathlib import Path

import cv2
import numpy as np

from ppocr_ext.synth.camera import CAMERA, to_uint8
from ppocr_ext.synth.corpus import Corpus, without_marks
from ppocr_ext.synth.effects import EFFECTS
from ppocr_ext.synth.fonts import FontLibrary
from ppocr_ext.synth.layout import compose
from ppocr_ext.synth.paper import colour
from ppocr_ext.synth.presets import Preset
from ppocr_ext.synth.splits import Split
from ppocr_ext.synth.styles import STYLES, Style

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
        self.corpus = Corpus(split, preset.topics, preset.lengths, preset.balance, texts)
        self.fonts = FontLibrary(split, fonts)

    def line(self, index: int) -> tuple[np.ndarray, str]:
        """Line ``index``: [H, W, 3] uint8 BGR, and its text (NFC)."""
        rng = random.Random(f"{self.seed}/{self.split}/{index}")
        names, weights = zip(*self.preset.styles.items(), strict=True)
        style = STYLES[rng.choices(names, weights)[0]]
        for _ in range(_ATTEMPTS):
            text = self._text(rng, style)
            face = self.fonts.draw(rng, style.fonts, text)
            ink = compose(rng, style, face, text, [])
            if ink.shape[1] <= self.preset.aspect * ink.shape[0]:
                break
        return render(ink, rng, style, self.preset.strength), text

    def _text(self, rng: random.Random, style: Style) -> str:
        text = self.corpus.draw(rng, style.topics or None)
        if rng.random() < style.capitals:
            text = text.upper()
        return without_marks(text) if rng.random() < style.no_marks else text


def render(ink: np.ndarray, choices: random.Random, style: Style, strength: float) -> np.ndarray:
    """The photographed line, [H, W, 3] uint8 BGR, of its ink, [H, W] uint8."""
    rng = np.random.Generator(np.random.PCG64(choices.getrandbits(64)))
    soft = tilt(ink, rng, style.rotate * strength)
    plane = soft.astype(np.float32) / 255
    for name, share in style.effects.items():
        if choices.random() < share:
            plane = EFFECTS[name](plane, rng, strength)
    inverted = choices.random() < style.invert
    image = colour(plane, rng, style.ground, style.coloured, inverted, style.texture * strength)
    for name, share in style.camera.items():
        if choices.random() < share:
            image = CAMERA[name](image, rng, strength)
    return to_uint8(image)


def tilt(ink: np.ndarray, rng: np.random.Generator, degrees: float) -> np.ndarray:
    """Turn a little around the middle; nothing is cut but what a detector's box would cut too."""
    if not degrees:
        return ink
    height, width = ink.shape
    angle = rng.uniform(-1, 1) * min(degrees, np.degrees(np.arctan(0.25 * height / width)))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(angle), 1.0)
    return cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR)
