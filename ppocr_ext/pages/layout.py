"""The order in which the lines of a page are read: rows, and columns where the page has them.

A gutter is an upright strip that no line crosses. A run of rows with a gutter is read column by
column if both sides are running text, or if it is one of the two places where Vietnamese
administration sets blocks side by side: the heading, and the signature. All else is read row by
row: forms, tables and receipts have gutters as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from ppocr_ext.pages.boxes import levelled
from ppocr_ext.pages.tables import Cell, Ruled

Order = Literal["auto", "rows"]
_OVERLAP = 0.5  # of the lower line's height: two lines are of one row
_SAME = 0.3  # of the narrower line's width: they stand one below the other
_GUTTER, _LOOSE = 0.05, 0.25  # heights: of a gutter, and by which boxes may reach into it
_TEXT_ROWS, _TEXT_WIDTH, _TEXT_FILLED = 4, 9, 0.62  # rows, heights and share of a column of text
_FIRST_ROWS, _LAST_PART = 3, 0.6  # where a heading begins; below which part a signature stands
_BLOCK_WIDTH = 5  # heights: the widest line at the right of a heading or signature
_FORM_ROWS, _FORM_PAIRED = 6, 0.7  # rows, and the share of them with both sides: a form
_APART = 1.2  # heights of space between a heading and a short line below it
_OFF_CENTRE = 1.5  # heights by which lines that are centred on each other differ
_LONG_CELL = 12  # lines of a cell, from which it is running text
_CELL = 0.7  # heights between two cells of a row
_PARAGRAPH = 0.5  # heights of additional space between paragraphs
_INDENT, _SHORT = 1.0, 4.0  # heights: a first line, a last line


@dataclass(frozen=True)
class Place:
    """Where the line ``index`` stands on the levelled page, in pixels."""

    index: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True)
class Placed:
    """One line in its order; block, paragraph, before: as those of a ``PageLine``."""

    index: int
    block: int
    paragraph: int
    before: str


Row = list[Place]  # from left to right


def reading_order(
    boxes: np.ndarray, order: Order = "auto", ruled: Sequence[Ruled] = ()
) -> list[Placed]:
    """Boxes float [N, 4, 2] of an upright page in the order in which they are read.

    ruled: tables, whose cells are read one after the other, and frames, whose lines are.
    """
    if not len(boxes):
        return []
    places = _levelled(boxes)
    rows = rows_of(places)
    if order == "rows":
        return list(_numbered([rows], {}))
    page, first_rows = _Page.of(rows), _FIRST_ROWS
    around = [_around(number, each, places) for number, each in enumerate(ruled)]
    ruled = [ruled[each.index] for row in rows_of(around) for each in row]
    taken = {number for each in ruled for number in each.lines}
    rest = [place for place in places if place.index not in taken]
    blocks: list[list[Row]] = []
    for each in ruled:
        if each.is_alone:
            top = min(places[number].top for number in each.lines)
            above = rows_of([place for place in rest if place.top < top])
            blocks += [*_blocks(above, page, first_rows), *_inside(each, places, page)]
            rest, first_rows = [place for place in rest if place.top >= top], 0
    blocks += _blocks(rows_of(rest), page, first_rows)
    for each in ruled:
        if not each.is_alone:
            blocks = _with(blocks, list(_inside(each, places, page)))
    rows_of_cells = [row for each in ruled if not each.is_frame for row in each.rows]
    cells = [cell for row in rows_of_cells if not _is_long(row) for cell in row]
    return list(_numbered(blocks, {n: name for name, cell in enumerate(cells) for n in cell}))


def _around(index: int, ruled: Ruled, places: Sequence[Place]) -> Place:
    """The place that all lines of a table or frame take."""
    lines = [places[number] for number in ruled.lines]
    low = min(line.left for line in lines), min(line.top for line in lines)
    return Place(index, *low, max(line.right for line in lines), max(line.bottom for line in lines))


def _inside(ruled: Ruled, places: Sequence[Place], page: _Page) -> Iterator[list[Row]]:
    """The blocks of a frame or a row with long cells; other rows of a table are one block, each of
    which holds the lines of its cells."""
    table: list[Row] = []
    for cells in ruled.rows:
        sides = [rows_of([places[number] for number in cell]) for cell in cells]
        if not ruled.is_frame and not _is_long(cells):
            table.append([place for rows in sides for row in rows for place in row])
            continue
        if table:
            yield table
            table = []
        for rows in sides:
            yield from _blocks(rows, page, -1)
    if table:
        yield table


def _is_long(cells: Sequence[Cell]) -> bool:
    """Whether a row of a table holds running text, whose lines stay lines."""
    return max(map(len, cells)) > _LONG_CELL


def _with(blocks: list[list[Row]], inner: list[list[Row]]) -> list[list[Row]]:
    """The blocks with those of a frame, as a stamp, before the first row that begins below its top
    in a block that is above or below it."""
    framed = [place for rows in inner for row in rows for place in row]
    top = min(place.top for place in framed)
    for number, rows in enumerate(blocks):
        if not any(_is_below(place, each) for row in rows for place in row for each in framed):
            continue
        for start, row in enumerate(rows):
            if _top(row) >= top:
                parts = [part for part in (rows[:start], *inner, rows[start:]) if part]
                return [*blocks[:number], *parts, *blocks[number + 1 :]]
    return blocks + inner


def rows_of(places: Sequence[Place]) -> list[Row]:
    """Lines that stand beside each other, from top to bottom."""
    rows: list[Row] = []
    for place in sorted(places, key=lambda each: each.top + each.bottom):
        shares = [_shared(place, row) for row in rows[-4:]]
        best = int(np.argmax(shares)) - len(shares) if shares else 0
        if shares and shares[best] >= _OVERLAP:
            rows[best].append(place)
        else:
            rows.append([place])
    return [sorted(row, key=lambda each: each.left) for row in rows]


def _levelled(boxes: np.ndarray) -> list[Place]:
    """Where the boxes stand."""
    level = levelled(boxes)
    lows, highs = level.min(axis=1), level.max(axis=1)
    sides = np.sort(level[..., 1], axis=1)
    tops, bottoms = sides[:, :2].mean(axis=1), sides[:, 2:].mean(axis=1)
    each = zip(
        lows[:, 0].tolist(), tops.tolist(), highs[:, 0].tolist(), bottoms.tolist(), strict=True
    )
    return [Place(index, *sides) for index, sides in enumerate(each)]


def _shared(place: Place, row: Row) -> float:
    """How much of the lower of the two is beside the other, by height; 0 for one below another."""
    if any(_is_below(place, each) for each in row):
        return 0.0
    top, bottom = np.median([(each.top, each.bottom) for each in row], axis=0)
    common = min(place.bottom, bottom) - max(place.top, top)
    return float(common / max(1e-6, min(place.height, bottom - top)))


def _is_below(place: Place, other: Place) -> bool:
    """Whether they share columns of the page, as the lines of one cell do."""
    common = min(place.right, other.right) - max(place.left, other.left)
    return common > _SAME * min(place.right - place.left, other.right - other.left)


@dataclass(frozen=True)
class _Page:
    """top, bottom of all lines; line: their median height."""

    top: float
    bottom: float
    line: float

    @classmethod
    def of(cls, rows: Sequence[Row]) -> _Page:
        places = [place for row in rows for place in row]
        return cls(
            min(place.top for place in places),
            max(place.bottom for place in places),
            float(np.median([place.height for place in places])),
        )

    def is_low(self, row: Row) -> bool:
        """Whether it stands where signatures are."""
        share = (row[0].top - self.top) / max(1.0, self.bottom - self.top)
        return share > _LAST_PART


def _blocks(rows: list[Row], page: _Page, first_rows: int) -> Iterator[list[Row]]:
    """Runs of rows that are read one after the other.

    first_rows: how many may begin a heading; -1 inside of a column, where no signature is, either.
    """
    plain: list[Row] = []
    start = 0
    while start < len(rows):
        may_be_heading = start < first_rows or (first_rows >= 0 and page.is_low(rows[start]))
        found = _columns_at(rows, start, page, may_be_heading)
        if found is None:
            plain.append(rows[start])
            start += 1
            continue
        if plain:
            yield plain
            plain = []
        end, gutter = found
        for side in _sides(rows[start:end], gutter):
            yield from _blocks(rows_of(side), page, -1)
        start = end
    if plain:
        yield plain


def _columns_at(
    rows: list[Row], start: int, page: _Page, may_be_heading: bool
) -> tuple[int, float] | None:
    """(row behind the last, middle of the gutter) of the columns that begin with a row."""
    runs = list(_runs(rows, start, page))
    may_be_heading = may_be_heading and bool(runs) and not _is_form(rows, start, *runs[-1])
    for end, gutter in reversed(runs):
        left, right = (rows_of(side) for side in _sides(rows[start:end], gutter))
        if _is_text(left, page) and _is_text(right, page):
            return end, gutter
        is_whole = not _has_other_text(rows[start:end], gutter, page)
        if may_be_heading and is_whole and _are_blocks(left, right, page):
            return end, gutter
    return None


def _runs(rows: list[Row], start: int, page: _Page) -> Iterator[tuple[int, float]]:
    """Ends of the runs of rows from ``start`` that share a gutter, with its middle."""
    left = min(place.left for row in rows for place in row)
    right = max(place.right for row in rows for place in row)
    free = [(left, right)]
    for end in range(start, len(rows)):
        for place in rows[end]:
            free = [part for gap in free for part in _without(gap, place)]
        free = [gap for gap in free if gap[1] - gap[0] > _GUTTER * page.line]
        inner = [gap for gap in free if gap[0] > left and gap[1] < right]
        if not free:
            return
        if len(rows[end]) > 1 or end > start:
            run = rows[start : end + 1]
            inner = [gap for gap in inner if all(_sides(run, sum(gap) / 2))]
            if inner:
                widest = max(inner, key=lambda gap: gap[1] - gap[0])
                yield end + 1, sum(widest) / 2


def _without(gap: tuple[float, float], place: Place) -> list[tuple[float, float]]:
    """What a line leaves of a strip."""
    left, right = place.left + _LOOSE * place.height, place.right - _LOOSE * place.height
    if right <= gap[0] or left >= gap[1]:
        return [gap]
    parts = [(gap[0], left), (right, gap[1])]
    return [part for part in parts if part[1] > part[0]]


def _sides(rows: list[Row], gutter: float) -> tuple[list[Place], list[Place]]:
    places = [place for row in rows for place in row]
    middle = [(place.left + place.right) / 2 < gutter for place in places]
    left = [place for place, is_left in zip(places, middle, strict=True) if is_left]
    return left, [place for place, is_left in zip(places, middle, strict=True) if not is_left]


def _is_text(rows: list[Row], page: _Page) -> bool:
    """Whether a side is a column of running text."""
    lefts, rights = [row[0].left for row in rows], [row[-1].right for row in rows]
    width = max(rights) - min(lefts)
    filled = sum(sum(place.right - place.left for place in row) for row in rows) / len(rows)
    return (
        len(rows) >= _TEXT_ROWS
        and width >= _TEXT_WIDTH * page.line
        and filled >= _TEXT_FILLED * width
    )


def _is_form(rows: list[Row], start: int, end: int, gutter: float) -> bool:
    """Whether many rows have both a left and a right, of which a few may look like a heading, or
    none has, as where a paragraph's short last line is followed by an indent."""
    before = rows[start - 1] if start else []
    paired = sum(all(_sides([row], gutter)) for row in rows[start:end])
    is_within = all(_sides([before], gutter)) and not any(
        place.left < gutter < place.right for place in before
    )
    is_most = end - start >= _FORM_ROWS and paired >= _FORM_PAIRED * (end - start)
    return is_within or is_most or not paired


