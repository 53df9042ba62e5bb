"""The trend table as text cells, the same for every medium, and as ``report_card.csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import TypeVar

from ppocr_ext.report.report import Report
from ppocr_ext.report.trends import Row
from ppocr_ext.show.formats import COLUMNS, Column, count, moment, show

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
