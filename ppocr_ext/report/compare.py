"""Several runs, or trials of a sweep, in one table and one picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ppocr_ext.files import replacing, write_text
from ppocr_ext.report.diagnosis.series import metric, typical
from ppocr_ext.report.formats import count, show
from ppocr_ext.report.records import LOWER_IS_BETTER, Point, value
from ppocr_ext.report.render.markdown import table
from ppocr_ext.report.report import Report
from ppocr_ext.report.seen import LinesSeen

STEM = "report_compare"
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
    decisive = deciding_metric(found)
    return sorted(found, key=lambda course: _rank(course, decisive))


def deciding_metric(runs: Sequence[Course]) -> str:
    """The first metric that every run with evaluations has."""
    judged = [metric(run.report.evals) for run in runs if run.report.evals]
    return max(judged, key=("acc", "cer", "norm_edit_dis", "loss").index, default="acc")


def rows(runs: Sequence[Course]) -> list[list[str]]:
    """Cells for :data:`TITLES`."""
    return [_row(run) for run in runs]


def save_comparison(runs: Sequence[Course], folder: Path) -> list[Path]:
    """Write ``report_compare.md``, ``.csv`` and ``.png``."""
    paths = [folder / f"{STEM}.{suffix}" for suffix in ("md", "csv", "png")]
    text = f"# Comparison\n\n![Courses]({STEM}.png)\n\n{table(TITLES, rows(runs))}\n"
    write_text(paths[0], text)
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([TITLES, *rows(runs)])
    write_text(paths[1], stream.getvalue())
    _draw(runs, paths[2])
    return paths


def _rank(run: Course, decisive: str) -> float:
    number = value(run.report.best, decisive)
    if number is None:
        return float("inf")
    return number if decisive in LOWER_IS_BETTER else -number


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
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    decisive = deciding_metric(runs)
    figure = Figure(figsize=(15, 5), dpi=110, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, 3, sharey=True)
    better = "lower" if decisive in LOWER_IS_BETTER else "higher"
    figure.suptitle(f"{decisive} on the validation lines ({better} is better)", fontweight="bold")
    for number, run in enumerate(runs):
        points = [p for p in run.report.evals if value(p, decisive) is not None]
        places: list[list[float | None]] = [
            [p.step for p in points],
            [run.hours(p) for p in points],
            [run.seen.at(p.step) for p in points],
        ]
        look: dict[str, Any] = {
            "color": _COLORS[number % len(_COLORS)],
            "ls": ("-", "--", ":")[number // len(_COLORS) % 3],
            "label": run.name,
        }
        for axes, xs in zip(panels, places, strict=True):
            known = [(x, p) for x, p in zip(xs, points, strict=True) if x is not None]
            ys = [point.values[decisive] for _, point in known]
            axes.plot([x for x, _ in known], ys, marker="o", markersize=3.5, **look)
    titles = ("training step", "hours since the start", "lines seen")
    for axes, title in zip(panels, titles, strict=True):
        axes.set_xlabel(title)
        axes.grid(color="#e4e7eb")
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.10g}")
    panels[0].legend(fontsize=8, frameon=False)
    with replacing(path, "wb") as stream:
        figure.savefig(stream, format="png")
