"""Tables as Markdown and as plain text; columns of numbers are right-aligned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ppocr_ext.console import visible

_ESCAPES = str.maketrans(
    {mark: f"\\{mark}" for mark in "\\`*_{}[]|#~"}
    | {"<": "&lt;", ">": "&gt;", "&": "&amp;", "\n": " ", "\r": " "}
)


def markdown_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], is_markdown: bool = False
) -> str:
    """A table of GitHub-flavoured Markdown.

    Args:
        is_markdown: the cells are Markdown already; else any text stands in them as it is.
    """
    lines = [head, *rows] if is_markdown else [[*map(escape, cells)] for cells in (head, *rows)]
    marks = "|".join("---:" if right else "---" for right in _right(lines))
    first, *others = map(markdown_row, lines)
    return "\n".join([first, f"|{marks}|", *others])


def markdown_row(cells: Iterable[str]) -> str:
    """One line of a table, of cells that are Markdown."""
    return f"| {' | '.join(cells)} |"


def escape(text: str) -> str:
    """Text that a Markdown viewer shows as it is: no mark, no HTML, no command to a terminal; a
    lone space becomes visible."""
    return "(space)" if text == " " else visible(text).translate(_ESCAPES)


def aligned(rows: Iterable[Sequence[str]]) -> str:
    """Plain text, the first row a head: columns two spaces apart."""
    lines = list(rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    sides = ["rjust" if right else "ljust" for right in _right(lines)]
    return "\n".join(
        "  ".join(
            getattr(cell, side)(width)
            for cell, side, width in zip(line, sides, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def _right(lines: Sequence[Sequence[str]]) -> list[bool]:
    """Of each column, whether its cells below the head are numbers, or nothing, or a dash."""
    columns = zip(*lines[1:], strict=True) if len(lines) > 1 else ((),) * len(lines[0])
    firsts = [[cell.lstrip("+-−–.")[:1] for cell in column] for column in columns]
    return [any(each) and all(not cell or cell.isdigit() for cell in each) for each in firsts]
