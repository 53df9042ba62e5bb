"""Colours of ink and paper, and the paper's texture."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

Ground = Literal["white", "paper", "receipt", "screen", "sign", "photo"]

_MOST_ALIKE = 70  # ink and paper differ at least this much in luminance, 0..255
_LUMINANCE = np.array([0.114, 0.587, 0.299])  # of B, G, R (ITU-R BT.601)


def _tinted(rng: np.random.Generator, low: float, high: float, tint: float) -> np.ndarray:
    """A BGR colour of random brightness, off grey by at most ``tint``."""
    return np.clip(rng.uniform(low, high) + rng.uniform(-tint, tint, 3), 0, 255)


def _ink_colour(rng: np.random.Generator) -> np.ndarray:
    """The BGR of a pen, a stamp or coloured print: mostly blue, some red, green, violet."""
    hue = rng.choice([110, 115, 120, 0, 175, 60, 140], p=[0.25, 0.2, 0.15, 0.1, 0.1, 0.1, 0.1])
    hsv = np.array([[[hue, rng.uniform(120, 255), rng.uniform(60, 190)]]], np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0].astype(np.float64)


def colours(
    rng: np.random.Generator, ground: Ground, coloured: float
) -> tuple[np.ndarray, np.ndarray]:
    """BGR of ink and paper, far enough apart to read; ``coloured`` is how often ink has a hue."""
    while True:
        if ground == "white":
            ink, paper = _tinted(rng, 0, 60, 4), _tinted(rng, 240, 255, 3)
        elif ground == "paper":
            ink, paper = _tinted(rng, 5, 90, 8), _tinted(rng, 190, 252, 8)
        elif ground == "receipt":
            ink, paper = _tinted(rng, 20, 100, 18), _tinted(rng, 140, 235, 28)
        elif ground == "photo":
            ink, paper = _tinted(rng, 10, 90, 20), _tinted(rng, 110, 230, 30)
        elif ground == "screen":
            ink, paper = _tinted(rng, 0, 110, 40), _tinted(rng, 215, 255, 12)
        else:
            ink, paper = rng.uniform(0, 255, 3), rng.uniform(0, 255, 3)
        if rng.random() < coloured:
            ink = _ink_colour(rng)
        if abs(float((ink - paper) @ _LUMINANCE)) >= _MOST_ALIKE:
            return ink, paper


def textured(
    rng: np.random.Generator, paper: np.ndarray, shape: tuple[int, ...], strength: float
) -> np.ndarray:
    """[*shape, 3] float32 of one colour with fibres and slow changes of tone."""
    height, width = shape
    cell = height * rng.uniform(0.3, 2.0)
    small = rng.standard_normal((int(height / cell) + 2, int(width / cell) + 2), dtype=np.float32)
    tone = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    tone *= np.float32(7 * strength * rng.random())
    grain = cv2.blur(rng.standard_normal((height, width), dtype=np.float32), (2, 1))
    tone += grain * np.float32(6 * strength * rng.random())
    return paper.astype(np.float32) + tone[..., None]


def colour(
    ink: np.ndarray,
    rng: np.random.Generator,
    ground: Ground,
    coloured: float,
    invert: bool,
    texture: float,
) -> np.ndarray:
    """[H, W] ink 0..1 → [H, W, 3] float32 BGR: ink of one colour on textured paper of another."""
    dark, light = colours(rng, ground, coloured)
    if invert:
        dark, light = light, dark
    paper = textured(rng, light, ink.shape, texture)
    return paper + (dark.astype(np.float32) - paper) * ink[..., None]
