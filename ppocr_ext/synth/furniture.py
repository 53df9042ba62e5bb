"""What else is in the crop of a line: rules, frames, other lines; seals and pens over it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Scene:
    """A crop that holds its line already: [H, W] uint8, 0 paper .. 255 ink, rows from the top."""

    crop: np.ndarray
    baseline: int
    ascent: int  # rows of ink above the baseline
    ink_height: int
    size: int  # pixels an em
    neighbour: Callable[[int, bool], None]  # draws another line: rows inside, above or below

    @property
    def top(self) -> int:
        """The first row of the line's ink."""
        return self.baseline - self.ascent

    @property
    def bottom(self) -> int:
        """The row after the line's ink."""
        return self.top + self.ink_height


def _rule(scene: Scene, rng: random.Random, start: tuple[int, int], end: tuple[int, int]) -> None:
    thickness = max(1, round(scene.size * rng.uniform(0.03, 0.09)))
    line = np.zeros_like(scene.crop)
    cv2.line(line, start, end, rng.randint(120, 255), thickness)
    np.maximum(scene.crop, line, out=scene.crop)


def underline(scene: Scene, rng: random.Random) -> None:
    """A rule that runs through tails and dots below, from somewhere to somewhere."""
    width = scene.crop.shape[1]
    row = scene.baseline + round(scene.size * rng.uniform(0.08, 0.25))
    start, end = (0, width) if rng.random() < 0.6 else sorted(rng.sample(range(width), 2))
    _rule(scene, rng, (start, row), (end, row))


def leader(scene: Scene, rng: random.Random) -> None:
    """The dotted line of a form that its entry is written on."""
    row = min(scene.baseline + round(scene.size * rng.uniform(0.02, 0.2)), scene.crop.shape[0] - 1)
    pitch = max(2, round(scene.size * rng.uniform(0.15, 0.35)))
    dot = max(1, round(scene.size * 0.06))
    for x in range(rng.randrange(pitch), scene.crop.shape[1] - dot, pitch):
        spot = scene.crop[row : row + dot, x : x + dot]
        np.maximum(spot, 200, out=spot)


