"""The first lines of every report: where the run stands."""

from __future__ import annotations

from ppocr_ext.report.formats import count, duration, moment, show
from ppocr_ext.report.records import RATES, Point
from ppocr_ext.report.report import Report

_TITLES = {
    "acc": "acc",
    "norm_edit_dis": "norm_edit_dis",
    "cer": "CER",
    "wer": "WER",
    "unaccented_acc": "accent-blind acc",
}


def summary_lines(report: Report) -> list[str]:
    """Progress, best and latest evaluation, in one line each."""
    lines = [_progress(report)]
    if report.best:
        lines.append(f"Best: {metrics(report.best)}, {place(report.best)}")
    if report.latest and report.best and report.latest.step != report.best.step:
        lines.append(f"Latest: {metrics(report.latest)}, {place(report.latest)}")
    if first := _first(report):
        lines.append(f"First: {metrics(first)}, {place(first)}")
    return lines


def metrics(point: Point) -> str:
    """``acc 0.8700, norm_edit_dis 0.9884, CER 0.0100``."""
    known = [name for name in RATES if name in point.values]
    text = ", ".join(f"{_TITLES[name]} {show(name, point.values[name])}" for name in known)
    if "loss" in point.values:
        text += f", loss {show('loss', point.values['loss'])}"
    return text


def place(point: Point) -> str:
    return f"step {count(point.step)} ({moment(point.time)})"


def _first(report: Report) -> Point | None:
    evals = report.history.evals.points()
    return evals[0] if len(evals) > 1 else None


def _progress(report: Report) -> str:
    plan, last = report.history.plan, report.history.train.last
    text = f"Step {count(report.last_step)}"
    if plan.steps:
        text += f" of {count(plan.steps)}"
    if last and last.epoch is not None:
        text += f", epoch {last.epoch:g}" + (f" of {plan.epochs}" if plan.epochs else "")
    if last and last.time and report.history.began:
        text += f", {duration(last.time - report.history.began)} after the start"
        text += f" on {moment(report.history.began)}"
    return text
