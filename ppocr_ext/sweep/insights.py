"""What a study teaches, as sentences with their evidence. Each rule sees the whole results."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from statistics import fmean
from typing import NamedTuple

from ppocr_ext.show.formats import counted, duration, show
from ppocr_ext.sweep.results import Results, Row
from ppocr_ext.sweep.schema import Value

SLOPE_MATTERS = 0.02  # gain over a trial's last evaluation from which it "still improves"


class Insight(NamedTuple):
    """A sentence, and the numbers that it rests on."""

    text: str
    evidence: str


def insights(results: Results) -> list[Insight]:
    """What every rule has to say, in their order."""
    return [insight for rule in RULES for insight in rule(results)]


def _winner(results: Results) -> Iterator[Insight]:
    metric, whole = results.sweep.metric, _whole(results)
    if not whole:
        return
    best, score = whole[0], whole[0].best[metric]
    evidence = f"{metric} {show(metric, score)}, CER {show('cer', best.score('cer'))}"
    if len(whole) == 1:
        yield Insight(f"{best.name} is the only trial that reached its end.", evidence + ".")
        return
    second = whole[1]
    evidence += f"; {second.name} has {show(metric, second.best[metric])}"
    if _is_sure(best, second, metric):
        yield Insight(f"{best.name} wins.", evidence + ".")
        return
    chance = f"the part of {metric} that may be chance is unknown"
    if metric == "acc":
        lines, noise = counted(int(best.best["n"]), "line"), _noise(best, second)
        chance = f"on {lines} differences up to {noise:.3f} may be chance (95 %, unpaired)"
    yield Insight(
        f"{best.name} leads, but not for certain: {second.name} may be as good.",
        f"{evidence}; {chance}.",
    )


def _is_sure(one: Row, other: Row, metric: str) -> bool:
    """Whether the difference is more than chance; of other metrics than acc that is not known."""
    return metric == "acc" and abs(one.best[metric] - other.best[metric]) > _noise(one, other)


def _noise(one: Row, other: Row) -> float:
    """Half the 95 % interval of the difference of two shares of n lines each."""
    shares = (one.best["acc"], other.best["acc"])
    return 1.96 * math.sqrt(sum(p * (1 - p) for p in shares) / one.best["n"])


def _sizes(results: Results) -> Iterator[Insight]:
    """Which size of networks did best in this budget."""
    sizes: dict[float, list[Row]] = {}
    for row in _judged(results):
        if row.facts.get("parameters"):
            sizes.setdefault(row.facts["parameters"], []).append(row)
    if len(sizes) < 2:
        return
    means = {size: _mean(rows, results) for size, rows in sorted(sizes.items())}
    best = min(means, key=lambda size: means[size] * _sign(results))
    ends = {min(means): "Smaller models win", max(means): "Larger models win"}
    winner = ends.get(best, f"{best / 1e6:.2f} M parameters do best")
    told = "; ".join(
        f"{size / 1e6:.2f} M parameters: mean {show(results.sweep.metric, mean)} of "
        + _trials(sizes[size])
        + (
            ""
            if any(row.facts.get("pretrained", True) for row in sizes[size])
            else ", random start"
        )
        for size, mean in means.items()
    )
    yield Insight(f"{winner} in this budget.", told + ".")


def _twins(results: Results) -> Iterator[Insight]:
    """Trials that differ in one dimension only: what it alone makes."""
    metric = results.sweep.metric
    for better, worse in itertools.combinations(_whole(results), 2):
        names = [name for name in better.values if better.values[name] != worse.values[name]]
        if len(names) != 1:
            continue
        name, scores = names[0], (better.best[metric], worse.best[metric])
        verb = "beats" if _is_sure(better, worse, metric) else "may beat"
        yield Insight(
            f"{name}: {better.values[name]} {verb} {worse.values[name]}, all else equal.",
            f"{better.name} {show(metric, scores[0])}, {worse.name} {show(metric, scores[1])}.",
        )


def _values(results: Results) -> Iterator[Insight]:
    """For each dimension with choices, the value with the best mean; of two trials at least."""
    for name, dimension in results.sweep.dimensions.items():
        groups: dict[Value, list[Row]] = {}
        for row in _judged(results):
            groups.setdefault(row.values[name], []).append(row)
        groups = {value: rows for value, rows in groups.items() if len(rows) > 1}
        if dimension.options is None or len(groups) < 2:
            continue
        means = {value: _mean(rows, results) for value, rows in groups.items()}
        ranked = sorted(means, key=lambda value: means[value] * _sign(results))
        told = "; ".join(
            f"{value}: mean {show(results.sweep.metric, means[value])} of {_trials(groups[value])}"
            for value in ranked
        )
        yield Insight(f"{name}: {ranked[0]} does best on average.", f"{told}.")


def _edges(results: Results) -> Iterator[Insight]:
    """Ranges whose end won."""
    best = results.best
    for name, dimension in results.sweep.dimensions.items():
        numbers = _numbers(dimension.options)
        low, high = (min(numbers), max(numbers)) if numbers else (dimension.low, dimension.high)
        if best is None or low is None or high is None or low == high:
            continue
        value = float(best.values[name])
        if value in (low, high):
            end, wider = ("lowest", "lower") if value == low else ("highest", "higher")
            yield Insight(
                f"{name}: the {end} value that was tried won; {wider} ones may be better still.",
                f"{best.name} has {value:g}, tried were {low:g} to {high:g}.",
            )


def _unfinished(results: Results) -> Iterator[Insight]:
    """Whether longer trials could turn the order."""
    best = results.best
    if best is None or len(best.evals) < 2:
        return
    metric = results.sweep.metric
    before, after = best.evals[-2], best.evals[-1]
    gain = (after[metric] - before[metric]) * -_sign(results)
    if gain >= SLOPE_MATTERS:
        yield Insight(
            f"{best.name} was still improving when its budget ended: longer trials may change "
            "the order.",
            f"{metric} {show(metric, before[metric])} at {before['percent']} % and "
            f"{show(metric, after[metric])} at {after['percent']} % of its steps.",
        )


def _speed(results: Results) -> Iterator[Insight]:
    """Who was ahead early, when somebody else won."""
    best, metric = results.best, results.sweep.metric
    firsts = [row for row in _judged(results) if row.evals]
    if best is None or len(firsts) < 2:
        return
    early = min(firsts, key=lambda row: row.evals[0][metric] * _sign(results))
    if early is not best:
        yield Insight(
            f"{early.name} learns fastest at first, {best.name} ends ahead.",
            f"at its first evaluation {show(metric, early.evals[0][metric])} against "
            f"{show(metric, best.evals[0][metric])}; at the end {show(metric, early.best[metric])} "
            f"against {show(metric, best.best[metric])}.",
        )


def _pruned(results: Results) -> Iterator[Insight]:
    rows = [row for row in results.rows if row.status == "pruned"]
    if not rows:
        return
    saved = 0.0
    for row in rows:
        trained = row.facts.get("seconds", 0.0)
        share = row.evals[-1]["percent"] / 100 if row.evals else 1.0
        saved += trained / share - trained if share else 0.0
    told = "; ".join(f"{row.name} at {row.evals[-1]['percent']} %" for row in rows if row.evals)
    yield Insight(f"Pruning ended {_trials(rows)} early and saved {duration(saved)}.", told + ".")


def _failed(results: Results) -> Iterator[Insight]:
    for row in results.rows:
        if row.status == "failed":
            first = row.reason.splitlines()[0] if row.reason else "no message"
            yield Insight(f"{row.name} failed.", first + ("" if first.endswith(".") else "."))


RULES: tuple[Callable[[Results], Iterator[Insight]], ...] = (
    _winner, _sizes, _twins, _values, _edges, _unfinished, _speed, _pruned, _failed,
)  # fmt: skip


def _whole(results: Results) -> list[Row]:
    return [row for row in results.rows if row.is_whole]


def _judged(results: Results) -> list[Row]:
    """Trials that reached their end, and those that were pruned: these were worse."""
    return [row for row in results.rows if row.status in ("complete", "pruned") and row.best]


def _mean(rows: Sequence[Row], results: Results) -> float:
    return fmean(row.best[results.sweep.metric] for row in rows)


def _sign(results: Results) -> int:
    """Times this, lower is better."""
    return -1 if results.sweep.direction == "maximize" else 1


def _trials(rows: Sequence[Row]) -> str:
    return counted(len(rows), "trial")


def _numbers(options: Sequence[Value] | None) -> list[float]:
    """The options when all are numbers."""
    numbers = [float(o) for o in options or [] if isinstance(o, int | float)]
    return numbers if len(numbers) == len(options or []) else []
