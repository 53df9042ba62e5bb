"""The learning-rate range test: which rates learn, told by a few dozen steps.

The rate grows from step to step; the loss falls while the rate is large enough to learn and small
enough not to diverge (L. N. Smith, arXiv:1506.01186, section 3.3; arXiv:1708.07120).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np

from ppocr_ext.config import Config
from ppocr_ext.data.batch import Batch
from ppocr_ext.engine.session import Request, Session, open_session
from ppocr_ext.engine.state import TrainState
from ppocr_ext.engine.step import TrainStep
from ppocr_ext.errors import UserError
from ppocr_ext.files import replacing

FILE = "lr_finder.png"
LOWEST, HIGHEST = 1e-6, 1.0
DIVERGED = 4.0  # times the lowest mean of three losses, at which the test ends
FEWEST = 10  # steps of a test
WINDOW = 0.2  # of the steps that are averaged
MARGIN = 10.0  # between the rate of the lowest loss, beyond which it diverges, and a safe one


@dataclass(frozen=True)
class RangeTest:
    """rates: of each step, rising. losses: of each step, as measured, at least ten."""

    rates: Sequence[float]
    losses: Sequence[float]

    @property
    def smoothed(self) -> np.ndarray:
        """Averages over the steps on both sides; float64 [steps].

        Losses above their first level count as that: how far the test ran into divergence must
        not reach back.
        """
        losses = np.minimum(self.losses, np.max(self.losses[:FEWEST]))
        reach = max(round(WINDOW * len(losses) / 2), 1)
        weights = np.hanning(2 * reach + 3)[1:-1]
        totals = np.convolve(losses, weights, "same")
        return totals / np.convolve(np.ones(len(losses)), weights, "same")

    @property
    def lowest(self) -> int:
        """The step with the lowest smoothed loss."""
        return int(np.argmin(self.smoothed))

    @property
    def steepest(self) -> int:
        """The step before that at which the loss falls fastest over the rate's logarithm."""
        slopes = np.gradient(self.smoothed, np.log(self.rates))
        return int(np.argmin(slopes[: max(self.lowest, 1)]))

    def suggestion(self) -> float | None:
        """The largest safe rate: a tenth of that of the lowest loss.

        ``None`` when the loss fell by less than a tenth.
        """
        fell = self.smoothed[self.lowest] <= 0.9 * self.smoothed[0]
        return self.rates[self.lowest] / MARGIN if fell else None


def range_test(
    step: TrainStep, state: TrainState, groups: Iterable[list[Batch]], rates: Sequence[float]
) -> RangeTest:
    """Take one step at each of ``rates``; ends early when the loss diverges or is not finite.

    groups: the batches of each step. Weights and optimizer are spoilt afterwards.
    """
    losses: list[float] = []
    lowest = math.inf
    state = replace(state, lr_factor=1.0)
    step.schedule = lambda global_step: rates[len(losses)]
    for _, batches in zip(rates, groups, strict=False):
        result = step(batches, state)
        if not result.applied:
            break
        losses.append(result.losses["loss"])
        state.global_step += 1  # dropout differs from step to step
        recent = fmean(losses[-3:])
        lowest = min(lowest, recent)
        if len(losses) > FEWEST and recent > DIVERGED * lowest:
            break
    return RangeTest(rates[: len(losses)], losses)


def geometric(lowest: float, highest: float, steps: int) -> list[float]:
    """Rates with the same ratio from each to the next."""
    return [float(rate) for rate in np.geomspace(lowest, highest, steps)]


# ---- as a command


def find_lr(config: Config, request: Request, steps: int) -> str:
    """Test rates from where a training would begin or go on, draw the picture, say what to set.

    Writes ``lr_finder.png`` into the run folder and touches nothing else: what the test does to
    the weights ends with this process.
    """
    if steps < FEWEST:
        raise UserError(f"--find-lr {steps}", f"at least {FEWEST} steps")
    with open_session(config, request) as session:
        session.begin()
        groups = _groups(session, replace(session.state))
        test = range_test(session.step, session.state, groups, geometric(LOWEST, HIGHEST, steps))
    if not session.leads:
        return ""
    if len(test.losses) < FEWEST:
        raise UserError(
            f"the loss was not finite after {len(test.losses)} steps at rates near {LOWEST:g}",
            "finite losses at so small a rate",
            "check the data and the loss: python tools/check_data.py",
        )
    path = session.run / FILE
    _draw(path, test)
    rate = test.suggestion()
    if rate is None:
        raise UserError(
            f"no rate from {LOWEST:g} to {HIGHEST:g} brought the loss down in {steps} steps",
            "a loss that falls at some rate",
            f"look at {path.as_posix()}, then at the data and the loss; or take more steps",
        )
    lr = config.Optimizer.lr
    return (
        f"{len(test.losses)} steps: lowest loss at {test.rates[test.lowest]:.1e}, steepest fall at "
        f"{test.rates[test.steepest]:.1e}\n"
        f"suggested: -o Optimizer.lr.learning_rate={rate:.1e}"
        f"  (the config has {lr.max_lr or lr.learning_rate:.1e})\n"
        f"drawn in {path.as_posix()}; nothing else was changed"
    )


def _groups(session: Session, state: TrainState) -> Iterator[list[Batch]]:
    """Batches of one step each, epoch after epoch."""
    accumulation = session.config.Global.accumulation
    while True:
        batches = list[Batch]()
        for batch in session.readers.train.epoch(state.epoch, state.batch, state.global_step):
            batches.append(batch)
            if len(batches) == accumulation:
                yield batches
                batches = []
        state.next_epoch()


def _draw(path: Path, test: RangeTest) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot(test.rates, test.losses, color="tab:gray", linewidth=0.8, label="loss of each step")
    axes.plot(test.rates, test.smoothed, color="tab:blue", label="smoothed")
    rate = test.suggestion()
    if rate is not None:
        axes.axvline(rate, color="tab:green", label=f"suggested: {rate:.1e}")
        axes.axvline(
            test.rates[test.lowest],
            color="tab:red",
            linestyle=":",
            label=f"lowest loss: {test.rates[test.lowest]:.1e}",
        )
    axes.set(xscale="log", xlabel="learning rate", ylabel="training loss")
    axes.set_ylim(0, 1.5 * max(test.losses[:FEWEST], default=1.0))
    axes.legend(fontsize=8)
    axes.grid(alpha=0.3)
    with replacing(path, "wb") as stream:
        figure.savefig(stream, format="png", dpi=120)
