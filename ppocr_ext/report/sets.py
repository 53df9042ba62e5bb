"""The sets that a run evaluates by themselves: a line for each, from the first evaluation on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ppocr_ext.records.records import Point, value
from ppocr_ext.report.report import Report
from ppocr_ext.show.formats import show

MAIN = "main set"
HEAD = (
    *("set", "lines", "acc", "CER", "unaccented acc"),
    *("mean confidence", "5th percentile", "95th percentile"),
)
LEGEND = (
    "First → latest evaluation; in brackets, if it is a different one, the best evaluation of "
    "the main set. Confidence: of the lines of a set, with its percentiles."
)
SHOWN = (
    *("acc", "cer", "unaccented_acc"),
    *("confidence_mean", "confidence_p5", "confidence_p95"),
)


@dataclass(frozen=True)
class SetScores:
    """One set's values (names as in metrics.jsonl) at three evaluations."""

    name: str
    first: Mapping[str, float]
    best: Mapping[str, float]
    latest: Mapping[str, float]


def key_of(name: str, metric: str) -> str:
    """The name under which a point keeps a set's value: ``menus/cer``; the main set's is bare."""
    return metric if name == MAIN else f"{name}/{metric}"


def set_names(evals: Sequence[Point]) -> list[str]:
    """The sets of all evaluations, the main one first; empty when there is only that one."""
    names = {name.partition("/")[0]: None for p in evals for name in p.values if "/" in name}
    return [MAIN, *names] if names else []


def set_scores(report: Report) -> list[SetScores]:
    """What each set was and is; empty when there is only the main one."""
    evals = report.evals
    return [_scores(name, evals, report.best) for name in set_names(evals)]


def _scores(name: str, evals: Sequence[Point], best: Point | None) -> SetScores:
    """A set may have been added or dropped along the way."""
    having = [point for point in evals if key_of(name, "acc") in point.values]
    return SetScores(name, _of(name, having[0]), _of(name, best), _of(name, having[-1]))


def _of(name: str, point: Point | None) -> dict[str, float]:
    found = {metric: value(point, key_of(name, metric)) for metric in ("n", *SHOWN)}
    return {metric: number for metric, number in found.items() if number is not None}


def set_rows(report: Report) -> list[list[str]]:
    """The cells under :data:`HEAD`."""
    return [
        [one.name, show("n", one.latest.get("n")), *(_cell(one, metric) for metric in SHOWN)]
        for one in set_scores(report)
    ]


def _cell(one: SetScores, metric: str) -> str:
    first, best, latest = (
        show("acc", values.get(metric)) for values in (one.first, one.best, one.latest)
    )
    text = latest if first == latest else f"{first} → {latest}"
    is_other = best not in (latest, "–") and metric in ("acc", "cer")
    return f"{text} ({best})" if is_other else text
