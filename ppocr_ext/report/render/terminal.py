"""The report in a terminal: a rich table, or plain text into a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ppocr_ext.report.render.table import cells, head, pick, used_columns
from ppocr_ext.report.report import Report
from ppocr_ext.report.summary import summary

MOST_ROWS = 24
_COLORS = {"critical": "red", "warning": "yellow", "info": "blue", "good": "green"}


def print_report(report: Report) -> None:
    """Write the summary and the trend table to stdout."""
    columns = used_columns(report.rows)
    picked = pick(report.rows, MOST_ROWS)
    titles, rows = head(columns), [cells(row, columns) for row in picked]
    left_out = f"{len(picked)} of {len(report.rows)} rows; all are in report_card.csv"
    note = left_out if len(picked) < len(report.rows) else ""
    if sys.stdout.isatty():
        _print_rich(report, titles, rows, note)
        return
    print(report.source.folder)
    print("\n".join(map(str, summary(report))))
    print(plain_table(titles, rows))
    for one in report.findings:
        print(f"{one.severity}: {one.title}. {one.evidence}")
        print(f"  -> {one.advice}" if one.advice else "", end="\n" if one.advice else "")
    if note:
        print(note)


def plain_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns to the right, two spaces apart."""
    lines = [titles, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(titles))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _print_rich(
    report: Report, titles: Sequence[str], rows: Sequence[Sequence[str]], note: str
) -> None:
    from rich import box
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    style = box.SIMPLE_HEAD if console.encoding.lower().startswith("utf") else box.ASCII
    fitting = _fitting(titles, rows, console.width)
    table = Table(box=style, title=Text(str(report.source.folder), "bold"), title_justify="left")
    for title in titles[:fitting]:
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*row[:fitting], style="bold green" if row[0].endswith("*") else None)
    for line in summary(report):
        console.print(Text.assemble((f"{line.title}: ", "bold"), line.text))
    console.print(table)
    for one in report.findings:
        evidence = Text.assemble((f"{one.title}. ", f"bold {_COLORS[one.severity]}"), one.evidence)
        console.print(evidence)
        if one.advice:
            console.print(Padding(Text(one.advice, "dim"), (0, 0, 0, 2)))
    if fitting < len(titles):
        note += f"{'; ' if note else ''}wider terminals also show {', '.join(titles[fitting:])}"
    if note:
        console.print(Text(note, "dim"))


def _fitting(titles: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> int:
    """How many columns a terminal of ``width`` characters can show."""
    used = 0
    for number, title in enumerate(titles):
        used += 2 + max([len(title), *(len(row[number]) for row in rows)])
        if used > width:
            return max(number, 4)
    return len(titles)
