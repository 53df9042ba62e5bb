"""The trend table as text cells, the same for every medium; ``report_card.csv`` and ``.md``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import TypeVar

from ppocr_ext.packages import can_draw
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.report.sets import HEAD, LEGEND, set_rows
from ppocr_ext.report.summary import summary
from ppocr_ext.report.trends import Row
from ppocr_ext.show.formats import COLUMNS, Column, count, counted, moment, show
from ppocr_ext.show.tables import escape, markdown_table

T = TypeVar("T")


def used_columns(rows: Sequence[Row]) -> list[Column]:
    """The columns that at least one row has a value for."""
    return [column for column in COLUMNS if any(column.key in row.values for row in rows)]


def head(columns: Sequence[Column]) -> list[str]:
    return ["step", "epoch", "time", *(column.title for column in columns)]


def cells(row: Row, columns: Sequence[Column]) -> list[str]:
    """One row; the best one carries a star."""
    star = " *" if row.is_best else ""
    epoch = "–" if row.epoch is None else f"{row.epoch:g}"
    values = [show(column.key, row.values.get(column.key)) for column in columns]
    return [count(row.step) + star, epoch, moment(row.time, "%m-%d %H:%M"), *values]


def pick(rows: Sequence[T], most: int, is_kept: Callable[[T], bool]) -> list[T]:
    """At most ``most`` items, evenly spread, with the first, the last, and those to be kept."""
    if len(rows) <= most:
        return list(rows)
    spread = {round(i * (len(rows) - 1) / (most - 1)) for i in range(most)}
    spread |= {i for i, row in enumerate(rows) if is_kept(row)}
    return [rows[i] for i in sorted(spread)]


def pick_rows(rows: Sequence[Row], most: int) -> list[Row]:
    """At most ``most`` rows and the best one."""
    return pick(rows, most, lambda row: row.is_best)


def render_csv(report: Report) -> str:
    """Comma-separated values; the head names each column by its key."""
    columns = used_columns(report.rows)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["step", "epoch", "time", *(column.key for column in columns), "is_best"])
    for row in report.rows:
        values = [row.values.get(column.key, "") for column in columns]
        when = "" if row.time is None else moment(row.time, "%Y-%m-%d %H:%M:%S")
        epoch = "" if row.epoch is None else f"{row.epoch:g}"
        writer.writerow([row.step, epoch, when, *values, int(row.is_best)])
    return stream.getvalue()


MOST_ROWS = 60
_SIGNS = {"critical": "🔴", "warning": "🟠", "info": "🔵", "good": "🟢"}


def render_markdown(report: Report) -> str:
    """The whole report as GitHub-flavoured Markdown."""
    columns = used_columns(report.rows)
    rows = [cells(row, columns) for row in pick_rows(report.rows, MOST_ROWS)]
    logs = ", ".join(escape(log.name) for log in report.source.logs)
    parts = [
        f"# Report card: {escape(report.source.name)}",
        f"Made {moment(report.made)} from {logs}.",
        "\n".join(f"- **{escape(title)}**: {escape(text)}" for title, text in summary(report)),
        "![Trends](report_card.png)" * can_draw(),
        "## Diagnosis",
        *(finding(one) for one in report.findings),
        "" if report.findings else "No findings.",
        "## Trend",
        markdown_table(head(columns), rows),
        "`*` best evaluation. " + "; ".join(f"{c.title}: {c.meaning}" for c in columns) + ".",
        sets(report),
        phases(report),
        reading(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def finding(one: Finding) -> str:
    """Sign, title, evidence and advice of a finding."""
    text = f"{_SIGNS[one.severity]} **{escape(one.title)}** ({one.severity}): "
    text += escape(one.evidence.rstrip(".")) + "."
    return text + (f"  \n  {escape(one.advice)}" if one.advice else "")


def sets(report: Report) -> str:
    """A line for each set that is evaluated by itself; empty when there is only the main one."""
    rows = set_rows(report)
    return f"## Sets\n\n{markdown_table(HEAD, rows)}\n\n{LEGEND}" if rows else ""


def phases(report: Report) -> str:
    """The phases of the run, empty without any."""
    if not report.phases:
        return ""
    titles = ("phase", "steps", "from", "to", "what happened")
    rows = [
        (
            one.name,
            f"{count(one.first_step)} – {count(one.last_step)}",
            moment(one.began),
            moment(one.ended),
            one.words,
        )
        for one in report.phases
    ]
    return "## Phases\n\n" + markdown_table(titles, rows)


def reading(report: Report) -> str:
    """How the log was read, and what was not understood."""
    account = report.history.account
    kinds = ", ".join(f"{count(n)} {kind}" for kind, n in account.kinds.most_common())
    encodings = ", ".join(account.encodings) or "none"
    text = (
        f"## Reading\n\n{counted(account.lines, 'line')} ({escape(kinds)}); encodings: {encodings}."
    )
    unknown = account.examples.get("unknown", [])
    if unknown:
        text += " Not understood, for example:\n\n" + "\n".join(f"- {escape(e)}" for e in unknown)
    return text
