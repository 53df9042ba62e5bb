"""The course of a run in named phases, each with its steps and dates."""

from __future__ import annotations

from dataclasses import dataclass

from ppocr_ext.ranking import deciding, error_of
from ppocr_ext.records.history import History
from ppocr_ext.records.records import Point, value

LETTERS_FIRST = "characters first, words later"
RISE = "rise"
SLOW = "slow gain"
PLATEAU = "plateau"
DECLINE = "decline"
WARM_UP = "warm-up"
_NO_WORDS = 0.01  # acc below which hardly a line is right
_WINDOW = 3  # evaluations


@dataclass(frozen=True)
class Phase:
    """A stretch of the run; times are those of its first and last evaluation."""

    name: str
    first_step: int
    last_step: int
    began: float | None
    ended: float | None
    words: str  # what happened to the metrics


def find_phases(history: History) -> list[Phase]:
    """Warm-up of the rate, then neighbouring evaluations of one kind."""
    evals = history.evals.points()
    phases = []
    warm_up = _warm_up(history.train.points())
    if warm_up:
        phases.append(warm_up)
    start = 0
    kinds = _smooth(_kinds(evals, history.metric))
    for number in range(1, len(evals) + 1):
        if number == len(evals) or kinds[number] != kinds[start]:
            if len(evals) > 1:
                phases.append(_phase(kinds[start], evals[max(start - 1, 0) : number]))
            start = number
    return phases


def _warm_up(train: list[Point]) -> Phase | None:
    """From the first line to the first peak of the rate, when it starts well below it."""
    rates = [(point, rate) for point in train if (rate := value(point, "lr")) is not None]
    if len(rates) < 2 or rates[0][1] >= rates[1][1]:
        return None
    first = rates[0][0]
    peak, rate = rates[0]
    for point, higher in rates:
        if higher <= rate and point is not peak:
            break
        peak, rate = point, higher
    words = f"the learning rate rises to {rate:.2e}"
    return Phase(WARM_UP, first.step, peak.step, first.time, peak.time, words)


def _smooth(kinds: list[str]) -> list[str]:
    """A single evaluation between two others of other kinds belongs to the later one.

    So does the first one, which nothing can be compared with.
    """
    kinds[:1] = kinds[1:2] or kinds[:1]
    for number in range(1, len(kinds) - 1):
        if kinds[number] not in (kinds[number - 1], kinds[number + 1]):
            kinds[number] = kinds[number + 1]
    return kinds


def _kinds(evals: list[Point], metric: str) -> list[str]:
    """What each evaluation shows, by those before it, in the errors of the run's metric."""
    name = deciding((name for point in evals for name in point.values), metric)
    kinds: list[str] = []
    errors: list[float] = []
    lowest: list[float] = []  # the lowest error until then
    for point in evals:
        number = value(point, name)
        if number is None:
            kinds.append(kinds[-1] if kinds else PLATEAU)
            continue
        errors.append(error_of(name, number))
        lowest.append(min([errors[-1], *lowest[-1:]]))
        if name == "acc" and lowest[-1] > 1 - _NO_WORDS:
            kinds.append(LETTERS_FIRST)
        else:
            kinds.append(_course(errors, lowest))
    return kinds


def _course(errors: list[float], lowest: list[float]) -> str:
    """The kind of the last of ``errors``."""
    if len(errors) < 2:
        return RISE
    if errors[-1] > lowest[-2] * 1.3 + 0.05:
        return DECLINE
    earlier = lowest[-1 - _WINDOW] if len(errors) > _WINDOW else errors[0]
    lately = min(errors[-_WINDOW:])
    if lately < 0.9 * earlier:
        return RISE
    return SLOW if lately < earlier else PLATEAU


def _phase(kind: str, evals: list[Point]) -> Phase:
    first, last = evals[0], evals[-1]
    words = []
    for name in ("acc", "norm_edit_dis", "cer", "loss"):
        before, after = value(first, name), value(last, name)
        if before is not None and after is not None:
            words.append(f"{name} {before:.3f} → {after:.3f}")
    return Phase(kind, first.step, last.step, first.time, last.time, ", ".join(words))
