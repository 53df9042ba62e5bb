"""Augmentation of line images, seeded by an explicit generator, of graded strength."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Augment:
    """``Augment(...)(image, rng, strength)`` → an image of the same height.

    Every field is the probability of one operation at strength 1; strength scales both the
    probabilities and how far each operation goes.
    """

    geometry: float = 0.5
    crop: float = 0.3
    blur: float = 0.25
    light: float = 0.4
    noise: float = 0.25
    jpeg: float = 0.25
    low_resolution: float = 0.2
    invert: float = 0.05

    def __call__(self, image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
        if strength <= 0:
            return image
        for name, operation in _OPERATIONS:
            if rng.random() < getattr(self, name) * min(1.0, strength):
                image = operation(image, rng, strength)
        return image


def warp(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Slight rotation, shear, scale and perspective in one resampling; the edge is repeated."""
    height, width = image.shape[:2]
    lift = strength * height * 0.12
    slant = strength * height * 0.25
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    moved = corners + rng.uniform(-0.5, 0.5, (4, 2)) * [lift, lift]
    moved[:2, 0] += rng.uniform(-slant, slant)  # shear
    moved[[1, 2], 1] += rng.uniform(-lift, lift)  # rotation
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def crop_or_pad(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Move the borders by a few pixels, outwards more than inwards, and restore the height."""
    height, width = image.shape[:2]
    reach = strength * height
    top, bottom, left, right = np.rint(
        rng.uniform([-0.04, -0.04, -0.03, -0.03], [0.15, 0.15, 0.3, 0.3]) * reach
    ).astype(int)
    inner = image[max(0, -top) : height - max(0, -bottom), max(0, -left) : width - max(0, -right)]
    outer = cv2.copyMakeBorder(
        inner, max(0, top), max(0, bottom), max(0, left), max(0, right), cv2.BORDER_REPLICATE
    )
    to_width = max(1, round(outer.shape[1] * height / outer.shape[0]))
    return cv2.resize(outer, (to_width, height), interpolation=cv2.INTER_LINEAR)


def blur(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Gaussian blur of up to 1.2 pixels."""
    return cv2.GaussianBlur(image, (5, 5), 0.3 + 0.9 * strength * rng.random())


def light(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Brightness, contrast and a colour cast, by one table per channel."""
    gain = 1 + strength * rng.uniform(-0.35, 0.35)
    offset = strength * (rng.uniform(-40, 40) + rng.uniform(-12, 12, 3))
    levels = (np.arange(256)[:, None] - 128) * gain + 128 + offset
    return cv2.LUT(image, np.clip(levels, 0, 255).astype(np.uint8)[:, None, :])


def noise(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Gaussian grain, the same in the three channels."""
    deviation = strength * rng.uniform(3, 18)
    grain = rng.standard_normal(image.shape[:2], dtype=np.float32) * np.float32(deviation)
    return np.clip(image + grain[..., None], 0, 255).astype(np.uint8)


def jpeg(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """JPEG compression of quality 90 down to 25."""
    quality = int(90 - 65 * strength * rng.random())
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def low_resolution(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Down to as little as 40 % of the height and up again, as of a small or far photograph."""
    height, width = image.shape[:2]
    scale = 1 - 0.6 * strength * rng.random()
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height))


def invert(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The negative."""
    return 255 - image


_OPERATIONS = (
    ("geometry", warp),
    ("crop", crop_or_pad),
    ("low_resolution", low_resolution),
    ("blur", blur),
    ("light", light),
    ("noise", noise),
    ("jpeg", jpeg),
    ("invert", invert),
)
