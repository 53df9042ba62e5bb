"""``report_card.csv``: every row, full precision, for spreadsheets."""

from __future__ import annotations

import csv
import io

from ppocr_ext.report.render.table import used_columns
from ppocr_ext.report.report import Report
from ppocr_ext.show.formats import moment


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
