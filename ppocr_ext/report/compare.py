"""Several runs, or trials of a sweep, in one table and one plot."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ppocr_ext.files import replacing, write_text
from ppocr_ext.packages import can_draw
from ppocr_ext.ranking import deciding, lower_is_better, rank
from ppocr_ext.records.records import Point, value
from ppocr_ext.report.diagnosis.series import typical
from ppocr_ext.report.render.html import render_comparison
from ppocr_ext.report.report import Report
from ppocr_ext.report.trends import LinesSeen
from ppocr_ext.show.formats import count, show
from ppocr_ext.show.tables import markdown_table

STEM = "report_compare"
FILES = tuple(f"{STEM}.{suffix}" for suffix in ("md", "csv", "png", "html"))
TITLES = (
    "run", "steps", "best at", "acc", "norm_edit_dis", "CER", "WER", "val loss", "hours",
    "lines seen", "ips",
)  # fmt: skip
_COLORS = ("#2463a8", "#c0392b", "#1b7f4b", "#d9822b", "#7a4fa3", "#0f8b8d", "#b03a7a", "#5c6b73")


@dataclass(frozen=True)
class Course:
    """A run as the comparison sees it."""

    name: str
    report: Report
    seen: LinesSeen

    def hours(self, point: Point | None) -> float | None:
        """Since the run's first record."""
        began = self.report.history.began
        if point is None or point.time is None or began is None:
            return None
        return (point.time - began) / 3600


def courses(reports: Sequence[Report]) -> list[Course]:
    """The runs, the best one first; two of one name get their parent's name before it."""
    names = [report.source.name for report in reports]
    found = []
    for report in reports:
        name = report.source.name
        if names.count(name) > 1:
            name = f"{report.source.folder.resolve().parent.name}/{name}"
        found.append(Course(name, report, LinesSeen(report.train)))
    order = rank(deciding_metric(found))
    return sorted(found, key=lambda run: order(run.report.best.values if run.report.best else {}))


def deciding_metric(runs: Sequence[Course]) -> str:
    """The main indicator of the runs when it is the same, else what all with evaluations have."""
    judged = [run.report for run in runs if run.report.evals]
    shared = [set(report.evals[-1].values) for report in judged] or [set()]
    wanted = {report.metric for report in judged}
    return deciding(set.intersection(*shared), wanted.pop() if len(wanted) == 1 else "acc")


def rows(runs: Sequence[Course]) -> list[list[str]]:
    """Cells for :data:`TITLES`."""
    return [_row(run) for run in runs]


def save_comparison(runs: Sequence[Course], folder: Path) -> list[Path]:
    """Write ``report_compare.md``, ``.csv``, ``.png`` and ``.html``."""
    paths = [folder / name for name in FILES]
    cells = rows(runs)
    picture = f"![Courses]({STEM}.png)\n\n" * can_draw()
    write_text(paths[0], f"# Comparison\n\n{picture}{markdown_table(TITLES, cells)}\n")
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([TITLES, *cells])
    write_text(paths[1], stream.getvalue())
    if can_draw():
        _draw(runs, paths[2])
    write_text(paths[3], render_comparison(TITLES, cells, runs, deciding_metric(runs)))
    return [path for path in paths if can_draw() or path.suffix != ".png"]


def _row(run: Course) -> list[str]:
    report, best = run.report, run.report.best
    hours, seen = run.hours(report.history.train.last), run.seen.at(report.last_step)
    measured = [
        show("val_loss" if name == "loss" else name, value(best, name))
        for name in ("acc", "norm_edit_dis", "cer", "wer", "loss")
    ]
    return [
        run.name,
        count(report.last_step),
        count(best.step) if best else "–",
        *measured,
        "–" if hours is None else f"{hours:.2f}",
        "–" if seen is None else count(seen),
        show("ips", typical(report.train, "ips")),
    ]


def _draw(runs: Sequence[Course], path: Path) -> None:
    """The deciding metric by step, by hours, and by lines seen."""
    decisive = deciding_metric(runs)
    curves = []
    for run in runs:
        points = [p for p in run.report.evals if value(p, decisive) is not None]
        places: list[list[float | None]] = [
            [p.step for p in points],
            [run.hours(p) for p in points],
            [run.seen.at(p.step) for p in points],
        ]
        curves.append(Curve(run.name, places, [point.values[decisive] for point in points]))
    draw_curves(decisive, ("training step", "hours since the start", "lines seen"), curves, path)


@dataclass(frozen=True)
class Curve:
    """Values of one run, and where they lie on the horizontal axis of each panel."""

    name: str
    places: Sequence[Sequence[float | None]]
    values: Sequence[float]


def draw_curves(metric: str, panels: Sequence[str], curves: Sequence[Curve], path: Path) -> None:
    """An image with one panel for each horizontal axis, and in each a line for each run."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * len(panels), 5), dpi=110, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    row = figure.subplots(1, len(panels), sharey=True)
    better = "lower" if lower_is_better(metric) else "higher"
    figure.suptitle(f"{metric} on the validation lines ({better} is better)", fontweight="bold")
    for number, curve in enumerate(curves):
        for axes, xs in zip(row, curve.places, strict=True):
            known = [(x, y) for x, y in zip(xs, curve.values, strict=True) if x is not None]
            axes.plot(
                *zip(*known, strict=True), marker="o", markersize=3.5, **look(number, curve.name)
            )
    for axes, title in zip(row, panels, strict=True):
        axes.set_xlabel(title)
        axes.grid(color="#e4e7eb")
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.10g}")
    if curves:
        row[0].legend(fontsize=8, frameon=False)
    with replacing(path, "wb") as stream:
        figure.savefig(stream, format="png")


def look(number: int, name: str) -> dict[str, Any]:
    """How the line of run ``number`` is drawn."""
    return {
        "color": _COLORS[number % len(_COLORS)],
        "ls": ("-", "--", ":")[number // len(_COLORS) % 3],
        "label": name,
    }
