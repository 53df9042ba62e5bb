"""The learning-rate range test: which rates learn, found in a few dozen steps.

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
from ppocr_ext.show.formats import counted

FILE = "lr_finder.png"
LOWEST, HIGHEST = 1e-6, 1.0
DIVERGED = 4.0  # times the lowest mean of three losses, at which the test ends
FEWEST = 10  # steps of a test
WINDOW = 0.2  # of the steps that are averaged
VALLEY = 0.25  # of the loss's fall: as much above its lowest value is near it
BASE = 3.0  # Smith's base rate is a third of the largest one that learns


@dataclass(frozen=True)
class RangeTest:
    """rates: of each step, rising. losses: of each step, for a character, at least ten."""

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
    def edge(self) -> int:
        """The last step whose loss is near the lowest: rates beyond it do harm."""
        smoothed = self.smoothed
        lowest = int(np.argmin(smoothed))
        fall = smoothed[: lowest + 1].max() - smoothed[lowest]
        return int(np.flatnonzero(smoothed <= smoothed[lowest] + VALLEY * fall)[-1])

    def suggestion(self) -> float | None:
        """A third of the largest rate that learns; ``None`` when the loss fell by less than a
        tenth."""
        fell = self.smoothed.min() <= 0.9 * self.smoothed[0]
        return self.rates[self.edge] / BASE if fell else None


def range_test(
    step: TrainStep, state: TrainState, groups: Iterable[list[Batch]], rates: Sequence[float]
) -> RangeTest:
    """Take one step at each of ``rates``; ends early when the loss diverges or is not finite.

    groups: the batches of each step. Weights and optimizer are unusable afterwards.
    Losses are divided by the mean length of the labels, for a batch holds lines of one width.
    """
    losses: list[float] = []  # the same in all processes, so that all end together
    lengths: list[float] = []
    lowest = math.inf
    state = replace(state, lr_factor=1.0)
    step.schedule = lambda global_step: rates[len(losses)]
    for _, batches in zip(rates, groups, strict=False):
        result = step(batches, state)
        if not result.applied:
            break
        losses.append(result.losses["loss"])
        characters = sum(int(batch.lengths.sum()) for batch in batches)
        lengths.append(max(characters, 1) / max(sum(map(len, batches)), 1))
        state.global_step += 1  # dropout differs from step to step
        recent = fmean(losses[-3:])
        lowest = min(lowest, recent)
        if len(losses) > FEWEST and recent > DIVERGED * lowest:
            break
    per_character = [loss / length for loss, length in zip(losses, lengths, strict=True)]
    return RangeTest(rates[: len(losses)], per_character)


def geometric(lowest: float, highest: float, steps: int) -> list[float]:
    """Rates with the same ratio from each to the next."""
    return [float(rate) for rate in np.geomspace(lowest, highest, steps)]


# ---- as a command


def find_lr(config: Config, request: Request, steps: int) -> str:
    """Test rates from where a training would start or continue, draw the plot, say what to set.

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
    taken = counted(len(test.losses), "step")
    if len(test.losses) < FEWEST:
        raise UserError(
            f"the loss was not finite after {taken} at rates near {LOWEST:g}",
            "finite losses at such a small rate",
            f"check the loss, and the data: {config.command('check_data.py')}",
        )
    path = session.run / FILE
    _draw(path, test)
    rate = test.suggestion()
    if rate is None:
        raise UserError(
            f"no rate from {LOWEST:g} to {HIGHEST:g} lowered the loss in {counted(steps, 'step')}",
            "a loss that falls at some rate",
            f"look at {path.as_posix()}, then at the data and the loss; or take more steps",
        )
    lr = config.Optimizer.lr
    return (
        f"{taken}; the loss falls up to a rate of {test.rates[test.edge]:.1e}\n"
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
        edge = test.rates[test.edge]
        axes.axvline(edge, color="tab:red", linestyle=":", label=f"falls up to: {edge:.1e}")
    axes.set(xscale="log", xlabel="learning rate", ylabel="training loss of a character")
    axes.set_ylim(0, 1.5 * max(test.losses[:FEWEST], default=1.0))
    axes.legend(fontsize=8)
    axes.grid(alpha=0.3)
    with replacing(path, "wb") as stream:
        figure.savefig(stream, format="png", dpi=120)
