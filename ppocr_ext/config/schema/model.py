"""`Architecture`, `Loss`, `PostProcess` and `Metric`, in PaddleOCR's shape."""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ppocr_ext.config.schema.run import MetricName
from ppocr_ext.config.schema.section import (
    Count,
    Ignored,
    Named,
    Positive,
    Section,
    Steps,
    named_steps,
)


class Heads(Named):
    """A head; `MultiHead` lists several by name in `head_list`."""

    head_list: Steps | None = None
    """Heads of a `MultiHead`."""


class Architecture(Section):
    """The network."""

    model_type: Literal["rec"] = "rec"
    """Only recognition models are trained here."""
    algorithm: str = "SVTR_LCNet"
    """PaddleOCR's name of the family; a label."""
    form: Literal["fused", "train"] = "fused"
    """`fused`: the re-parameterised single-branch network, faster to train; `train`: PaddleOCR's
    multi-branch training network. Weights of either form load into both."""
    stock: bool = False
    """Builds PaddleOCR's own classes even where they are written anew here; those of a checkout
    when `PADDLEOCR_HOME` names one."""
    in_channels: Literal[1, 3] = 3
    """1 when PaddleOCR's network takes grey images."""
    image_shape: tuple[Count, Positive, Count] | None = None
    """`[channels, height, width]` that PaddleOCR's network takes, width 0 for any; `null` for
    what its configs give. Lines are scaled to the height, padded to the width or squeezed in."""
    Transform: Named | None = None
    """Rectification before the backbone."""
    Backbone: Named = Named(name="PPLCNetV4")
    """Image to features."""
    Neck: Named | None = None
    """Features to a sequence, when the head has no neck of its own."""
    Head: Heads
    """Sequence to classes."""

    return_all_feats: Ignored = None

    @model_validator(mode="before")
    @classmethod
    def _no_distillation(cls, data: Any) -> Any:
        if isinstance(data, dict) and "Models" in data:
            raise PydanticCustomError(
                "distillation", "one network; take the student out of this distillation config"
            )
        return data


class Loss(Named):
    """The loss; `MultiLoss` lists several by name in `loss_config_list`."""

    name: str = "CTCLoss"
    """`CTCLoss`, `MultiLoss` or another loss."""
    loss_config_list: Steps | None = None
    """Losses of a `MultiLoss`. Each may hold a `weight`: from 0 up, or points `[[step, weight], …]`
    (linear between them, constant outside; where no step is above 1 they are shares of the run).
    PaddleOCR's `weight_1`, `weight_2` … weigh the listed losses in their order."""

    @model_validator(mode="after")
    def _weights_are_weights(self) -> Loss:
        listed = named_steps(self.loss_config_list or [])
        if self.name == "MultiLoss" and not listed:
            raise PydanticCustomError("no_loss", "a loss in `loss_config_list`, which is empty")
        names = [name for name, _ in listed]
        if len(set(names)) < len(names):
            raise PydanticCustomError("twice", "each loss once in `loss_config_list`")
        for args in [*(args for _, args in listed), self.args]:
            for key, value in args.items():
                if key.startswith("weight") and not _is_weight(value):
                    raise PydanticCustomError(
                        "weight",
                        "{key}: at least 0, or points [[step, weight], …] with rising steps",
                        {"key": key},
                    )
        written = [
            args.get("weight", self.args.get(f"weight_{number}", 1))
            for number, (_, args) in enumerate(listed or [(self.name, self.args)], start=1)
        ]
        if not any(_ever_counts(weight) for weight in written):
            raise PydanticCustomError("weightless", "a weight that is not always 0")
        return self


def _is_weight(value: Any) -> bool:
    """A number that is not negative, which would raise the loss, or points whose steps rise."""
    if _is_number(value):
        return value >= 0
    if not isinstance(value, list) or not value:
        return False
    if not all(isinstance(p, list) and len(p) == 2 and all(map(_is_number, p)) for p in value):
        return False
    steps = [step for step, _ in value]
    return steps == sorted(set(steps)) and all(weight >= 0 for _, weight in value)


def _ever_counts(weight: Any) -> bool:
    return any(value for _, value in weight) if isinstance(weight, list) else weight != 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


class PostProcess(Section):
    """Class scores to text."""

    name: Annotated[str, Field(pattern="LabelDecode$")] = "CTCLabelDecode"
    """PaddleOCR's name of the decoding; the network's main head decides it here."""

    character_type: Ignored = None


class Metric(Section):
    """How an evaluation counts."""

    name: Literal["RecMetric"] = "RecMetric"
    """PaddleOCR's name of the recognition metric."""
    main_indicator: MetricName = "acc"
    """Value by which the best checkpoint is chosen."""
    ignore_space: bool = False
    """Whether spaces are left out (stock PaddleOCR does, and so counts `ViệtNam` as right)."""
    ignore_case: bool = False
    """Whether case is folded."""

    is_filter: Ignored = None
