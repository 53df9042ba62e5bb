"""``report_card.png``: the trends as one image of plots that needs no words beside it."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from ppocr_ext.files import replacing
from ppocr_ext.records.records import Point, value
from ppocr_ext.report.report import Report
from ppocr_ext.report.sets import key_of, set_names
from ppocr_ext.report.trends import reader_share
from ppocr_ext.show.formats import count, counted, moment, show

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _FAINT, _GRID = "#1f2933", "#9aa5b1", "#e4e7eb"
_GREEN, _BLUE, _RED, _ORANGE, _VIOLET = "#1b7f4b", "#2463a8", "#c0392b", "#d9822b", "#7a4fa3"
_SETS, _DASHES = (_GREEN, _BLUE, _RED, _ORANGE, _VIOLET, _FAINT), ("-", "--", ":")


def save_png(report: Report, path: Path) -> None:
    """Draw accuracy, error rates, losses, and speed with the learning rate, by step; where other
    sets are evaluated by themselves, error rate and confidence of each, too."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sets = set_names(report.evals)
    rows = 3 if sets else 2
    figure = Figure(figsize=(12, 4 * rows), dpi=110, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows, 2)
    figure.suptitle(_title(report), fontsize=13, fontweight="bold", color=_INK)
    _draw_accuracy(panels[0][0], report)
    _draw_errors(panels[0][1], report)
    _draw_losses(panels[1][0], report)
    _draw_speed(panels[1][1], report)
    if sets:
        _draw_sets(panels[2][0], report, "cer", "CER of each set (lower is better)")
        _draw_sets(panels[2][1], report, "confidence_p95", "95th percentile of the confidence")
    for axes in panels.flat:
        _finish(axes, report)
    if report.swaps:
        figure.text(0.01, -0.005, _swap_words(report), va="top", fontsize=9, color=_INK)
    with replacing(path, "wb") as stream:
        figure.savefig(stream, format="png", bbox_inches="tight", pad_inches=0.12)


def _title(report: Report) -> str:
    last = report.history.train.last or report.history.evals.last
    when = f", {moment(last.time)}" if last and last.time else ""
    return f"{report.source.name}: {counted(report.last_step, 'step')}{when}"


def _swap_words(report: Report) -> str:
    """What the numbered lines are: the config changes, each by the last two parts of its key."""
    texts = []
    for number, swap in enumerate(report.swaps[:6], 1):
        shortened = ((".".join(key.split(".")[-2:]), each) for key, each in swap.changes.items())
        changes = "; ".join(f"{key}: {values}" for key, values in shortened)
        text = f"{number}  config change at step {count(swap.step)}: {changes}"
        texts.append(textwrap.fill(text, 170, max_lines=2, subsequent_indent="    "))
    return "\n".join(texts)


def _ticks_of_a_logarithm(axes: Axes) -> None:
    """1, 2 and 5 of each power of ten: a range of a few times has more than one number."""
    from matplotlib.ticker import LogLocator, NullLocator

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_locator(NullLocator())


def _series(points: list[Point], name: str) -> tuple[list[int], list[float]]:
    pairs = [(p.step, number) for p in points if (number := value(p, name)) is not None]
    return [step for step, _ in pairs], [number for _, number in pairs]


def _line(axes: Axes, points: list[Point], name: str, label: str, color: str) -> None:
    steps, numbers = _series(points, name)
    if steps:
        marker = "o" if len(steps) <= 60 else ""
        axes.plot(steps, numbers, color=color, label=label, marker=marker, markersize=3.5, lw=1.8)


def _draw_accuracy(axes: Axes, report: Report) -> None:
    axes.set_title("Accuracy on the validation lines (higher is better)")
    evals, best = report.history.evals.points(), report.best
    steps, numbers = _series(report.history.train.points(), "acc")
    axes.plot(steps, numbers, color=_GREEN, alpha=0.25, lw=1, label="acc, training batches")
    _line(axes, evals, "norm_edit_dis", "norm_edit_dis", _BLUE)
    _line(axes, evals, "unaccented_acc", "unaccented acc", _ORANGE)
    _line(axes, evals, "acc", "acc", _GREEN)
    if best and (number := value(best, "acc")) is not None:
        axes.plot(best.step, number, "*", color=_GREEN, markersize=15, zorder=5)
        axes.annotate(
            f"best {show('acc', number)}",
            (best.step, number),
            xytext=(-6, 10),  # a curve that rises to it leaves this place free
            textcoords="offset points",
            ha="right" if best.step > report.last_step / 2 else "left",
            fontweight="bold",
            color=_GREEN,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
        )
    axes.set_ylim(0, 1.02)


