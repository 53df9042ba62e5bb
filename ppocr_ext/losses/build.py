"""The losses that a config can name, and from its ``Loss`` section to a criterion.

Their keys are those of ``config/schema/losses.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import Tensor

from ppocr_ext.config.parts import part_problems
from ppocr_ext.config.schema.losses import DECODER_LOSSES
from ppocr_ext.config.schema.model import Loss
from ppocr_ext.config.schema.section import named_steps
from ppocr_ext.errors import UserError
from ppocr_ext.losses.confidence import calibration_loss, entropy_loss
from ppocr_ext.losses.ctc import Targets, alignment, ctc_loss, focal, full_precision
from ppocr_ext.losses.risk import risk_loss
from ppocr_ext.losses.structure import (
    PARTS,
    marginal_structure_loss,
    part_tables,
    structure_loss,
)
from ppocr_ext.text.charset import Charset


def decoder_loss(logits: Tensor, targets: Targets, smoothing: float = 0.0) -> Tensor:
    """Mean over the characters of each line, its end included.

    L = −Σ_s Σ_k q(k) ln p_s(k) / (length + 1), with q = 1 − ε for the true class and
    ε / (classes − 1) for each other one. A decoder shorter than a label learns its beginning.

    Args:
        logits: [B, S, classes], before softmax; class 0 is the end of the line.
        smoothing: ε.

    Returns:
        [B].

    Source: Szegedy et al., Rethinking the Inception Architecture, CVPR 2016; with ε = 0.1 for
    text lines: NRTR, https://arxiv.org/abs/1806.00926.
    """
    batch, steps, classes = logits.shape
    truth = np.zeros((batch, steps), dtype="int64")
    known = min(steps, targets.labels.shape[1])
    truth[:, :known] = np.where(targets.inside, targets.labels, 0)[:, :known]
    counts = np.arange(steps) <= targets.lengths[:, None]  # the end counts, what follows does not
    log_p = F.log_softmax(full_precision(logits), axis=-1)
    at_truth = paddle.take_along_axis(log_p, paddle.to_tensor(truth[:, :, None]), 2).squeeze(2)
    other = smoothing / (classes - 1)
    loss = -(1.0 - smoothing - other) * at_truth - other * log_p.sum(axis=-1)
    shares = counts / counts.sum(axis=1, keepdims=True)
    return (loss * paddle.to_tensor(shares).astype(loss.dtype)).sum(axis=1)


Outputs = Mapping[str, Tensor]


class Term(NamedTuple):
    """needs: outputs of the network; loss: (outputs, labels of the same B lines) -> [B]."""

    needs: tuple[str, ...]
    loss: Callable[[Outputs, Targets], Tensor]


class Setting(NamedTuple):
    """What a loss is built for: the classes, the length of the run, and the names of the network's
    training outputs."""

    charset: Charset
    total_steps: int
    outputs: frozenset[str]


def _on_ctc(loss: Callable[[Tensor, Targets], Tensor]) -> Term:
    """A loss of the CTC head alone."""
    return Term(("ctc",), lambda outputs, targets: loss(outputs["ctc"], targets))


def _ctc(setting: Setting, use_focal_loss: bool = False) -> Term:
    return _focal(setting) if use_focal_loss else _on_ctc(ctc_loss)


def _focal(setting: Setting, alpha: float = 0.25, gamma: float = 2.0) -> Term:
    return _on_ctc(lambda logits, targets: focal(ctc_loss(logits, targets), alpha, gamma))


def _decoder(setting: Setting, smoothing: bool | float = 0.0, ignore_index: int = 0) -> Term:
    """Of the decoder that guides, else of the main one; ``true`` is PaddleOCR's 0.1.
    ``ignore_index`` is PaddleOCR's: padding is never counted here."""
    epsilon = 0.1 if smoothing is True else float(smoothing)
    source = "gtc" if "gtc" in setting.outputs else "attention"

    return Term((source,), lambda outputs, targets: decoder_loss(outputs[source], targets, epsilon))


def _structure(setting: Setting) -> Term:
    tables = _part_tensors(setting.charset)

    def loss(outputs: Outputs, targets: Targets) -> Tensor:
        return structure_loss(outputs, alignment(outputs["ctc"], targets), tables)

    return Term(("ctc", *PARTS), loss)


def _marginal_structure(setting: Setting) -> Term:
    tables = _part_tensors(setting.charset)

    def loss(logits: Tensor, targets: Targets) -> Tensor:
        return marginal_structure_loss(logits, alignment(logits, targets), tables)

    return _on_ctc(loss)


def _entropy(setting: Setting) -> Term:
    return _on_ctc(lambda logits, targets: entropy_loss(logits))


def _calibration(setting: Setting) -> Term:
    return _on_ctc(calibration_loss)


def _risk(setting: Setting, samples: int = 4, temperature: float = 1.0) -> Term:
    return _on_ctc(partial(risk_loss, samples=samples, temperature=temperature))


def _part_tensors(charset: Charset) -> dict[str, Tensor]:
    return {part: paddle.to_tensor(table) for part, table in part_tables(charset).items()}


TERMS: dict[str, Callable[..., Term]] = {
    "CTCLoss": _ctc,
    "FocalCTCLoss": _focal,
    "NRTRLoss": partial(_decoder, smoothing=True),
    "StructureLoss": _structure,
    "MarginalStructureLoss": _marginal_structure,
    "EntropyLoss": _entropy,
    "CalibrationLoss": _calibration,
    "RiskLoss": _risk,
    **dict.fromkeys(DECODER_LOSSES, _decoder),
}


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
    is that of its own reading, without the label. Lines that cannot be learnt from are
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