def _has_other_text(run: list[Row], gutter: float, page: _Page) -> bool:
    """Whether short lines at the left, some space below the blocks, belong to what follows."""
    for last, row in reversed(list(pairwise(run))):
        if not all((place.left + place.right) / 2 < gutter for place in row):
            return False
        if _top(row) - _bottom(last) > _APART * page.line:
            return True
    return False


def _are_blocks(left: list[Row], right: list[Row], page: _Page) -> bool:
    """Whether two sides are those of a heading or a signature, and not of a table."""
    are_lines = all(2 * sum(map(_has_cells, side)) < len(side) for side in (left, right))
    is_running = len(right) >= _FORM_ROWS and _is_text(right, page)
    is_two = min(len(left), len(right)) > 1
    return is_two and are_lines and not is_running and _is_centred(right, page)


def _has_cells(row: Row) -> bool:
    return any(_is_cell(place, last) for last, place in pairwise(row))


def _is_cell(place: Place, last: Place) -> bool:
    """Whether there is more than a space between two lines of a row."""
    return place.left - last.right > _CELL * min(place.height, last.height)


def _is_centred(rows: list[Row], page: _Page) -> bool:
    """Whether the lines of a side are centred on each other, as those of a heading are."""
    middles = np.array([(row[0].left + row[-1].right) / 2 for row in rows])
    widest = max(row[-1].right - row[0].left for row in rows)
    is_level = np.abs(middles - np.median(middles)).max() <= _OFF_CENTRE * page.line
    return bool(is_level) and widest >= _BLOCK_WIDTH * page.line


