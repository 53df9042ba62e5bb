"""From the ``Loss`` section to a criterion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import paddle
from paddle import Tensor

from ppocr_ext.config.schema.model import Loss
from ppocr_ext.config.schema.section import named_steps
from ppocr_ext.errors import UserError
from ppocr_ext.losses.ctc import ctc_loss

Term = Callable[[Mapping[str, Tensor], Any], Tensor]
"""(outputs of the network, batch) -> scalar, the mean over the batch's usable lines."""


class Criterion:
    """Named losses of a batch and their weighted sum.

    >>> criterion(outputs, batch)
    {"CTCLoss": scalar, "loss": scalar}
    """

    def __init__(self, terms: Mapping[str, tuple[Term, float]]) -> None:
        self.terms = dict(terms)
        self.names = [*self.terms, "loss"]

    def __call__(self, outputs: Mapping[str, Tensor], batch: Any) -> dict[str, Tensor]:
        values = {name: term(outputs, batch) for name, (term, _) in self.terms.items()}
        total = sum(values[name] * weight for name, (_, weight) in self.terms.items())
        return {**values, "loss": total}


def build_criterion(loss: Loss) -> Criterion:
    """Build a single loss (``name: CTCLoss``) or a ``MultiLoss`` with ``loss_config_list``.

    As in PaddleOCR, ``weight_1``, ``weight_2`` … weigh the listed losses in their order.
    """
    if loss.name != "MultiLoss":
        return Criterion({loss.name: (_term(loss.name), 1.0)})
    extra = loss.model_extra or {}
    listed = [name for name, _ in named_steps(loss.loss_config_list or [])]
    weights = {name: float(extra.get(f"weight_{i}", 1.0)) for i, name in enumerate(listed, 1)}
    return Criterion({name: (_term(name), weight) for name, weight in weights.items()})


def _ctc(outputs: Mapping[str, Tensor], batch: Any) -> Tensor:
    """Mean over the lines that can be learnt from; evaluation keeps others in its batches."""
    usable = [row for row, problem in enumerate(batch.problems) if not problem]
    if not usable:
        return paddle.zeros([])
    logits, labels, lengths = outputs["ctc"], batch.labels, batch.lengths
    if len(usable) < len(batch.problems):
        logits = paddle.gather(logits, paddle.to_tensor(usable))
        labels, lengths = labels[usable], lengths[usable]
    lengths = paddle.to_tensor(lengths.astype("int64"))
    return ctc_loss(logits, paddle.to_tensor(labels), lengths).mean()


TERMS: dict[str, Term] = {"CTCLoss": _ctc}


def _term(name: str) -> Term:
    if name not in TERMS:
        raise UserError(
            f"Loss: {name!r} is not known",
            "one of " + ", ".join(TERMS),
            "leave it out; heads that only guide training are left out too",
        )
    return TERMS[name]
