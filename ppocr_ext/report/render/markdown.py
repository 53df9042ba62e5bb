"""``report_card.md``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ppocr_ext.report.formats import moment
from ppocr_ext.report.render.table import cells, head, pick, used_columns
from ppocr_ext.report.report import Report
from ppocr_ext.report.summary import summary_lines

MOST_ROWS = 60


def render_markdown(report: Report) -> str:
    """The whole report as GitHub-flavoured Markdown."""
    columns = used_columns(report.rows)
    rows = [cells(row, columns) for row in pick(report.rows, MOST_ROWS)]
    parts = [
        f"# Report card: {escape(report.source.name)}",
        f"Made {moment(report.made)} from {', '.join(escape(p.name) for p in report.source.logs)}.",
        bullets(summary_lines(report)),
        "![Trends](report_card.png)",
        "## Trend",
        table(head(columns), rows),
        "`*` best evaluation. " + "; ".join(f"{c.title}: {c.meaning}" for c in columns) + ".",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {escape(line)}" for line in lines)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; numbers to the right."""
    lines = [titles, ["---:"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def escape(text: str) -> str:
    """Text that a Markdown viewer shows as it is: no HTML, no marks."""
    text = " ".join(text.split())
    for mark in "\\`*_{}[]<>|#":
        text = text.replace(mark, "\\" + mark)
    return text.replace("&", "&amp;")


def _cell(text: str) -> str:
    return text if text == "---:" else escape(text)
