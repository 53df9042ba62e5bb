"""The losses that a config can name, built from the keys of ``config/schema/losses.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import paddle
from paddle import Tensor

from ppocr_ext.config.schema.losses import DECODER_LOSSES
from ppocr_ext.losses.attention import decoder_loss
from ppocr_ext.losses.confidence import calibration_loss, entropy_loss
from ppocr_ext.losses.ctc import alignment, ctc_loss, focal
from ppocr_ext.losses.risk import risk_loss
from ppocr_ext.losses.structure import (
    PARTS,
    marginal_structure_loss,
    part_tables,
    structure_loss,
)
from ppocr_ext.losses.targets import Targets
from ppocr_ext.text.charset import Charset

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