def _numbered(blocks: Sequence[list[Row]], cell_of: Mapping[int, int]) -> Iterator[Placed]:
    """cell_of: the cells of tables that lines stand in."""
    paragraph = -1
    for number, rows in enumerate(blocks):
        is_table = rows[0][0].index in cell_of
        starts = [True] * len(rows) if is_table else _paragraph_starts(rows)
        for row, is_start in zip(rows, starts, strict=True):
            paragraph += is_start
            before, last = "\n", None
            for place in row:
                if last is not None:
                    is_other = cell_of.get(place.index) != cell_of.get(last.index)
                    is_cell = is_other if is_table else _is_cell(place, last)
                    before = "\t" if is_cell else " "
                yield Placed(place.index, number, paragraph, before)
                last = place


def _paragraph_starts(rows: list[Row]) -> list[bool]:
    """Whether each row begins a paragraph: more space above, an indent, a short line before."""
    left = min(row[0].left for row in rows)
    right = max(row[-1].right for row in rows)
    line = float(np.median([place.height for row in rows for place in row]))
    spaces = [_top(row) - _bottom(last) for last, row in pairwise(rows)]
    usual = float(np.median(spaces)) if spaces else 0.0
    starts = [True]
    for space, last, row in zip(spaces, rows, rows[1:], strict=False):
        indent, before = row[0].left - left, last[0].left - left
        is_indented = indent > _INDENT * line and indent - before > _INDENT / 2 * line
        is_after_short = right - last[-1].right > _SHORT * line
        starts.append(space > usual + _PARAGRAPH * line or is_indented or is_after_short)
    return starts


def _top(row: Row) -> float:
    return float(np.median([place.top for place in row]))


def _bottom(row: Row) -> float:
    return float(np.median([place.bottom for place in row]))
