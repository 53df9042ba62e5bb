"""From the ink of a line to the picture of it: shape of the paper, print, colour, camera."""

from __future__ import annotations

import random

import cv2
import numpy as np

from ppocr_ext.synth.camera import CAMERA, to_uint8
from ppocr_ext.synth.effects import EFFECTS
from ppocr_ext.synth.paper import colour
from ppocr_ext.synth.ruled import RULINGS
from ppocr_ext.synth.style import Style


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