def table(scene: Scene, rng: random.Random) -> None:
    """Table lines above, below or beside the text, as near as touching it."""
    height, width = scene.crop.shape
    near = round(scene.size * 0.08)
    if rng.random() < 0.5:
        row = max(0, scene.top - rng.randint(-near // 2, 2 * near))
        _rule(scene, rng, (0, row), (width, row))
    if rng.random() < 0.5:
        row = min(height - 1, scene.bottom + rng.randint(-near // 2, 2 * near))
        _rule(scene, rng, (0, row), (width, row))
    for column in (0, width - 1):
        if rng.random() < 0.35:
            _rule(scene, rng, (column, 0), (column, height))


def cell(scene: Scene, rng: random.Random) -> None:
    """Upright rules of a narrow column, close to the text at either end."""
    height, width = scene.crop.shape
    near = max(1, round(scene.size * rng.uniform(0.02, 0.25)))
    sides = rng.choice(((near,), (width - 1 - near,), (near, width - 1 - near)))
    columns = np.flatnonzero(scene.crop.any(axis=0))
    for column in sides:
        if not columns[0] <= column <= columns[-1]:
            _rule(scene, rng, (column, 0), (column, height))


def picture(scene: Scene, rng: random.Random) -> None:
    """A piece of an ornament or a drawing at one end: spots and arcs that are not letters."""
    height, width = scene.crop.shape
    reach = round(scene.size * rng.uniform(0.2, 0.8))
    columns = np.flatnonzero(scene.crop.any(axis=0))
    side = np.zeros((height, width), np.uint8)
    for _ in range(rng.randint(1, 4)):
        at = (rng.randint(-reach, reach // 3), rng.randrange(height))
        axes = [max(1, round(reach * rng.uniform(0.1, 0.9))) for _ in range(2)]
        thick = rng.choice((-1, max(1, reach // 8)))
        cv2.ellipse(side, at, axes, rng.uniform(0, 180), 0, rng.uniform(90, 360), 255, thick)
    if rng.random() < 0.7:
        side = side[:, ::-1]
    side[:, columns[0] : columns[-1] + 1] = 0
    np.maximum(scene.crop, side // rng.choice((1, 1, 2)), out=scene.crop)


def frame(scene: Scene, rng: random.Random) -> None:
    """The edge of a box at the border of the crop."""
    height, width = scene.crop.shape
    for start, end in (
        ((0, 0), (width, 0)),
        ((0, height - 1), (width, height - 1)),
        ((0, 0), (0, height)),
        ((width - 1, 0), (width - 1, height)),
    ):
        if rng.random() < 0.5:
            _rule(scene, rng, start, end)


def _intrusion(rng: random.Random, room: int, height: int) -> int:
    """Rows that a neighbouring line reaches into the crop: into the free room, little further."""
    return min(round(height * rng.uniform(0.03, 0.3)), room + round(height * 0.04))


def above(scene: Scene, rng: random.Random) -> None:
    """Tails and dots of the line above."""
    scene.neighbour(_intrusion(rng, scene.top, scene.crop.shape[0]), True)


def below(scene: Scene, rng: random.Random) -> None:
    """Tone marks and tops of the line below."""
    height = scene.crop.shape[0]
    scene.neighbour(_intrusion(rng, height - scene.bottom, height), False)


def shadow(scene: Scene, rng: random.Random) -> None:
    """The faint shadow of raised letters, down and to one side."""
    offset = max(1, round(scene.size * rng.uniform(0.03, 0.07)))
    moved = np.roll(scene.crop, (offset, rng.choice((-offset, offset))), (0, 1)) // 3
    np.maximum(scene.crop, moved, out=scene.crop)


FURNITURE: dict[str, Callable[[Scene, random.Random], None]] = {
    "underline": underline,
    "leader": leader,
    "table": table,
    "cell": cell,
    "picture": picture,
    "frame": frame,
    "above": above,
    "below": below,
    "shadow": shadow,
}


Step = Callable[[np.ndarray, np.random.Generator, float], np.ndarray]
_SHIFT = 4  # fractional bits of the coordinates that OpenCV draws at


def _fixed(points: np.ndarray) -> np.ndarray:
    """[N, 2] pixels → what OpenCV wants beside ``_SHIFT``."""
    return np.rint(points * (1 << _SHIFT)).astype(np.int32)


def _stained(image: np.ndarray, mask: np.ndarray, colour: np.ndarray, cover: float) -> np.ndarray:
    """Transparent ink of a BGR ``colour`` where ``mask`` [H, W] uint8 is 255: black stays black."""
    kept = (1 - colour / 255).astype(np.float32) * np.float32(cover / 255)
    return image * (1 - mask[..., None].astype(np.float32) * kept)


def _strokes(mask: np.ndarray, lines: list[np.ndarray], thick: int) -> None:
    cv2.polylines(mask, [_fixed(line) for line in lines], False, 255, thick, cv2.LINE_AA, _SHIFT)


def seal(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A part of a round red seal: rings, the letters between them, the star."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    radius = height * rng.uniform(1.2, 3.5)
    centre = np.array((rng.uniform(0, width), height * rng.uniform(-1.5, 2.5)))
    thick = max(1, round(height * rng.uniform(0.03, 0.09)))
    for share in (1.0, 0.93, 0.66):
        middle = tuple(map(int, _fixed(centre)))
        rim = int(radius * share * (1 << _SHIFT))
        cv2.circle(mask, middle, rim, 255, thick, cv2.LINE_AA, _SHIFT)
    angles = np.arange(0, 2 * np.pi, 0.16)[:, None] + rng.uniform(-0.05, 0.05, (40, 4))
    reach = radius * rng.uniform(0.7, 0.89, (40, 4))
    _strokes(mask, list(centre + _around(angles, reach)), thick)
    corners = rng.uniform(0, 2 * np.pi) + np.arange(10) * np.pi / 5
    star = centre + _around(corners, radius * np.where(np.arange(10) % 2, 0.13, 0.33))
    cv2.fillPoly(mask, [_fixed(star)], 255, cv2.LINE_AA, _SHIFT)
    grain = cv2.blur(rng.integers(60, 256, (height, width), dtype=np.uint8), (3, 3))
    red = rng.uniform((40, 20, 180), (120, 100, 245))
    cover = rng.uniform(0.35, 1.0) * (0.4 + 0.6 * strength)
    return _stained(image, cv2.multiply(mask, grain, scale=1 / 255), red, cover)


def _around(angles: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Points at ``angles``, ``reach`` from the origin: [..., 2]."""
    return np.stack((np.cos(angles) * reach, np.sin(angles) * reach), -1)


def pen(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A pen's flourish on more paper after the line, or the tail of a signature across it."""
    height, width = image.shape[:2]
    across = rng.random() < 0.2
    span = width * rng.uniform(0.2, 0.8) if across else height * rng.uniform(0.4, 1.3)
    if across:
        start = rng.uniform(0, max(width - span, 1))
    else:
        start = width - 0.1 * span
        more = round(span * rng.uniform(0.5, 1.2))
        image = cv2.copyMakeBorder(image, 0, 0, 0, more, cv2.BORDER_REPLICATE)
    mask = np.zeros(image.shape[:2], np.uint8)
    knots = int(rng.integers(4, 9))
    x = start + span * np.linspace(0, 1, knots) + rng.normal(0, 0.2 * height, knots)
    y = height * rng.uniform(-0.1, 1.1, knots)
    steps = np.linspace(0, knots - 1, 10 * knots)
    kernel = np.exp(-(((steps[:, None] - np.arange(knots)) / 0.55) ** 2))
    kernel /= kernel.sum(1, keepdims=True)
    curve = np.stack((kernel @ x, kernel @ y), 1)
    _strokes(mask, [curve], max(1, round(height * rng.uniform(0.02, 0.04 if across else 0.06))))
    blue, black = rng.uniform((110, 40, 20), (200, 110, 90)), np.full(3, rng.uniform(10, 70))
    colour = blue if rng.random() < 0.75 else black
    cover = rng.uniform(0.3, 0.6) if across else 0.5 + 0.5 * max(strength, 0.5) * rng.random()
    return _stained(image, mask, colour, cover)


def show_through(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The print of the page's other side, mirrored, pale and soft."""
    height = image.shape[0]
    other = cv2.GaussianBlur(image[:, ::-1], (0, 0), height / 48 * rng.uniform(0.8, 2.0))
    other = np.roll(other, int(rng.integers(-height, height)) // 2, axis=0)
    paper = np.float32(np.percentile(image[::2, ::4], 90))
    return image - np.maximum(paper - other, 0) * np.float32(0.05 + 0.22 * strength * rng.random())


def glare(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A lamp mirrored in glossy paper, glass or a screen."""
    height, width = image.shape[:2]
    x = (np.arange(width, dtype=np.float32) - rng.uniform(0, width)) / (
        height * rng.uniform(0.7, 4.0)
    )
    y = (np.arange(height, dtype=np.float32) - rng.uniform(0, height)) / (
        height * rng.uniform(0.4, 1.5)
    )
    spot = np.exp(-(x[None, :] ** 2 + y[:, None] ** 2)) * np.float32(0.75 * strength * rng.random())
    return image + (255 - image) * spot[..., None]


def scenery(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A picture or a gradient behind the letters, or wood, cloth and leaves."""
    height, width = image.shape[:2]
    cell = height * rng.uniform(0.4, 4.0)
    shape = (int(height / cell) + 2, int(width / cell) + 2, 3)
    tone = rng.normal(0, 1, shape) + rng.normal(0, 1, (*shape[:2], 1))
    blobs = cv2.resize(tone.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return image + blobs * np.float32(4 + 16 * strength * rng.random())


def moire(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A screen photographed: its pixels against the camera's, as coloured waves."""
    height, width = image.shape[:2]
    across = np.arange(width, dtype=np.float32)[None, :] * np.float32(rng.normal(0, 0.5))
    down = np.arange(height, dtype=np.float32)[:, None] * np.float32(rng.normal(0, 0.5))
    bow = np.float32(rng.normal(0, 0.002)) * (np.arange(width, dtype=np.float32)[None, :] ** 2)
    waves = (across + down + bow * (8 / max(width / height, 1)))[..., None]
    phases = rng.uniform(0, 2 * np.pi) + rng.uniform(0, 1.5, 3).astype(np.float32)
    return image + np.sin(waves + phases) * np.float32(3 + 13 * strength * rng.random())


OVERLAYS: dict[str, Step] = {
    "seal": seal,
    "pen": pen,
    "show_through": show_through,
    "glare": glare,
    "scenery": scenery,
    "moire": moire,
}
