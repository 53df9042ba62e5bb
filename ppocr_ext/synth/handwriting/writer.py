"""Lines as a hand writes them: letters of real hands along a pen's way, joined, uneven, marked.

Nothing is drawn from a font's own picture of a letter. Its skeleton is moved, bent and joined to
the next one, then drawn again with a round pen, so that no letter looks twice the same.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from ppocr_ext.synth.fonts import Face, advance
from ppocr_ext.synth.handwriting.marks import Box, Habit, dot_of_i, drawn, habit
from ppocr_ext.synth.handwriting.skeleton import strokes, x_height
from ppocr_ext.synth.outlines import bezier
from ppocr_ext.text import decompose

Stroke = np.ndarray  # [n, 3] float32: x, y (down), width; in x-heights
_SHIFT = 3  # bits after the point of coordinates for cv2
_SWELL = 7  # points of a stroke between two pressures of the pen
_ENDINGS = {"ng": {"n": "u", "g": "y"}, "nh": {"n": "u", "h": "l"}}


class Writer(NamedTuple):
    """One writer's hand. Lengths are in x-heights."""

    hands: tuple[Face, ...]  # the first is the usual one
    mixing: float  # share of letters taken from another hand
    marks: Habit
    slant: float
    narrow: float  # width of the letters, against the hand's
    spacing: float  # advance of the letters, against the hand's
    spaces: float  # between words
    fading: float  # how much letters shrink towards the end of a word
    worn: int  # how far the corners of letters are rounded off: 0, 1 or 2
    joins: float  # share of letters joined to the next
    crossed: bool  # whether a 7 has a bar
    uneven: float  # of size, place and slant from letter to letter
    drift: float  # of the baseline
    bending: float  # of the whole line, smoothly
    pen: float  # its width, of the line's height
    pressure: float  # how much the width varies


class Glyph(NamedTuple):
    """The base letter of a hand: its strokes, its box, how far it moves on, whether it has a dot.

    ``entry`` and ``exit``: the point where a join comes in or goes out, and one of the stroke
    behind it, ``[2, 2]``; ``None`` for what is never joined.
    """

    strokes: tuple[Stroke, ...]
    dotted: bool
    box: Box
    advance: float
    entry: np.ndarray | None
    exit: np.ndarray | None


class Letter(NamedTuple):
    """A written letter: its strokes, marks among them, and the affine move to its place."""

    glyph: Glyph
    strokes: list[Stroke]
    matrix: np.ndarray  # [2, 3] float32


def writer(rng: random.Random, hands: tuple[Face, ...]) -> Writer:
    hasty = rng.random()
    return Writer(
        hands=hands,
        mixing=rng.choice((0.0, 0.15, 0.4)),
        marks=habit(rng),
        slant=rng.gauss(0.06, 0.14),
        narrow=rng.uniform(0.75, 1.15),
        spacing=rng.uniform(0.86, 1.06),
        spaces=rng.uniform(0.5, 1.5),
        fading=max(0.0, rng.gauss(0.0, 0.2)) * hasty,
        worn=rng.choices((0, 1, 2), (1 - hasty, 0.6 * hasty, 0.4 * hasty))[0],
        joins=rng.choice((0.0, 0.3, 0.7, 0.95)),
        crossed=rng.random() < 0.6,
        uneven=rng.uniform(0.02, 0.08),
        drift=rng.gauss(0, 0.012),
        bending=rng.uniform(0.02, 0.09),
        pen=rng.uniform(0.014, 0.028) if rng.random() < 0.85 else rng.uniform(0.028, 0.06),
        pressure=rng.uniform(0.05, 0.35),
    )


@lru_cache(maxsize=20_000)
def _glyph(path: str, axes: tuple[float, ...], base: str, worn: int) -> Glyph:
    found = tuple(_rounded(each, worn) for each in strokes(path, axes, base))
    whole = len(found)
    if base in "ij":
        found = tuple(each for each in found if each[:, 1].max() >= -1.05) or found
    dotted = len(found) < whole
    found = found or (np.zeros((2, 3), np.float32),)
    points = np.vstack(found)
    top, bottom = points[:, 1].min(), points[:, 1].max()
    body = min(bottom, 0.0) - top if top < 0 else bottom - top  # without what hangs below
    upper = points[points[:, 1] <= top + 0.55 * body, 0]
    stem = points[points[:, 1] <= top + 0.25 * (bottom - top), 0]
    wide = float(np.median(points[:, 2])) or 1.0
    even = tuple(each / np.array((1, 1, wide), np.float32) for each in found)
    box = Box(float(upper.min()), float(upper.max()), float(top), float(bottom), float(stem.mean()))
    ends = (_end(found, True), _end(found, False)) if base.isalpha() else (None, None)
    return Glyph(even, dotted, box, advance(path, axes, base) / x_height(path, axes), *ends)


def _rounded(stroke: Stroke, times: int) -> Stroke:
    """A stroke as a hand in haste makes it: each point between its neighbours, its ends kept."""
    for _ in range(4 * times):
        if len(stroke) > 5:
            stroke = stroke.copy()
            stroke[1:-1] = (stroke[:-2] + 2 * stroke[1:-1] + stroke[2:]) / 4
    return stroke


