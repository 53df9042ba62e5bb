"""Tables and frames with drawn rules, and which lines stand in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from ppocr_ext.pages.boxes import angle_of, levelled

_LOOKED = 2000  # pixels of the long side on which rules are looked for
_LONG, _HIGH = 3.0, 1.6  # heights of a line: the shortest rule along the text and across it
_THICK = 7  # pixels: a rule is thinner
_DARKER = 12  # levels of grey by which a rule is darker than the paper beside it
_LEAST_CELLS = 3  # filled ones: two are a frame with a heading
_LEAST_LINES, _MOST_LINES = 2, 0.5  # of a frame; share of the page's in one cell: its border
_ASLANT = 0.015  # of a side: by how much a frame may be turned
_HALF, _DRAWN = 0.4, 0.85  # shares of a frame's side that are seen: of the least one, of others
_SAME_TOP = 0.6  # heights of a line by which the tops of the cells of a row differ

Cell = list[int]  # numbers of boxes


class Ruled(NamedTuple):
    """A table, or a frame: one cell, whose lines are read like those of a page.

    rows: from top to bottom, of cells from left to right; those without a line are left out.
    is_alone: nothing but others stands beside it.
    """

    rows: list[list[Cell]]
    is_alone: bool

    @property
    def is_frame(self) -> bool:
        return len(self.rows) == len(self.rows[0]) == 1

    @property
    def lines(self) -> Cell:
        return [number for row in self.rows for cell in row for number in cell]


def ruled_of(image: np.ndarray, boxes: np.ndarray) -> list[Ruled]:
    """Tables and frames of the upright page uint8 BGR [H, W, 3].

    boxes float [N, 4, 2]: of its lines. A side of a table that is open, as at the end of a page,
    is taken as drawn.
    """
    if not len(boxes):
        return []
    level = levelled(boxes)
    lows, highs = level.min(axis=1), level.max(axis=1)
    line = float(np.median(highs[:, 1] - lows[:, 1]))
    x, y = ((lows + highs) / 2).T
    is_free = np.ones(len(boxes), bool)
    found = []
    for cells, is_whole in _grids(image, angle_of(boxes), line):
        (left, top), (right, bottom) = cells[:, :2].min(axis=0), cells[:, 2:].max(axis=0)
        level_with = (y > top) & (y < bottom)
        inside = level_with & (x > left) & (x < right)
        rows = _filled(cells, x, y, np.flatnonzero(inside & is_free), line)
        sizes = [len(cell) for row in rows for cell in row]
        if len(sizes) < _LEAST_CELLS:
            rows = [[[number for row in rows for cell in row for number in cell]]]
            if not is_whole or sum(sizes) < _LEAST_LINES:
                continue
        if max(sizes) > _MOST_LINES * len(boxes):
            continue
        is_free &= ~inside
        found.append((rows, level_with))
    return [Ruled(rows, not (level_with & is_free).any()) for rows, level_with in found]


def _grids(image: np.ndarray, angle: float, line: float) -> Iterator[tuple[np.ndarray, bool]]:
    """Of each grid, the largest first, its cells float [N, 4] (left, top, right, bottom on the
    levelled page), and whether it has all four sides."""
    scale = min(1.0, _LOOKED / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ turn.T
    low = corners.min(axis=0)
    size = np.ceil(corners.max(axis=0) - low).astype(int).tolist()
    move = np.column_stack([turn, -low])
    rules = _rules(cv2.warpAffine(grey, move, size, borderMode=cv2.BORDER_REPLICATE), line * scale)
    outlines, above = cv2.findContours(rules, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if above is None:
        return
    outer = [each for each, place in zip(outlines, above[0], strict=True) if place[3] < 0]
    for outline in sorted(outer, key=lambda each: -cv2.boundingRect(each)[3]):
        x, y, w, h = cv2.boundingRect(outline)
        if min(w, h) < 2 * line * scale:
            continue
        grid = np.zeros((h, w), np.uint8)
        cv2.drawContours(grid, [outline], -1, 255, cv2.FILLED, offset=(-x, -y))
        grid &= rules[y : y + h, x : x + w]
        is_whole = _has_sides(grid)
        cv2.rectangle(grid, (0, 0), (w - 1, h - 1), 255, 1)
        _, _, holes, _ = cv2.connectedComponentsWithStats(255 - grid, connectivity=4)
        cells = holes[1:][(holes[1:, 2:4] >= 0.8 * line * scale).all(axis=1), :4]
        if len(cells):
            corner = cells[:, :2] + [x, y]
            yield (np.hstack([corner, corner + cells[:, 2:]]) + np.tile(low, 2)) / scale, is_whole


def _has_sides(grid: np.ndarray) -> bool:
    """Whether rules run along all four sides, one of which may be half hidden under text."""
    reach = 3 + round(_ASLANT * max(grid.shape))
    strips = (grid[:reach], grid[-reach:], grid[:, :reach].T, grid[:, -reach:].T)
    drawn = sorted(float(strip.any(axis=0).mean()) for strip in strips)
    return drawn[0] > _HALF and drawn[1] > _DRAWN


def _rules(grey: np.ndarray, line: float) -> np.ndarray:
    """uint8 [H, W]: 255 on long thin dark bars."""
    rules = np.zeros_like(grey)
    for long, thick, slack in (
        ((round(_LONG * line), 1), (1, _THICK), (1, 3)),
        ((1, round(_HIGH * line)), (_THICK, 1), (3, 1)),
    ):
        thin = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones(thick[::-1], np.uint8))
        bars = (thin > _DARKER).astype(np.uint8) * 255
        bars = cv2.dilate(bars, np.ones(slack[::-1], np.uint8))  # they may be a little aslant
        rules |= cv2.morphologyEx(bars, cv2.MORPH_OPEN, np.ones(long[::-1], np.uint8))
    return cv2.morphologyEx(rules, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))


def _filled(
    cells: np.ndarray, x: np.ndarray, y: np.ndarray, inside: np.ndarray, line: float
) -> list[list[Cell]]:
    """The rows of the cells that lines stand in; a line in none is a cell of its own.

    x, y [N]: middles of the lines; inside: the numbers of those in question.
    """
    areas = (cells[:, 2:] - cells[:, :2]).prod(axis=1)
    lines: dict[tuple[float, float], Cell] = {}
    for number in inside.tolist():
        point = np.array([x[number], y[number]])
        holds = ((cells[:, :2] <= point) & (point <= cells[:, 2:])).all(axis=1)
        left, top = point - [0, line / 2]
        if holds.any():
            left, top = cells[np.where(holds, areas, np.inf).argmin()][:2]
        lines.setdefault((float(top), float(left)), []).append(number)
    rows: list[list[tuple[float, Cell]]] = []
    last = -np.inf
    for (top, left), cell in sorted(lines.items()):
        if top - last > _SAME_TOP * line:
            rows.append([])
            last = top
        rows[-1].append((left, cell))
    return [[cell for _, cell in sorted(row)] for row in rows]
