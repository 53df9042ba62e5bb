"""What every reader of labels yields: pages of lines, as they were drawn."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ppocr_ext.data.finder import NotFound
from ppocr_ext.errors import UserError
from ppocr_ext.transforms.quads import Point


class Skip:
    """Why a line is no training line. Each is counted and named in the summary."""

    ILLEGIBLE = "marked illegible (###, #, *)"
    EMPTY = "empty: not labelled"
    GARBLED = "damaged letters in its text, which is not UTF-8 there"
    DIFFICULT = "marked difficult"
    NO_BOX = "without a box"
    OUTSIDE = "box outside the picture"
    FLAT = "box without an area"
    ROWS = "several rows in one box"
    AGAIN = "its picture is labelled in another row or file, too"
    OTHER_SIZE = "recorded size is another picture's"
    UNREADABLE = "its image cannot be read"
    UNCONFIRMED = "page not confirmed in fileState.txt"
    DRAFT = "a draft that no one confirmed"
    UNPAIRED = "in a JSON_MIN that lost the box of each text: export JSON in Label Studio"


# Of pages that a mended source would add.
PROBLEMS = (*NotFound.REASONS, Skip.OTHER_SIZE, Skip.UNREADABLE, Skip.UNPAIRED)
RELATIVE = (1.0, 1.0)  # the size of a page whose points are parts of its sides
_MARKS = frozenset({"###", "#", "*"})


class Line(NamedTuple):
    """points: of a polygon, two of a rectangle's diagonal, or none where the whole picture is the
    line; text: as the file has it; skip: why the file itself says it is no label; direction: (x, y)
    which way the text reads, where the file says so; place: within the page; note: what is counted
    of a line that is kept."""

    points: tuple[Point, ...]
    text: str
    skip: str = ""
    direction: Point | None = None
    place: str = ""
    note: str = ""

    @property
    def reason(self) -> str:
        """Why its text is no label; empty for one that is."""
        text = self.text.strip()
        if self.skip or not text:
            return self.skip or Skip.EMPTY
        return Skip.ILLEGIBLE if text in _MARKS else Skip.GARBLED if "\ufffd" in text else ""


@dataclass(frozen=True)
class Page:
    """image: names that its file may have, the likeliest first, or its bytes; place: the file and
    row of the labels; size: (width, height) as recorded, in the unit of the points; part:
    of a data set that has its own split; is_crop: the picture is one line; bottom_up: y counts from
    the bottom; skip: why none of its lines is a label; embedded: the picture itself in base64,
    where there is no file."""

    image: str | tuple[str, ...] | bytes
    lines: list[Line]
    place: str
    size: Point | None = None
    part: str = ""
    is_crop: bool = False
    bottom_up: bool = False
    skip: str = ""
    embedded: str = ""


class Damage(NamedTuple):
    """A file, or an element or a row of it, that cannot be read, why, and what cures that."""

    place: str
    reason: str
    cure: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" + f" (cure: {self.cure})" * bool(self.cure)


@dataclass(frozen=True)
class Source:
    """One label file, or a folder whose files' names are texts, and how it is read.

    format: empty for what cannot be opened; take_drafts: machine readings that no one confirmed
    count as labels; take_difficult: so do boxes that are marked difficult; aside: why it is not
    read; damages: found so far and not taken yet.
    """

    path: Path
    root: Path
    format: str
    part: str = ""
    take_drafts: bool = False
    take_difficult: bool = True
    aside: str = ""
    damages: list[Damage] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The path below the root, for messages."""
        inside = self.path.is_relative_to(self.root)
        return (self.path.relative_to(self.root) if inside else self.path).as_posix()

    def judged(self, points: tuple[Point, ...], text: str, is_difficult: bool) -> Line:
        """A line that may be marked difficult."""
        note = Skip.DIFFICULT if is_difficult else ""
        return Line(points, text, "" if self.take_difficult else note, note=note)

    def lines(
        self, elements: Iterable[Any], make: Callable[[Any], Line | None], what: str
    ) -> list[Line]:
        """A line of each element that is one, with its place: ``what`` and its number."""
        found = []
        for number, element in enumerate(elements):
            place = f"{what} {number}"
            try:
                line = make(element)
            except FAULTS as error:
                self.damages.append(Damage(f"{self.name}, {place}", why(error)))
                continue
            if line is not None:
                found.append(line if line.place else line._replace(place=place))
        return found


# What a file holds that is not as its format is written.
FAULTS = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, csv.Error)
Rows = Iterator[tuple[Any, Any]]
MakePage = Callable[[Source, Any, str], Page | None]
READERS: dict[str, tuple[Callable[[Path], Rows], MakePage]] = {}


def reads(name: str, rows: Callable[[Path], Rows]) -> Callable[[MakePage], MakePage]:
    """For the function that makes a page of each row of a format's files, and of its place.

    ``rows``: (number, row) of a file; an exception for a row is a damage.
    """

    def register(make: MakePage) -> MakePage:
        READERS[name] = rows, make
        return make

    return register


def whole(path: Path) -> Rows:
    """A file that is one page, as one row without a number."""
    yield "", path


def read(source: Source) -> Iterator[Page | Damage]:
    """All pages of a file, and what of it is damaged."""
    rows, make = READERS[source.format]
    try:
        for number, row in rows(source.path):
            place = f"{source.name}:{number}" if number != "" else source.name
            page = None
            try:
                if isinstance(row, Exception):
                    raise row
                page = make(source, row, place)
            except FAULTS as error:
                source.damages.append(Damage(place, why(error)))
            own = f"{source.name}, "  # an element's place, in the row that holds it
            yield from (
                d._replace(place=d.place.replace(own, f"{place}, ", 1)) for d in source.damages
            )
            source.damages.clear()
            if page is not None:
                yield page
    except (*FAULTS, OSError) as error:
        yield Damage(source.name, why(error))
    except UserError as error:
        yield Damage(source.name, error.found, error.cure)


def why(error: Exception) -> str:
    """What is damaged, for people: a ValueError of a reader says it."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, ValueError):
        return str(error)
    return f"not as this format has it: {type(error).__name__} {error}"


def size_of(width: Any, height: Any) -> Point | None:
    """A recorded size; ``None`` for one of nothing."""
    try:
        found = float(width or 0), float(height or 0)
    except (ValueError, OverflowError):
        return None
    return found if min(found) > 0 and math.isfinite(sum(found)) else None
