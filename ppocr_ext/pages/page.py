"""A page, its lines in reading order, and its text: what every output format is written from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]


@dataclass(frozen=True)
class Page:
    """One page of a file.

    Attributes:
        source: the file, as it was named, with forward slashes.
        number: of the page in its file, from 1.
        width: pixels of the upright picture.
        height: pixels of the upright picture.
        turn: degrees clockwise (0, 90, 180, 270) by which the file's page was turned to stand
            upright; a picture's EXIF orientation is applied before and is not counted.
        dpi: pixels an inch of the picture that was read; ``None`` when it is not known.
    """

    source: str
    number: int
    width: int
    height: int
    turn: int = 0
    dpi: float | None = None


@dataclass(frozen=True)
class PageLine:
    """A run of text on one row: a line, or one cell of it.

    Attributes:
        quad: corners (x, y) top left, top right, bottom right, bottom left as the text reads, in
            pixels of the upright picture.
        text: NFC, never empty, without line breaks and tabs.
        confidence: mean probability of the characters, 0..1.
        block: number of its block on the page, from 0: a column, a heading's side, running text.
        paragraph: number of its paragraph on the page, from 0; never shared by two blocks.
        order: place in the reading order of the page, from 0.
        before: what parts it from the line before it: ``"\\n"`` where a row begins (the first line
            of the page too), else ``" "`` or, between cells, ``"\\t"``.
        is_text: whether it belongs to the text; not what was read below ``--min-confidence``.
    """

    quad: Quad
    text: str
    confidence: float
    block: int
    paragraph: int
    order: int
    before: str = "\n"
    is_text: bool = True


@dataclass(frozen=True)
class PageText:
    """A page that was read. lines: by ``order``; error: why the page could not be read, else ""."""

    page: Page
    lines: tuple[PageLine, ...] = ()
    error: str = ""

    def text(self) -> str:
        """Rows that end with ``\\n``, cells parted by tabs; empty for a page without text.

        The row of a line that is left out begins with the next line of that row.
        """
        text, is_new = "", True
        for line in self.lines:
            is_new |= line.before == "\n"
            if line.is_text:
                text += ("\n" if is_new and text else "" if is_new else line.before) + line.text
                is_new = False
        return f"{text}\n" if text else ""

    def record(self) -> dict[str, Any]:
        """The page as JSON takes it; it loses nothing but digits of the confidences."""
        lines = [{**asdict(each), "confidence": round(each.confidence, 4)} for each in self.lines]
        return {**asdict(self.page), "error": self.error, "lines": lines}

    @classmethod
    def of(cls, record: dict[str, Any]) -> PageText:
        """The page of a record."""
        facts = {**record}
        error, lines = facts.pop("error"), facts.pop("lines")
        placed = ({**line, "quad": tuple(map(tuple, line["quad"]))} for line in lines)
        return cls(Page(**facts), tuple(PageLine(**line) for line in placed), error)

    def quads_on_file(self) -> list[Quad]:
        """The quads of the lines on the file's own page, before it was turned upright."""
        width, height = self.page.width, self.page.height

        def back(x: float, y: float) -> Point:
            turns: dict[int, Point] = {90: (y, width - x), 180: (width - x, height - y)}
            return (turns | {0: (x, y), 270: (height - y, x)})[self.page.turn % 360]

        def moved(quad: Quad) -> Quad:
            tl, tr, br, bl = (back(*point) for point in quad)
            return tl, tr, br, bl

        return [moved(line.quad) for line in self.lines]
