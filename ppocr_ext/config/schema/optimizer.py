"""`Optimizer`: the rule, its regularisation and clipping, the learning rate over the run."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ppocr_ext.config.schema.section import (
    BelowOne,
    Count,
    Fraction,
    Ignored,
    NonNegativeFloat,
    Pattern,
    Positive,
    PositiveFloat,
    Section,
)

_NEEDED = {
    "Piecewise": ("decay_epochs", "values"),
    "Step": ("step_size",),
    "MultiStep": ("milestones",),
    "MultiStepDecay": ("milestones",),
    "OneCycle": ("max_lr",),
    "CyclicalCosine": ("cycle",),
}


class LearningRate(Section):
    """The learning rate as a function of the step."""

    name: Literal[
        "Const",
        "Cosine",
        "Linear",
        "Piecewise",
        "OneCycle",
        "Step",
        "MultiStep",
        "MultiStepDecay",
        "CyclicalCosine",
        "LinearWarmupCosine",
        "DecayLearningRate",
    ] = "Const"
    """Shape of the curve."""
    learning_rate: PositiveFloat = 0.001
    """Rate after warm-up; what the curve starts from."""
    warmup_epoch: NonNegativeFloat = 0.0
    """Epochs over which the rate climbs to its start."""
    warmup_steps: Count | None = None
    """Steps of warm-up; takes precedence over `warmup_epoch`."""
    start_lr: NonNegativeFloat = 0.0
    """Rate at the first step of warm-up."""
    end_lr: NonNegativeFloat = 0.0
    """Rate at the end (Cosine, Linear, OneCycle, DecayLearningRate)."""
    min_lr: NonNegativeFloat = 0.0
    """Rate at the end of LinearWarmupCosine."""
    power: PositiveFloat = 1.0
    """Exponent of Linear's polynomial."""
    factor: PositiveFloat = 0.9
    """Exponent of DecayLearningRate's polynomial."""
    decay_epochs: list[NonNegativeFloat] | None = None
    """Epochs at which Piecewise goes to its next value."""
    values: list[NonNegativeFloat] | None = None
    """Rates of Piecewise, one more than `decay_epochs`."""
    step_size: Positive | None = None
    """Epochs between two decays of Step."""
    milestones: list[Count] | None = None
    """Epochs at which MultiStep decays."""
    gamma: PositiveFloat = 0.1
    """Factor of each decay of Step and MultiStep."""
    cycle: PositiveFloat | None = None
    """Epochs of one period of CyclicalCosine."""
    max_lr: PositiveFloat | None = None
    """Peak of OneCycle."""
    pct_start: Fraction = 0.3
    """Part of OneCycle in which the rate rises."""
    divide_factor: PositiveFloat = 25.0
    """OneCycle starts at `max_lr` divided by this."""
    anneal_strategy: Literal["cos", "linear"] = "cos"
    """How OneCycle falls."""
    three_phase: bool = False
    """Whether OneCycle comes down in two steps."""

    last_epoch: Ignored = None

    @model_validator(mode="after")
    def _has_what_its_shape_needs(self) -> LearningRate:
        missing = [key for key in _NEEDED.get(self.name, ()) if getattr(self, key) is None]
        if missing:
            raise PydanticCustomError(
                "needs",
                "{keys} beside `name: {name}`",
                {"keys": " and ".join(f"`{key}`" for key in missing), "name": self.name},
            )
        values, epochs = self.values, self.decay_epochs
        if self.name == "Piecewise" and values is not None and epochs is not None:
            if len(values) == len(epochs):  # PP-OCRv2's configs; the last value holds to the end
                self.decay_epochs = epochs = epochs[:-1]
            if len(values) != len(epochs) + 1:
                raise PydanticCustomError(
                    "piecewise", "one more entry in `values` than in `decay_epochs`"
                )
        return self


class Regularizer(Section):
    """A penalty on the weights, added to the gradient."""

    name: Literal["L1", "L2", "L1Decay", "L2Decay"] = "L2"
    """Which norm."""
    factor: NonNegativeFloat = 0.0
    """Its weight."""


class Group(Section):
    """Parameters that learn at their own rate."""

    pattern: Pattern
    """Regular expression that matches their names."""
    lr_mult: NonNegativeFloat
    """Their rate is the run's rate times this."""


class Optimizer(Section):
    """The update rule."""

    name: Literal["Adam", "AdamW", "Momentum", "SGD", "RMSProp", "Adadelta"] = "AdamW"
    """Which rule."""
    lr: LearningRate = LearningRate()
    """The learning rate."""
    beta1: BelowOne = 0.9
    """Adam: decay of the first moment."""
    beta2: BelowOne = 0.999
    """Adam: decay of the second moment."""
    epsilon: PositiveFloat = 1e-8
    """Added to a denominator."""
    momentum: Fraction = 0.9
    """Momentum and RMSProp: decay of the velocity."""
    rho: Fraction = 0.95
    """RMSProp and Adadelta: decay of the mean square."""
    weight_decay: NonNegativeFloat = 0.0
    """AdamW: decoupled decay; other rules: an L2 penalty."""
    no_weight_decay_name: str = ""
    """Space-separated parts of parameter names that do not decay."""
    one_dim_param_no_weight_decay: bool = False
    """Whether biases and norms do not decay."""
    regularizer: Regularizer | None = None
    """A penalty; takes precedence over `weight_decay`, as in PaddleOCR."""
    clip_norm: PositiveFloat | None = None
    """Largest norm of each parameter's gradient."""
    clip_norm_global: PositiveFloat | None = None
    """Largest norm of all gradients together."""
    groups: list[Group] = Field(default_factory=list)
    """Parameters with their own rate; the first pattern that matches decides."""

    lazy_mode: Ignored = None
    multi_precision: Ignored = None
    amsgrad: Ignored = None