def _draw_errors(axes: Axes, report: Report) -> None:
    axes.set_title("Error rates on the validation lines (lower is better)")
    evals = report.history.evals.points()
    _line(axes, evals, "cer", "CER: wrong characters", _RED)
    _line(axes, evals, "wer", "WER: wrong words", _VIOLET)
    rates = [n for name in ("cer", "wer") for n in _series(evals, name)[1] if n > 0]
    if rates and max(rates) / min(rates) > 8:
        _ticks_of_a_logarithm(axes)
    axes.yaxis.set_major_formatter(lambda number, _: f"{100 * number:.6g}%")


def _draw_losses(axes: Axes, report: Report) -> None:
    axes.set_title("Loss per line (lower is better)")
    _line(axes, report.history.evals.points(), "loss", "validation", _RED)
    steps, numbers = _series(report.history.train.points(), "loss")
    axes.plot(steps, numbers, color=_BLUE, lw=1.2, label="training", zorder=1)
    positive = [number for number in numbers if number > 0]
    if positive and len(positive) == len(numbers) and max(positive) / min(positive) > 8:
        _ticks_of_a_logarithm(axes)
        axes.yaxis.set_major_formatter(lambda number, _: f"{number:g}")


def _draw_speed(axes: Axes, report: Report) -> None:
    axes.set_title("Speed (lines per second) and learning rate")
    train = report.history.train.points()
    steps, numbers = _series(train, "ips")
    axes.plot(steps, numbers, color=_BLUE, lw=1.2, label="training lines per second")
    waits = [
        (point.step, share * speed)
        for point in train
        if (speed := value(point, "ips")) is not None
        and (share := reader_share(point.values)) is not None
    ]
    if waits:
        axes.fill_between(
            [step for step, _ in waits],
            [lost for _, lost in waits],
            color=_RED,
            alpha=0.25,
            lw=0,
            label="part of it lost waiting for data",
        )
    axes.set_ylim(0, 1.35 * max(numbers, default=1.0) or 1.0)  # room for the legend
    rate = axes.twinx()
    steps, numbers = _series(train, "lr")
    rate.plot(steps, numbers, color=_ORANGE, lw=1.5, ls="--", label="learning rate (right)")
    rate.set_ylim(0, 1.35 * max(numbers, default=1.0) or 1.0)
    rate.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
    rate.tick_params(colors=_FAINT)
    rate.spines[:].set_visible(False)
    if steps:
        axes.plot([], [], color=_ORANGE, lw=1.5, ls="--", label="learning rate (right)")


def _draw_sets(axes: Axes, report: Report, metric: str, title: str) -> None:
    axes.set_title(title)
    evals, drawn = report.history.evals.points(), list[float]()
    for number, name in enumerate(set_names(evals)):
        steps, values = _series(evals, key_of(name, metric))
        color, dash = _SETS[number % len(_SETS)], _DASHES[number // len(_SETS) % len(_DASHES)]
        axes.plot(steps, values, dash, color=color, lw=1.6, label=name, marker=".")
        drawn += [each for each in values if each > 0]
    if metric == "cer" and drawn and max(drawn) / min(drawn) > 8:
        _ticks_of_a_logarithm(axes)
        axes.yaxis.set_major_formatter(lambda number, _: f"{100 * number:.6g}%")


def _finish(axes: Axes, report: Report) -> None:
    """Grid, units, legend; config changes as dotted lines."""
    for number, swap in enumerate(report.swaps, 1):
        axes.axvline(swap.step, color=_INK, lw=0.9, ls=":")
        top = axes.get_xaxis_transform()
        axes.text(swap.step, 1.0, f" {number}", transform=top, va="top", fontsize=9, color=_INK)
    axes.set_xlabel("training step")
    axes.xaxis.set_major_formatter(lambda step, _: count(step))
    axes.grid(color=_GRID)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=_INK)
    axes.title.set_fontsize(11)
    if report.last_step:  # the same in every panel, so that they can be read one below another
        axes.set_xlim(-0.02 * report.last_step, 1.02 * report.last_step)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8, frameon=True, framealpha=0.8, edgecolor="none")
    else:
        axes.text(0.5, 0.5, "not in the log", ha="center", color=_FAINT, transform=axes.transAxes)
