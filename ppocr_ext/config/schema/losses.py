"""The losses that `Loss` can name, and the keys of each."""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Any

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from ppocr_ext.config.schema.section import (
    Int,
    NonNegativeFloat,
    Positive,
    PositiveFloat,
    Section,
)


def is_number(value: Any) -> bool:
    """Whether it is a finite number; ``true`` is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _weight(value: Any) -> Any:
    """A negative one would move the network away from the labels."""
    points = value if isinstance(value, list) else [[0, value]]
    if points and all(
        isinstance(p, list) and len(p) == 2 and all(map(is_number, p)) for p in points
    ):
        steps, weights = [step for step, _ in points], [weight for _, weight in points]
        if steps == sorted(set(steps)) and min(weights) >= 0:
            return value
    raise PydanticCustomError(
        "weight", "a number, 0 or more, or points `[[step, weight], …]` with rising steps"
    )


def _smoothing(value: Any) -> Any:
    if isinstance(value, bool) or (is_number(value) and 0 <= value < 1):
        return value
    raise PydanticCustomError("smoothing", "true, false, or a number from 0 to below 1")


Weight = Annotated[Any, PlainValidator(_weight)]


def ever_counts(weight: Any) -> bool:
    """Whether a weight is ever above 0; also of what is none."""
    points = weight if isinstance(weight, list) else [weight]
    return any(point[-1:] != [0] if isinstance(point, list) else point != 0 for point in points)


class Term(Section):
    """A loss."""

    weight: Weight = 1.0
    """A number, or points `[[step, weight], …]`: linear between them, constant outside; where no
    step is above 1 they are shares of the run."""


class CTCLoss(Term):
    """The likelihood of the label."""

    use_focal_loss: bool = False
    """PaddleOCR's switch: `FocalCTCLoss` at its defaults."""


class FocalCTCLoss(Term):
    """CTC that weighs lines read well little."""

    alpha: PositiveFloat = 0.25
    """Factor of all lines."""
    gamma: NonNegativeFloat = 2.0
    """How little."""


class DecoderLoss(Term):
    """Cross-entropy of an attention decoder."""

    smoothing: Annotated[Any, PlainValidator(_smoothing)] = False
    """Share of the probability that goes to other classes; `true` is PaddleOCR's 0.1."""
    ignore_index: Int = 0
    """PaddleOCR's; padding is never counted here."""


class RiskLoss(Term):
    """Expected edit distance over sampled readings."""

    samples: Positive = 4
    """Readings drawn of each line."""
    temperature: PositiveFloat = 1.0
    """Of the sampling; above 1 the readings differ more."""


# PaddleOCR's other names for the cross-entropy of a decoder.
DECODER_LOSSES = ("AttentionLoss", "SARLoss")
LOSSES: dict[str, type[Term]] = {
    "CTCLoss": CTCLoss,
    "FocalCTCLoss": FocalCTCLoss,
    "NRTRLoss": DecoderLoss,
    "StructureLoss": Term,
    "MarginalStructureLoss": Term,
    "EntropyLoss": Term,
    "CalibrationLoss": Term,
    "RiskLoss": RiskLoss,
    **dict.fromkeys(DECODER_LOSSES, DecoderLoss),
}
