"""The learning rate as a pure function of global_step.

Nothing is carried over from earlier steps, so a resumed run follows what its YAML says from the
next step on, whatever the old YAML said.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence

from ppocr_ext.config.schema.optimizer import LearningRate
from ppocr_ext.config.schema.run import Global

Schedule = Callable[[int], float]
"""global_step (0-based, of the step about to be taken) -> learning rate."""


def total_steps(settings: Global, steps_per_epoch: int, first_step: int = 0) -> int:
    """global_step at which a run is complete. first_step: as for :func:`build_schedule`."""
    whole = first_step + settings.epoch_num * steps_per_epoch
    return min(settings.max_steps or whole, whole)


def build_schedule(
    lr: LearningRate, steps_per_epoch: int, total_steps: int, first_step: int = 0
) -> Schedule:
    """Build the schedule of an ``Optimizer.lr`` section.

    Linear warm-up over ``warmup_steps`` (or ``warmup_epoch`` epochs), then the named decay
    over the steps that remain; past ``total_steps`` the last rate holds.

    Args:
        first_step: where epoch 1 would have started had every epoch had ``steps_per_epoch``
            steps: not 0 after a change of the batches, so that the curve keeps its place.
    """
    in_steps = lr.warmup_steps is not None
    in_epochs = int(lr.warmup_epoch * steps_per_epoch)
    warmup = in_epochs if lr.warmup_steps is None else lr.warmup_steps
    begin = max(warmup - max(first_step, 0), 0) if in_steps else warmup  # of the decay
    decay = DECAYS[lr.name](lr, steps_per_epoch, max(total_steps - first_step - begin, 1))
    top = decay(0)
    last = max(total_steps - first_step - 1, begin)

    def schedule(global_step: int) -> float:
        place = global_step - first_step
        warm = global_step if in_steps else place
        if warm < warmup:
            return lr.start_lr + (top - lr.start_lr) * (warm + 1) / warmup
        return decay(max(min(place, last) - begin, 0))

    return schedule


def _const(lr: LearningRate, per_epoch: int, total: int) -> Schedule:
    return lambda step: lr.learning_rate


def _cosine(lr: LearningRate, per_epoch: int, total: int) -> Schedule:
    """Half a cosine to ``end_lr`` (SGDR without restarts, arXiv:1608.03983)."""
    end = lr.min_lr if lr.name == "LinearWarmupCosine" else lr.end_lr
    return lambda step: _cosine_between(lr.learning_rate, end, step / total)


def _cyclical_cosine(lr: LearningRate, per_epoch: int, total: int) -> Schedule:
    """A half cosine to ``end_lr`` in every ``cycle`` epochs, then back to the top."""
    period = max(float(lr.cycle or 1) * per_epoch, 1.0)
    return lambda step: _cosine_between(lr.learning_rate, lr.end_lr, step % period / period)


def _polynomial(lr: LearningRate, per_epoch: int, total: int) -> Schedule:
    """``(1 - progress) ** power`` from the rate to ``end_lr``."""
    power = lr.factor if lr.name == "DecayLearningRate" else lr.power
    base, end = lr.learning_rate, lr.end_lr
    return lambda step: end + (base - end) * max(1 - step / total, 0.0) ** power


def _piecewise(lr: LearningRate, per_epoch: int, total: int) -> Schedule:
    """``values[i]`` from epoch ``decay_epochs[i - 1]`` on; epochs count after the warm-up."""
    bounds, values = _in_steps(lr.decay_epochs, per_epoch), lr.values or []
    return lambda step: values[bisect_right(bounds, step)]


def _step(lr: LearningRate, per_epoch: int, total: int) -> Schedule:
    """Times ``gamma`` every ``step_size`` epochs."""
    size = (lr.step_size or 1) * per_epoch
    return lambda step: lr.learning_rate * lr.gamma ** (step // size)


def _multi_step(lr: LearningRate, per_epoch: int, total: int) -> Schedule:
    """Times ``gamma`` at each epoch of ``milestones``."""
    bounds = _in_steps(lr.milestones, per_epoch)
    return lambda step: lr.learning_rate * lr.gamma ** bisect_right(bounds, step)


def _one_cycle(lr: LearningRate, per_epoch: int, total: int) -> Schedule:
    """Up to ``max_lr``, then down (super-convergence, arXiv:1708.07120).

    In three phases it comes down to its first rate as fast as it rose, then to ``end_lr``.
    """
    peak = lr.max_lr or lr.learning_rate
    first = peak / lr.divide_factor
    turn = max(int(total * lr.pct_start), 1)
    stops = [(0, first), (turn, peak), (total, lr.end_lr)]
    if lr.three_phase:
        stops.insert(2, (min(2 * turn, total - 1), first))
    between = _cosine_between if lr.anneal_strategy == "cos" else _linear_between

    def rate(step: int) -> float:
        i = min(bisect_right([start for start, _ in stops], step) - 1, len(stops) - 2)
        (start, high), (end, low) = stops[i], stops[i + 1]
        return between(high, low, (step - start) / max(end - start, 1))

    return rate


def _in_steps(epochs: Sequence[float] | None, per_epoch: int) -> list[float]:
    return [epoch * per_epoch for epoch in epochs or []]


def _cosine_between(start: float, end: float, progress: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))


def _linear_between(start: float, end: float, progress: float) -> float:
    return start + (end - start) * min(progress, 1.0)


DECAYS: dict[str, Callable[[LearningRate, int, int], Schedule]] = {
    "Const": _const,
    "Cosine": _cosine,
    "LinearWarmupCosine": _cosine,
    "CyclicalCosine": _cyclical_cosine,
    "Linear": _polynomial,
    "DecayLearningRate": _polynomial,
    "Piecewise": _piecewise,
    "Step": _step,
    "MultiStep": _multi_step,
    "MultiStepDecay": _multi_step,
    "OneCycle": _one_cycle,
}
