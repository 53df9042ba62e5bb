"""``report_compare.html``: the table, and one chart of any metric by step, time or lines seen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ppocr_ext.ranking import RATES, lower_is_better
from ppocr_ext.records.records import value
from ppocr_ext.report.render.html import fill_page
from ppocr_ext.report.render.json import finite
from ppocr_ext.report.render.table import pick
from ppocr_ext.show.formats import BY_KEY

if TYPE_CHECKING:
    from ppocr_ext.report.compare import Course

MOST_POINTS = 500  # of one run
_METRICS = (*RATES, "loss")


def render_comparison(
    titles: Sequence[str], rows: Sequence[Sequence[str]], runs: Sequence[Course], metric: str
) -> str:
    """The page; ``metric`` is shown first."""
    curves = [_curves(run) for run in runs]
    known = [m for m in _METRICS if any(v is not None for c in curves for v in c["values"][m])]
    data = {
        "made": time.time(),
        "titles": titles,
        "rows": rows,
        "metric": metric,
        "metrics": [_described(name) for name in known],
        "runs": curves,
    }
    return fill_page("compare", finite(data))


def _described(name: str) -> tuple[str, str, str, str]:
    """Name, title, form of its numbers, and which way is better."""
    column = BY_KEY["val_loss" if name == "loss" else name]
    better = "lower" if lower_is_better(name) else "higher"
    return name, column.title, column.form, better


def _curves(run: Course) -> dict[str, Any]:
    best = run.report.best
    points = pick(run.report.evals, MOST_POINTS, lambda point: point is best)
    return {
        "name": run.name,
        "steps": [point.step for point in points],
        "hours": [run.hours(point) for point in points],
        "samples": [run.seen.at(point.step) for point in points],
        "values": {name: [value(point, name) for point in points] for name in _METRICS},
        "findings": [one.title for one in run.report.findings],
    }
