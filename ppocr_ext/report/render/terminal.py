"""The report in a terminal: a rich table, or plain text into a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ppocr_ext.report.render.table import cells, head, pick_rows, used_columns
from ppocr_ext.report.report import Report
from ppocr_ext.report.sets import HEAD, set_rows
from ppocr_ext.report.summary import summary
from ppocr_ext.show.tables import aligned

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

MOST_ROWS = 24
_COLORS = {"critical": "red", "warning": "yellow", "info": "blue", "good": "green"}


def print_report(report: Report) -> None:
    """Write the summary, the trend table and the diagnosis to stdout."""
    columns = used_columns(report.rows)
    picked = pick_rows(report.rows, MOST_ROWS)
    titles, rows = head(columns), [cells(row, columns) for row in picked]
    note = ""
    if len(picked) < len(report.rows):
        note = f"{len(picked)} of {len(report.rows)} rows; all are in report_card.csv"
    if sys.stdout.isatty():
        best = next((number for number, row in enumerate(picked) if row.is_best), None)
        _print_rich(report, titles, rows, best, note)
        return
    print(report.source.path)
    for line in summary(report):
        print(line)
    print(aligned([titles, *rows]))
    if note:
        print(note)
    if sets := set_rows(report):
        print(aligned([HEAD, *sets]))
    for one in report.findings:
        print(f"{one.severity}: {one.title}. {one.evidence}")
        if one.advice:
            print(f"  -> {one.advice}")


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table alone, rich in a terminal."""
    if sys.stdout.isatty():
        console = _console()
        console.print(_rich_table(console, titles, rows, len(titles)))
    else:
        print(aligned([titles, *rows]))


def clear() -> None:
    """Empty the terminal; nothing in a pipe."""
    if sys.stdout.isatty():
        _console().clear()


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, markup=False)


def _print_rich(
    report: Report,
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    best: int | None,
    note: str,
) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console = _console()
    console.print(Text(str(report.source.path), "bold underline"))
    for line in summary(report):
        console.print(Text.assemble((f"{line.title}: ", "bold"), line.text))
    fitting = _fitting(titles, rows, console.width)
    console.print(_rich_table(console, titles, rows, fitting, best))
    if fitting < len(titles):
        note += f"{'; ' if note else ''}wider terminals also show {', '.join(titles[fitting:])}"
    if note:
        console.print(Text(note, "dim"))
    if sets := set_rows(report):
        console.print(_rich_table(console, HEAD, sets, _fitting(HEAD, sets, console.width)))
    for one in report.findings:
        title = (f"{one.title}. ", f"bold {_COLORS[one.severity]}")
        console.print(Text.assemble(title, one.evidence))
        if one.advice:
            console.print(Padding(Text(one.advice, "dim"), (0, 0, 0, 2)))


def _rich_table(
    console: Console,
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    fitting: int,
    best: int | None = None,
) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    style = box.SIMPLE_HEAD if console.encoding.lower().startswith("utf") else box.ASCII
    table = Table(box=style)
    for title in titles[:fitting]:
        table.add_column(Text(title), justify="right", no_wrap=True)
    for number, row in enumerate(rows):
        shown = [Text(cell) for cell in row[:fitting]]
        table.add_row(*shown, style="bold green" if number == best else None)
    return table


def _fitting(titles: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> int:
    """How many columns a terminal of ``width`` characters can show."""
    used = 2
    for number, title in enumerate(titles):
        used += 3 + max([len(title), *(len(row[number]) for row in rows)])
        if used > width:
            return max(number, 4)
    return len(titles)