def _end(body: tuple[Stroke, ...], first: bool) -> np.ndarray | None:
    """Where the stroke that begins farthest left (first) or ends farthest right does so."""
    best: np.ndarray | None = None
    for stroke in body:
        for way in (stroke[:, :2], stroke[::-1, :2]):
            x, y = way[0]
            if -1.3 < y < 0.35 and (best is None or (x < best[0, 0] if first else x > best[0, 0])):
                best = way[[0, min(3, len(way) - 1)]]
    return best


def write(rng: random.Random, own: Writer, text: str, rows: int) -> tuple[np.ndarray, int]:
    """``text`` by this writer, about ``rows`` pixels high: [h, w] uint8, and its baseline's row."""
    chance = np.random.Generator(np.random.PCG64(rng.getrandbits(64)))
    points, owner = _line(rng, own, text)
    _shape(chance, own, points)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    pen = own.pen * rows
    factor = (rows - pen) / (high[1] - low[1])
    edge = (0.5 * pen + 1) / factor
    size = np.ceil((high - low + 2 * edge) * factor).astype(int)
    ink = np.zeros((size[1], size[0]), np.uint8)
    points[:, :2] = (points[:, :2] - low + edge) * factor
    _ink(ink, chance, own, points, owner, pen)
    return ink, round((edge - low[1]) * factor)


def _line(rng: random.Random, own: Writer, text: str) -> tuple[np.ndarray, np.ndarray]:
    """All points of a line, [n, 3], from x = 0 on a straight baseline, and the stroke of each."""
    letters: list[Letter] = []
    joins: list[Stroke] = []
    x = 0.0
    for word in text.split(" "):
        before: Letter | None = None
        for index, character in enumerate(word):
            shrunk = 1 - own.fading * index / max(len(word), 4)
            base, *marks = decompose(character)
            form = drawn_as(rng, own.marks.hasty, base, word, index)
            face = _hand(rng, own, character.isupper() and not word.isupper())
            letter, wide = _letter(rng, own, face, (form, *marks), x, shrunk)
            letters.append(letter)
            if before and rng.random() < own.joins:
                joins += _join(rng, before, letter)
            before = letter
            x += wide
        x += own.spaces * rng.uniform(0.7, 1.4)
    pieces = [piece for letter in letters for piece in letter.strokes]
    points = np.vstack(pieces)
    counts = [sum(map(len, letter.strokes)) for letter in letters]
    move = np.repeat(np.array([letter.matrix for letter in letters]), counts, axis=0)
    flat = points[:, :2].copy()
    for axis in (0, 1):
        points[:, axis] = (move[:, axis, :2] * flat).sum(axis=1) + move[:, axis, 2]
    owner = np.repeat(np.arange(len(pieces) + len(joins)), [*map(len, pieces), *map(len, joins)])
    return np.vstack((points, *joins)), owner


def _hand(rng: random.Random, own: Writer, initial: bool) -> Face:
    """The hand that a letter is taken from; capitals before small letters are of any."""
    others = own.hands[1:]
    mixing = max(own.mixing, 0.5) if initial else own.mixing
    return rng.choice(others) if others and rng.random() < mixing else own.hands[0]


def _letter(
    rng: random.Random, own: Writer, face: Face, parts: tuple[str, ...], x: float, shrunk: float
) -> tuple[Letter, float]:
    """A letter of three parts, with its marks, at ``x``, and how far it moves on."""
    base, shape, tone = parts
    glyph = _glyph(face.path, face.axes, base, own.worn)
    pieces = list(glyph.strokes)
    if glyph.dotted and tone in ("level", "dot"):
        pieces.append(dot_of_i(rng, own.marks, glyph.box))
    if shape != "none" or tone != "level":
        pieces += drawn(rng, own.marks, glyph.box, shape, tone)
    if base == "7" and own.crossed:
        pieces.append(bar_of_seven(rng, glyph.box))
    uneven = own.uneven
    wide = own.narrow * shrunk * rng.gauss(1, 1.2 * uneven)
    high = (0.5 + 0.5 * shrunk) * rng.gauss(1, uneven)
    matrix = np.array(
        [
            [wide, rng.gauss(0, uneven), x],
            [rng.gauss(0, 0.02), high, rng.gauss(0, 0.7 * uneven)],
        ],
        np.float32,
    )
    step = glyph.advance * wide * own.spacing + rng.gauss(0, 0.6 * uneven)
    return Letter(glyph, pieces, matrix), max(step, 0.15)


def drawn_as(rng: random.Random, haste: float, base: str, word: str, index: int) -> str:
    """The letter whose shape a hand in ``haste`` (0..1) makes of ``base``, ``word[index]``.

    Fonts are made of other hands than Vietnamese ones. In haste a final ``ng`` ends like a y and a
    final ``nh`` like an l, their n is a u, and a 1 is a bare stroke. None makes another syllable:
    none ends in -ny, -nl, -ug or -uh.
    """
    if base == "1" and rng.random() < 0.25 * haste:
        return rng.choice("Il")
    ending = word[-2:]
    if index >= len(word) - 2 and len(word) > 2 and rng.random() < 0.4 * haste:
        return _ENDINGS.get(ending, {}).get(base, base)
    return base


