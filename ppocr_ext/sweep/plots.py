"""A study as pictures: learning curves, and every trial's values as one line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ppocr_ext.files import replacing
from ppocr_ext.report.compare import Curve, draw_curves
from ppocr_ext.show.formats import show
from ppocr_ext.sweep.results import Results, Row
from ppocr_ext.sweep.schema import Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEARNING, PARALLEL = "curves.png", "parallel.png"
MOST_CURVES = 24  # in one picture, the best ones
LABEL = 0.04  # height of a label, as part of an axis


def save_curves(results: Results, path: Path) -> None:
    """The deciding metric of the best trials by progress and by minutes of training."""
    metric = results.sweep.metric
    curves = [
        Curve(
            row.name,
            [[e["percent"] for e in row.evals], [e["seconds"] / 60 for e in row.evals]],
            [e[metric] for e in row.evals],
        )
        for row in results.rows[:MOST_CURVES]
        if row.evals
    ]
    draw_curves(metric, ("percent of the trial's steps", "minutes of training"), curves, path)


def save_parallel(results: Results, path: Path) -> None:
    """Parallel coordinates: one axis for each dimension, one line for each trial with a score."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    metric, names = results.sweep.metric, list(results.sweep.dimensions)
    rows = [row for row in results.rows if row.best and row.values.keys() >= set(names)]
    scores = [row.best[metric] for row in rows] or [0.0]
    colors = ScalarMappable(Normalize(min(scores), max(scores) + 1e-9), "viridis")
    figure = Figure(figsize=(2.2 * len(names) + 4, 5), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    columns = [_places(results, name, rows) for name in names]
    columns.append(_scale(scores))
    labels = _apart(columns[-1])
    for number, row in enumerate(rows):
        heights = [column[number] for column in columns]
        look = "-" if row.is_whole else ":"
        axes.plot(heights, look, color=colors.to_rgba(row.best[metric]), lw=2, alpha=0.85)
        axes.annotate(
            f" {row.name} {show(metric, row.best[metric])}",
            (len(names), labels[number]),
            fontsize=8,
            va="center",
        )
    for place, name in enumerate(names):
        _mark_axis(axes, place, results, name, rows)
    axes.set(xticks=range(len(names) + 1), xticklabels=[*names, metric], yticks=[])
    axes.set(xlim=(-0.4, len(names) + 1.3), ylim=(min([-0.08, *labels]), 1.08))
    axes.vlines(range(len(names) + 1), 0, 1, color="#9aa5b1", lw=1, zorder=0)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.set_title("Trials by their settings; dotted: not trained to the end", loc="left")
    with replacing(path, "wb") as stream:
        figure.savefig(stream, format="png")


def _places(results: Results, name: str, rows: Sequence[Row]) -> list[float]:
    """Height of each trial on the axis of a dimension, 0 to 1."""
    ordered = _ordered(results, name, rows)
    if ordered is not None:
        most = max(len(ordered) - 1, 1)
        return [ordered.index(row.values[name]) / most for row in rows]
    return _scale(_measures(results, name, rows))


def _measures(results: Results, name: str, rows: Sequence[Row]) -> list[float]:
    is_log = results.sweep.dimensions[name].log
    numbers = [float(row.values[name]) for row in rows]
    return [math.log(number) for number in numbers] if is_log else numbers


def _ordered(results: Results, name: str, rows: Sequence[Row]) -> list[Value] | None:
    """The values that an axis marks, from its foot up; ``None`` for a range."""
    if results.sweep.dimensions[name].options is None:
        return None
    used = {row.values[name] for row in rows}
    options = [o for o in results.sweep.dimensions[name].options or [] if o in used]
    is_number = all(isinstance(o, int | float) for o in options)
    return sorted(options, key=lambda o: float(o)) if is_number else options


def _scale(numbers: Sequence[float]) -> list[float]:
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    return [(number - low) / (high - low) if high > low else 0.5 for number in numbers]


def _apart(heights: Sequence[float]) -> list[float]:
    """The same heights, moved down where two labels would cover each other."""
    moved = list(heights)
    above = float("inf")
    for place in sorted(range(len(heights)), key=lambda place: -heights[place]):
        above = moved[place] = min(heights[place], above - LABEL)
    return moved


def _mark_axis(axes: Axes, place: int, results: Results, name: str, rows: Sequence[Row]) -> None:
    ordered = _ordered(results, name, rows)
    if ordered is None:
        values = sorted({float(row.values[name]) for row in rows})
        marks = (
            [(values[0], 0.0), (values[-1], 1.0)] if len(values) > 1 else [(v, 0.5) for v in values]
        )
        texts = [(f"{value:.2g}", height) for value, height in marks]
    else:
        most = max(len(ordered) - 1, 1)
        texts = [(str(value), number / most) for number, value in enumerate(ordered)]
    for text, height in texts:
        axes.annotate(
            text,
            (place, height),
            fontsize=8,
            ha="right",
            va="center",
            xytext=(-4, 0),
            textcoords="offset points",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 1},
        )
