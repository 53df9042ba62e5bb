"""When the run will end, and when a metric will reach a target."""

from __future__ import annotations

import math
import random
import statistics
from dataclasses import dataclass
from itertools import pairwise

from ppocr_ext.errors import UserError
from ppocr_ext.ranking import RATES, error_of
from ppocr_ext.records.history import History
from ppocr_ext.records.records import Point, value

_LONGEST_BREAK = 20  # times the median step; more is a pause, not training
_LEAST_EVALS = 4
_DRAWS = 400


@dataclass(frozen=True)
class Target:
    """A value that a metric of the evaluations is to reach."""

    metric: str
    value: float

    @classmethod
    def parse(cls, text: str) -> Target:
        """``cer=0.01``; raises UserError for anything else."""
        name, _, number = text.partition("=")
        try:
            wanted = float(number)
        except ValueError:
            wanted = math.nan
        if name not in RATES or not 0 <= wanted <= 1:
            raise UserError(
                f"--target {text}",
                f"METRIC=NUMBER with one of {', '.join(RATES)} and a number from 0 to 1",
                "for example: --target cer=0.01",
            )
        return cls(name, wanted)


@dataclass(frozen=True)
class Estimate:
    """The step at which a target will be reached; ``None`` when it never will at this pace.

    ``why`` is the reason when there is no estimate.
    """

    target: Target
    step: float | None
    earliest: float | None = None  # of the middle 80 %
    latest: float | None = None  # of the middle 80 %; None: perhaps never
    reached: bool = False
    why: str = ""


def seconds_per_step(history: History) -> float | None:
    """Wall-clock time of a step, evaluations included, over the last tenth of the run."""
    timed = [point for point in history.train if point.time is not None]
    recent = timed[-max(len(timed) // 10, 20) :]
    paces = []
    for before, after in pairwise(recent):
        steps, seconds = after.step - before.step, (after.time or 0) - (before.time or 0)
        if steps > 0 and seconds >= 0:
            paces.append((seconds / steps, steps))
    if not paces:
        return None
    limit = _LONGEST_BREAK * statistics.median(pace for pace, _ in paces)
    kept = [(pace, steps) for pace, steps in paces if pace <= limit]
    total = sum(steps for _, steps in kept)
    return sum(pace * steps for pace, steps in kept) / total if total else None


def total_steps(history: History) -> int | None:
    """The last step of the plan; from what the log says, or from the speed of its epochs."""
    plan, last = history.plan, history.train.last
    if plan.steps:
        return plan.steps
    if plan.epochs and plan.steps_per_epoch:
        return plan.epochs * plan.steps_per_epoch
    if last is None:
        return None
    eta, batch = value(last, "eta_seconds"), value(last, "avg_batch_cost")
    if eta and batch:
        return round(last.step + eta / batch)
    return None


def seconds_left(history: History) -> float | None:
    """Until the end of the plan, evaluations included."""
    total, pace, last = total_steps(history), seconds_per_step(history), history.train.last
    if total is None or pace is None or last is None:
        return None
    return max(total - last.step, 0) * pace


def estimate(history: History, target: Target) -> Estimate:
    """Where the error, falling as a power of the step as it did lately, meets the target.

    The error's logarithm is fitted by a line over the logarithm of the step, on the later half of
    the evaluations; the spread comes from 400 draws of the line's slope and height.
    """
    points = _errors(history.evals.points(), target.metric)
    goal = error_of(target.metric, target.value)
    for step, error in points:
        if error <= goal:
            return Estimate(target, step, step, step, reached=True)
    later = points[-max(len(points) // 2, _LEAST_EVALS) :]
    later = [(step, error) for step, error in later if step > 0 and error > 0]
    if len(later) < _LEAST_EVALS or goal <= 0:
        needed = f"{_LEAST_EVALS} evaluations after step 0 are needed, found: {len(later)}"
        return Estimate(target, None, why=needed if goal > 0 else "a fall to 0 cannot be predicted")
    xs = [math.log(step) for step, _ in later]
    ys = [math.log(error) for _, error in later]
    slope, height, slope_error, height_error, middle = _fit(xs, ys)
    generator = random.Random(0)
    crossings = sorted(
        _crossing(
            generator.gauss(slope, slope_error),
            generator.gauss(height, height_error),
            middle,
            math.log(goal),
            xs[-1],
        )
        for _ in range(_DRAWS)
    )
    return Estimate(
        target,
        _step(_crossing(slope, height, middle, math.log(goal), xs[-1])),
        earliest=_step(crossings[_DRAWS // 10]),
        latest=_step(crossings[_DRAWS * 9 // 10]),
    )


def _errors(evals: list[Point], metric: str) -> list[tuple[int, float]]:
    return [
        (point.step, error_of(metric, number))
        for point in evals
        if (number := value(point, metric)) is not None
    ]


def _fit(xs: list[float], ys: list[float]) -> tuple[float, float, float, float, float]:
    """Least squares: slope, height at the middle, their standard errors, the middle."""
    middle, n = statistics.fmean(xs), len(xs)
    spread = sum((x - middle) ** 2 for x in xs) or 1e-12
    height = statistics.fmean(ys)
    slope = sum((x - middle) * (y - height) for x, y in zip(xs, ys, strict=True)) / spread
    rest = [y - height - slope * (x - middle) for x, y in zip(xs, ys, strict=True)]
    variance = sum(r * r for r in rest) / max(n - 2, 1)
    return slope, height, math.sqrt(variance / spread), math.sqrt(variance / n), middle


def _crossing(slope: float, height: float, middle: float, goal: float, now: float) -> float:
    """Logarithm of the step where the line meets ``goal``, not before ``now``; inf when never."""
    if slope >= -1e-9:
        return math.inf
    return max(middle + (goal - height) / slope, now)


def _step(logarithm: float) -> float | None:
    """Beyond a hundred million steps is never."""
    return math.exp(logarithm) if logarithm < math.log(1e8) else None