def bar_of_seven(rng: random.Random, box: Box) -> np.ndarray:
    """The short bar that most hands put through the stem of a 7: [3, 3] float32 of x, y, width."""
    middle, half = (box.left + box.right) / 2 + rng.gauss(0.05, 0.08), rng.uniform(0.18, 0.4)
    row = box.top + (box.bottom - box.top) * rng.uniform(0.4, 0.6)
    slope = rng.gauss(-0.05, 0.06)
    xs = np.array([middle - half, middle, middle + half])
    return np.column_stack((xs, row + slope * (xs - middle), np.ones(3))).astype(np.float32)


def _join(rng: random.Random, left: Letter, right: Letter) -> list[Stroke]:
    """A curve from where the pen left one letter to where it begins the next."""
    if left.glyph.exit is None or right.glyph.entry is None:
        return []
    leaving = left.glyph.exit @ left.matrix[:, :2].T + left.matrix[:, 2]
    coming = right.glyph.entry @ right.matrix[:, :2].T + right.matrix[:, 2]
    start, end = leaving[0], coming[0]
    across, down = end - start
    length = float(np.hypot(across, down))
    if not (0.03 < length < 0.9) or across < -0.25:
        return []
    out = start - 0.35 * length * _direction(leaving)
    into = end - 0.35 * length * _direction(coming)
    made = np.ones((7, 3), np.float32)
    made[:, :2] = bezier([start, out, into, end], 6)
    made[:, 2] = rng.uniform(0.6, 1.0)
    return [made]


def _direction(end: np.ndarray) -> np.ndarray:
    """The unit vector along which a stroke sets out from its end."""
    vector = end[1] - end[0]
    return vector / max(float(np.hypot(*vector)), 0.02)


def _shape(chance: np.random.Generator, own: Writer, points: np.ndarray) -> None:
    """Lean the line, let it drift, bend it by a smooth field, let the pen tremble; in place."""
    x, y = points[:, 0].copy(), points[:, 1].copy()
    phase = x * chance.uniform(0.1, 0.5) + chance.uniform(0, 2 * np.pi)
    wave = own.bending * chance.uniform(0.3, 1.3) * np.sin(phase)
    points[:, 0] -= own.slant * y
    points[:, 1] += own.drift * x + wave
    cell = chance.uniform(0.5, 1.4)
    column, row = (x - x.min()) / cell, (y - y.min()) / cell
    span = (int(column.max()) + 2, int(row.max()) + 2, 2)
    grid = chance.normal(0, own.bending, span).astype(np.float32)
    points[:, :2] += _between(grid, column, row)
    points[:, :2] += chance.normal(0, 0.008, (len(points), 2))


def _between(grid: np.ndarray, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """``grid`` [w, h, 2] at fractional places, smoothly (cosine between its nodes): [n, 2]."""
    left, top = column.astype(int), row.astype(int)
    right = ((1 - np.cos((column - left) * np.pi)) / 2)[:, None]
    low = ((1 - np.cos((row - top) * np.pi)) / 2)[:, None]
    upper = grid[left, top] * (1 - right) + grid[left + 1, top] * right
    lower = grid[left, top + 1] * (1 - right) + grid[left + 1, top + 1] * right
    return upper * (1 - low) + lower * low


def _ink(
    ink: np.ndarray,
    chance: np.random.Generator,
    own: Writer,
    points: np.ndarray,
    owner: np.ndarray,
    pen: float,
) -> None:
    """Draw the strokes with a round pen, ``pen`` pixels wide, that presses harder here and there.

    Neighbouring points of one width are one line for cv2, and all lines of a width are one call.
    """
    count = len(points)
    knots = np.arange(0, count + _SWELL, _SWELL)
    swell = np.interp(np.arange(count), knots, chance.normal(1, own.pressure, len(knots)))
    pressure = chance.normal(1, 0.7 * own.pressure, owner[-1] + 1)[owner]
    hand = 0.6 + 0.4 * np.clip(points[:, 2], 0.4, 1.8)
    wide = np.rint(pen * hand * np.clip(swell * pressure, 0.55, 1.8)).astype(int).clip(1, 40)
    fixed = np.rint(points[:, :2] * (1 << _SHIFT)).astype(np.int32)
    parted = np.diff(owner) > 0
    cuts = np.flatnonzero(parted | (np.diff(wide) != 0)) + 1
    runs: dict[int, list[np.ndarray]] = {}
    start = 0
    for cut in (*cuts.tolist(), count):
        end = cut if cut == count or parted[cut - 1] else cut + 1
        runs.setdefault(int(wide[start]), []).append(fixed[start:end])
        start = cut
    for width, pieces in runs.items():
        cv2.polylines(ink, pieces, False, 255, width, cv2.LINE_8, _SHIFT)
