"""`Architecture`, `Loss`, `PostProcess` and `Metric`, in PaddleOCR's shape."""

from __future__ import annotations

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
    """Builds PaddleOCR's own classes even where this workspace has its own; those of a checkout
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
