"""From the ``Loss`` section to a criterion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import paddle
from paddle import Tensor

from ppocr_ext.config.parts import part_problems
from ppocr_ext.config.schema.model import Loss
from ppocr_ext.config.schema.section import named_steps
from ppocr_ext.errors import UserError
from ppocr_ext.losses.attention import decoder_loss
from ppocr_ext.losses.ctc import ctc_loss
from ppocr_ext.losses.targets import Targets
from ppocr_ext.losses.terms import TERMS, Setting, Term
from ppocr_ext.text.charset import Charset

Outputs = Mapping[str, Tensor]
Weight = Callable[[int], float]
"""global step -> weight."""


def build_weight(written: float | Sequence[tuple[float, float]], total_steps: int) -> Weight:
    """A number, or points ``[[step, weight], …]``: linear between them, constant outside.

    ``[[1000, 0], [2000, 1]]`` is 0 for 1,000 steps, then rises to 1 at step 2,000. Where no step is
    above 1 they are shares of the run: ``[[0.5, 0], [0.6, 1]]`` begins halfway through
    ``total_steps``. The config's schema has checked what is written.
    """
    if isinstance(written, int | float):
        return lambda step: float(written)
    steps, weights = zip(*written, strict=True)
    scale = total_steps if max(steps) <= 1 else 1
    return lambda step: float(np.interp(step, np.multiply(steps, scale), weights))


class Weighted(NamedTuple):
    """A loss and its weight at each step."""

    term: Term
    weight: Weight


class Criterion:
    """Named losses of a batch, each the mean over its lines, and their weighted sum.

    >>> criterion(outputs, batch, step=0)
    {"CTCLoss": scalar, "NRTRLoss": scalar, "loss": scalar}
    """

    def __init__(self, terms: Mapping[str, Weighted]) -> None:
        self.terms = dict(terms)
        self.names = [*self.terms, "loss"]

    def __call__(self, outputs: Outputs, batch: Any, step: int = 0) -> dict[str, Tensor]:
        """Losses of a training batch at a global step; one of weight 0 is not computed, and 0."""
        outputs, targets = usable_lines(outputs, batch)
        values = {name: paddle.zeros([]) for name in self.names}
        for name, (term, weight) in self.terms.items():
            factor = weight(step)
            if factor and len(targets.lengths):
                values[name] = term.loss(outputs, targets).mean()
                values["loss"] = values["loss"] + factor * values[name]
        return values


def validation_loss(outputs: Outputs, batch: Any) -> Tensor:
    """Mean negative log-likelihood of the labels by the main head.

    The same for every ``Loss`` section, so that curves of different recipes compare; a decoder's
    is that of its own reading, which nobody told the label. Lines that cannot be learnt from are
    in evaluation's batches, and left out here.
    """
    outputs, targets = usable_lines(outputs, batch)
    if not len(targets.lengths):
        return paddle.zeros([])
    if "ctc" in outputs:
        return ctc_loss(outputs["ctc"], targets).mean()
    return decoder_loss(outputs["attention"], targets).mean()


def usable_lines(outputs: Outputs, batch: Any) -> tuple[Outputs, Targets]:
    """Both without the lines that have a problem."""
    targets = Targets(batch.labels, batch.lengths)
    rows = [row for row, problem in enumerate(batch.problems) if not problem]
    if len(rows) == len(batch.problems):
        return outputs, targets
    if not rows:
        return {}, targets.rows(rows)
    places = paddle.to_tensor(rows)
    kept = {name: paddle.gather(value, places) for name, value in outputs.items()}
    return kept, targets.rows(rows)


def build_criterion(
    loss: Loss, charset: Charset, total_steps: int, outputs: Iterable[str] = ("ctc",)
) -> Criterion:
    """Build a single loss (``name: CTCLoss``) or a ``MultiLoss`` with ``loss_config_list``.

    Each entry may hold a ``weight``: see :func:`build_weight`. PaddleOCR's ``weight_1``,
    ``weight_2`` … weigh the listed losses in their order.

    Args:
        total_steps: of the run, for weights that change with it.
        outputs: names of what the network gives while training.

    Raises:
        UserError: a loss, a key or an output that is not known.
    """
    if problems := part_problems({"Loss": loss.model_dump()}, {}):
        raise UserError("\n".join(["the loss cannot be used:", *problems]))
    setting = Setting(charset, total_steps, frozenset(outputs))
    args = loss.args
    if loss.name != "MultiLoss":
        return Criterion({loss.name: _weighted(loss.name, args, 1.0, setting)})
    listed = named_steps(loss.loss_config_list or [])
    return Criterion(
        {
            name: _weighted(name, own, args.get(f"weight_{number}", 1.0), setting)
            for number, (name, own) in enumerate(listed, start=1)
        }
    )


def _weighted(name: str, args: dict[str, Any], weight: Any, setting: Setting) -> Weighted:
    weight = build_weight(args.pop("weight", weight), setting.total_steps)
    term = TERMS[name](setting, **args)
    if missing := set(term.needs) - setting.outputs:
        raise UserError(
            f"Loss {name} needs {', '.join(sorted(missing))}, the network gives "
            + ", ".join(sorted(setting.outputs)),
            "a head for every loss",
            "add its head to Architecture.Head.head_list, or leave the loss out",
        )
    return Weighted(term, weight)
