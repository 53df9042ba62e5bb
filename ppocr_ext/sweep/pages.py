"""A study's results as files: Markdown, CSV, a page, plots, and the best config."""

from __future__ import annotations

import base64
import csv
import io
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppocr_ext.files import replacing, write_text
from ppocr_ext.report.compare import Curve, draw_curves
from ppocr_ext.report.render.html import fill_page
from ppocr_ext.report.render.json import finite
from ppocr_ext.show.formats import counted, moment, show
from ppocr_ext.show.tables import escape, markdown_table
from ppocr_ext.sweep.compose import write_config
from ppocr_ext.sweep.insights import insights
from ppocr_ext.sweep.results import Results, Row, sets_table, table_rows, titles
from ppocr_ext.sweep.schema import Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEARNING, PARALLEL = "curves.png", "parallel.png"
MOST_CURVES = 24  # in one plot, the best ones
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


BEST = "best.yml"
TABLES = tuple(f"results.{suffix}" for suffix in ("md", "csv", "html"))
FILES = (*TABLES, LEARNING, PARALLEL, BEST)
FEW = 10  # trials, below which importances are a hint only


def export(results: Results, folder: Path) -> list[Path]:
    """Write everything into ``folder``; returns what was written."""
    paths = [folder / name for name in TABLES]
    pictures = [folder / LEARNING, folder / PARALLEL]
    folder.mkdir(parents=True, exist_ok=True)
    save_curves(results, pictures[0])
    save_parallel(results, pictures[1])
    write_text(paths[0], render_markdown(results))
    write_text(paths[1], render_csv(results))
    write_text(paths[2], fill_page("sweep", page_data(results, pictures)))
    return [*paths, *pictures, *_save_best(results, folder)]


def render_markdown(results: Results) -> str:
    """The report as GitHub-flavoured Markdown."""
    sweep = results.sweep
    parts = [
        f"# Study {escape(sweep.study)}",
        summary(results),
        markdown_table(titles(sweep), table_rows(results)),
        "acc and CER: of each trial's best evaluation. Only trials that reached their end have a "
        "rank.",
        _sets(results),
        "## Insights",
        "\n".join(f"- **{escape(one.text)}** {escape(one.evidence)}" for one in insights(results))
        or "Nothing yet.",
        f"## Learning curves\n\n![Learning curves]({LEARNING})",
        f"## Settings\n\n![Parallel coordinates]({PARALLEL})",
        _importances(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _sets(results: Results) -> str:
    head, *rows = sets_table(results) or [[]]
    return f"CER of each set at that evaluation:\n\n{markdown_table(head, rows)}" if rows else ""


def summary(results: Results) -> str:
    """How many trials there are of each status, and what one was given."""
    counts: dict[str, int] = {}
    for row in results.rows:
        counts[row.status] = counts.get(row.status, 0) + 1
    told = ", ".join(f"{number} {status}" for status, number in counts.items())
    budget = results.sweep.budget
    limits = {"steps": budget.steps, "lines": budget.lines, "minutes": budget.minutes}
    unit, limit = next((unit, limit) for unit, limit in limits.items() if limit is not None)
    each = f"{limit:,.10g} {unit.removesuffix('s') if limit == 1 else unit}"
    hours = sum(row.facts.get("seconds", 0.0) for row in results.rows) / 3600
    return (
        f"{counted(len(results.rows), 'trial')} of {each}: {told}; {hours:.2f} hours of training. "
        f"Made {moment(time.time())}."
    )


def render_csv(results: Results) -> str:
    """One line for each trial, numbers in full."""
    sweep = results.sweep
    facts = ("parameters", "batch", "rate", "steps", "seconds", "peak_mb", "host", "folder")
    metrics = ("step", "acc", "norm_edit_dis", "cer", "wer", "unaccented_acc", "loss")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    dimensions = [name for name in sweep.dimensions if name not in facts]
    head = ["trial", "configuration", "status", "reason", *dimensions, *facts]
    writer.writerow([*head, *(f"best {name}" for name in metrics), "resumed at"])
    for row in results.rows:
        cells: list[Any] = [row.number, row.name, row.status, row.reason]
        cells += [row.values.get(name) for name in dimensions]
        cells += [row.facts.get(name) for name in facts]
        cells += [row.best.get(name) for name in metrics]
        writer.writerow([*cells, " ".join(map(str, row.facts.get("resumes", [])))])
    return stream.getvalue()


def page_data(results: Results, pictures: list[Path]) -> dict[str, Any]:
    """What ``sweep.js`` draws."""
    metric = results.sweep.metric
    return finite(
        {
            "study": results.sweep.study,
            "made": time.time(),
            "summary": summary(results),
            "metric": metric,
            "titles": titles(results.sweep),
            "rows": [
                {"cells": cells, "is_best": row is results.best}
                for cells, row in zip(table_rows(results), results.rows, strict=True)
            ],
            "insights": [one._asdict() for one in insights(results)],
            "curves": [_curve(row, metric) for row in results.rows if row.evals],
            "importances": [[name, share] for name, share in results.importances.items()],
            "few": _whole(results) < FEW,
            "parallel": _as_address(pictures[1]),
        }
    )


def _curve(row: Row, metric: str) -> dict[str, Any]:
    return {
        "name": row.name,
        "percent": [record["percent"] for record in row.evals],
        "minutes": [round(record["seconds"] / 60, 3) for record in row.evals],
        "value": [record[metric] for record in row.evals],
    }


def _as_address(picture: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode("ascii")


def _whole(results: Results) -> int:
    return sum(row.is_whole for row in results.rows)


def _importances(results: Results) -> str:
    if not results.importances:
        return ""
    rows = [(name, f"{share:.0%}") for name, share in results.importances.items()]
    doubt = f" Of {_whole(results)} trials only: a hint, no more." if _whole(results) < FEW else ""
    return (
        "## Importances\n\nWhat sets the best trials apart (PED-ANOVA)."
        f"{doubt}\n\n{markdown_table(('dimension', 'share'), rows)}"
    )


def _save_best(results: Results, folder: Path) -> list[Path]:
    """``best.yml``, ready for ``tools/train.py``; nothing while no trial has reached its end."""
    best, sweep = results.best, results.sweep
    if best is None:
        return []
    score = f"{sweep.metric} {show(sweep.metric, best.score(sweep.metric))}"
    head = (
        f"# {best.name}, the best of study {sweep.study}: {score}, CER "
        f"{show('cer', best.score('cer'))}.\n"
        "# It trains as long as the trial did; change Global.max_steps for more.\n"
    )
    run = sweep.path.with_name(f"{sweep.study}_best")
    write_config(sweep, best.values, folder / BEST, run, head, files=())
    return [folder / BEST]
