"""Outlines of glyphs as arrays: flattened, measured, drawn by a pen, put into a TrueType font."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import comb
from typing import Any

import numpy as np
from fontTools.pens.basePen import BasePen  # type: ignore[import-untyped]

Contour = np.ndarray
Point = tuple[float, float]

_PIECE = 0.04  # em: about how long the straight pieces of a curve are
_CAP = 7  # points of a stroke's round end


class FlatPen(BasePen):
    """Collects a glyph's contours as arrays; components and curves are resolved by its base."""

    def __init__(self, glyph_set: Any, em: int) -> None:
        super().__init__(glyph_set)
        self._piece = _PIECE * em
        self.contours: list[Contour] = []
        self._points: list[Point] = []

    def _moveTo(self, point: Point) -> None:
        self._points = [point]

    def _lineTo(self, point: Point) -> None:
        self._points.append(point)

    def _curveToOne(self, first: Point, second: Point, end: Point) -> None:
        start = self._points[-1]
        reach = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
        steps = min(8, 2 + int(reach / self._piece))
        self._points += bezier([start, first, second, end], steps)[1:].tolist()

    def _closePath(self) -> None:
        if len(self._points) > 2:
            self.contours.append(np.array(self._points, np.float64))

    def _endPath(self) -> None:
        self._closePath()


def bezier(controls: Sequence[Point], steps: int) -> np.ndarray:
    """``[steps + 1, 2]`` points of the Bezier curve of any degree."""
    return _bernstein(len(controls) - 1, steps) @ np.array(controls, np.float64)


@lru_cache(maxsize=100)
def _bernstein(degree: int, steps: int) -> np.ndarray:
    """``[steps + 1, degree + 1]``: how much of each control point is in each point."""
    along = np.linspace(0, 1, steps + 1)[:, None]
    power = np.arange(degree + 1)
    ways = [comb(degree, each) for each in power]
    return np.array(ways) * along**power * (1 - along) ** (degree - power)


def signed_area(contour: Contour) -> float:
    """Positive for a contour that runs counter-clockwise."""
    x, y = contour.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def bounds(contours: Sequence[Contour]) -> tuple[float, float, float, float]:
    """Left, bottom, right, top."""
    points = np.vstack(contours)
    return (*points.min(axis=0), *points.max(axis=0))


def stroke_width(contours: Sequence[Contour]) -> float:
    """About how wide the strokes of a glyph are: twice its area over the length of its edge."""
    area = abs(sum(map(signed_area, contours)))
    edge = sum(np.hypot(*(contour - np.roll(contour, -1, axis=0)).T).sum() for contour in contours)
    return 2 * area / float(edge)


def crossings(contours: Sequence[Contour], row: float) -> list[float]:
    """Where the horizontal line at height ``row`` crosses the contours, from left to right."""
    found: list[float] = []
    for contour in contours:
        after = np.roll(contour, -1, axis=0)
        cut = (contour[:, 1] <= row) != (after[:, 1] <= row)
        start, end = contour[cut], after[cut]
        share = (row - start[:, 1]) / (end[:, 1] - start[:, 1])
        found += (start[:, 0] + share * (end[:, 0] - start[:, 0])).tolist()
    return sorted(found)


def span(contours: Sequence[Contour], low: float, high: float) -> tuple[float, float] | None:
    """The leftmost and rightmost ink between two heights; ``None`` where there is none."""
    found = [x for row in np.linspace(low, high, 7) for x in crossings(contours, float(row))]
    return (min(found), max(found)) if found else None


def moved(contours: Sequence[Contour], x: float, y: float) -> list[Contour]:
    return [contour + np.array((x, y)) for contour in contours]


def scaled(contours: Sequence[Contour], x: float, y: float) -> list[Contour]:
    return [contour * np.array((x, y)) for contour in contours]


def ribbon(points: np.ndarray, widths: float | Sequence[float]) -> Contour:
    """The outline, clockwise, of a round pen that runs along ``points`` ``[n, 2]``.

    ``widths`` are the pen's diameters along the way, spread evenly over it.
    """
    given = np.atleast_1d(np.array(widths, float))
    places = np.linspace(0, 1, len(points))
    half = np.interp(places, np.linspace(0, 1, len(given)), given)[:, None] / 2
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    left = np.stack((-along[:, 1], along[:, 0]), axis=1)
    turn = np.linspace(np.pi / 2, -np.pi / 2, _CAP + 2)[1:-1, None]

    def cap(end: int, sign: float) -> np.ndarray:
        return points[end] + half[end] * (
            left[end] * sign * np.sin(turn) + along[end] * sign * np.cos(turn)
        )

    return np.vstack(
        (points + half * left, cap(-1, 1.0), (points - half * left)[::-1], cap(0, -1.0))
    )


_MADE = 3_786_912_000  # 2024 in seconds since 1904: the same file at all times


def truetype(
    family: str,
    em: int,
    signs: Mapping[str, tuple[list[Contour], float]],
    ascent: int,
    descent: int,
    reverse: bool = False,
) -> Any:
    """A ``fontTools`` font of ``signs``: character → contours in units of the em, and advance.

    Outer contours run clockwise, or the other way with ``reverse``.
    """
    from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]

    names = {sign: f"u{ord(sign):04X}" for sign in sorted(signs)}
    drawn = {names[sign]: signs[sign] for sign in names}
    drawn[".notdef"] = ([], 0.5 * em)
    builder = FontBuilder(em, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(sign): name for sign, name in names.items()})
    builder.setupGlyf({name: _glyph(contours, reverse) for name, (contours, _) in drawn.items()})
    builder.setupHorizontalMetrics(
        {
            name: (round(width), round(bounds(contours)[0]) if contours else 0)
            for name, (contours, width) in drawn.items()
        }
    )
    builder.setupHorizontalHeader(ascent=ascent, descent=descent)
    builder.setupNameTable({"familyName": family})
    builder.setupOS2()
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = _MADE
    builder.font.recalcTimestamp = False
    return builder.font


def _glyph(contours: list[Contour], reverse: bool) -> Any:
    from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]

    pen = TTGlyphPen(None)
    for contour in contours:
        points = [(round(x), round(y)) for x, y in contour]
        if reverse:
            points.reverse()
        pen.moveTo(points[0])
        for point in points[1:]:
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()
