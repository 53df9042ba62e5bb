"""Augmentation of line images: which operations, how often, in which order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ppocr_ext.transforms import geometry, photometry

_IN_ORDER = (  # as a line comes to be: the page, its shape, the light, the lens, the file
    photometry.bleed,
    geometry.erase,
    photometry.texture,
    geometry.elastic,
    geometry.warp,
    geometry.pad,
    photometry.shadow,
    photometry.light,
    photometry.colour,
    photometry.invert,
    photometry.motion,
    photometry.blur,
    photometry.low_resolution,
    photometry.noise,
    photometry.jpeg,
)


@dataclass(frozen=True)
class Augment:
    """``Augment(...)(image, rng, strength)`` → an image of the same height.

    Each field is the probability of the operation of that name at strength 1. Strength, 0..1,
    scales both the probabilities and how far each operation goes.
    """

    bleed: float = 0.15
    erase: float = 0.05
    texture: float = 0.15
    elastic: float = 0.15
    warp: float = 0.4
    pad: float = 0.4
    shadow: float = 0.1
    light: float = 0.4
    colour: float = 0.15
    invert: float = 0.03
    motion: float = 0.08
    blur: float = 0.2
    low_resolution: float = 0.2
    noise: float = 0.2
    jpeg: float = 0.2

    def __call__(self, image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
        happens = rng.random(len(_IN_ORDER)) < np.array([*vars(self).values()]) * strength
        for position in np.flatnonzero(happens):
            image = _IN_ORDER[position](image, rng, strength)
        return image
