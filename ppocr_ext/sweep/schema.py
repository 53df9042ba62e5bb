"""What a sweep file may say: `configs/sweeps/*.yml`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ppocr_ext.config.schema.run import MetricName
from ppocr_ext.config.schema.section import Count, Float, Positive, PositiveFloat, Section
from ppocr_ext.ranking import lower_is_better

Value = bool | int | float | str
"""What a dimension may hold."""
_CHARACTERS = r"^[\w.-]+$"


class Dimension(Section):
    """One thing that differs from trial to trial: a key of the config, or named pieces of one."""

    key: list[str] = Field(default_factory=list)
    """Dotted key of the config that takes the value, or several."""
    choices: list[Value] | dict[str, dict[str, Any]] | None = None
    """Values of `key`; or, by name, pieces of a config, each perhaps on a `_base_`."""
    low: Float | None = None
    """Smallest value of `key`."""
    high: Float | None = None
    """Largest value of `key`."""
    log: bool = False
    """Whether values are drawn by their logarithm."""
    whole: bool = False
    """Whether values between `low` and `high` are whole numbers."""

    @field_validator("key", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_a_list_or_a_range(self) -> Dimension:
        if isinstance(self.choices, dict):
            fits = bool(self.choices) and not self.key and self.low is None and self.high is None
        elif self.choices is not None:
            fits = bool(self.choices and self.key) and self.low is None and self.high is None
        else:
            low, high = self.low, self.high
            fits = bool(self.key) and low is not None and high is not None and low < high
            fits = fits and not (self.log and (low or 0) <= 0)
        if not fits:
            raise PydanticCustomError(
                "dimension",
                "`key` with `choices` or with `low` below `high` (above 0 with `log`); "
                "or `choices` that name pieces of a config, without `key`",
            )
        return self

    @property
    def options(self) -> list[Value] | None:
        """The values, or the names of the pieces; ``None`` for a range."""
        return None if self.choices is None else list(self.choices)

    @property
    def example(self) -> Value:
        """One of its values."""
        if self.options:
            return self.options[0]
        low = self.low or 0
        return math.ceil(low) if self.whole else low

    def holds(self, value: Any) -> bool:
        """Whether ``value`` is one of this dimension's."""
        if self.options is not None:
            return value in self.options
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        inside = (self.low or 0) <= value <= (self.high or 0)
        return inside and (not self.whole or float(value).is_integer())


class Budget(Section):
    """When a trial ends, and when the study does."""

    steps: Positive | None = None
    """Steps of each trial."""
    lines: Positive | None = None
    """Lines of each trial instead, so that small batches get more steps."""
    minutes: PositiveFloat | None = None
    """Steps of each trial: as many as the first configuration takes in this time, measured once."""
    evaluations: Positive = 5
    """Evaluations of each trial, evenly spread, at each of which it may be pruned."""
    trials: Positive | None = None
    """Trials of the study; as many as are listed unless given."""
    hours: PositiveFloat | None = None
    """Training time of all trials together, on all machines."""

    @model_validator(mode="after")
    def _one_of_three(self) -> Budget:
        if (self.steps, self.lines, self.minutes).count(None) != 2:
            raise PydanticCustomError("budget", "one of `steps`, `lines` and `minutes`")
        return self


class Sampler(Section):
    """Which values come next, after those of `configurations`."""

    name: Literal["none", "grid", "random", "tpe"] = "none"
    """`none`: only `configurations`; `grid`: every combination of `choices`; `random`; `tpe`: the
    tree-structured Parzen estimator, which learns from the trials before (NeurIPS 2011)."""
    seed: Count = 0
    """Of `random` and `tpe`."""
    startup_trials: Positive = 10
    """Random trials before `tpe` begins to learn."""


class Pruner(Section):
    """Which trials end early. Progress is counted in percent of a trial's own steps."""

    name: Literal["none", "asha", "hyperband"] = "asha"
    """`asha`: asynchronous successive halving (arXiv:1810.05934); `hyperband`: several of them
    with different patience (arXiv:1603.06560)."""
    min_percent: Annotated[Positive, Field(le=100)] = 20
    """Progress before which no trial ends early."""
    reduction_factor: Annotated[Positive, Field(ge=2)] = 3
    """One of this many trials continues at each rung, and rungs are this factor apart."""


class Parallel(Section):
    """Trials at the same time on one machine."""

    trials: Positive = 1
    """Most trials at a time."""
    memory_gb: PositiveFloat | None = None
    """What a trial needs; unless given, the most that one has taken, so the first runs alone."""


class Sweep(Section):
    """A sweep file."""

    study: Annotated[str, Field(pattern=_CHARACTERS)]
    """Name in the storage."""
    base: str
    """Config that every trial starts from; its path starts at the sweep file."""
    config: dict[str, Any] = Field(default_factory=dict)
    """What every trial changes of it."""
    folder: str | None = None
    """Where trials and results go; `./output/<study>` unless given."""
    storage: str | None = None
    """Optuna storage URL, which several machines may share; a SQLite file unless given."""
    metric: MetricName = "acc"
    """Value of the evaluations that decides."""
    budget: Budget
    """When a trial ends, and when the study does."""
    sampler: Sampler = Sampler()
    """Which values come next."""
    pruner: Pruner = Pruner()
    """Which trials end early."""
    parallel: Parallel = Parallel()
    """Trials at the same time on one machine."""
    retries: Count = 2
    """How often a trial that was killed continues from its `latest` automatically."""
    dimensions: dict[Annotated[str, Field(pattern=_CHARACTERS)], Dimension]
    """What differs, by name."""
    configurations: dict[Annotated[str, Field(pattern=_CHARACTERS)], dict[str, Value]] = Field(
        default_factory=dict
    )
    """Trials by name: each dimension's value. They come first."""
    compare_on: list[str] = Field(default_factory=list)
    """Label files that every trial reads at the end, for a table of paired differences."""

    @property
    def direction(self) -> Literal["minimize", "maximize"]:
        return "minimize" if lower_is_better(self.metric) else "maximize"

    @property
    def path(self) -> Path:
        """The study's folder."""
        return Path(self.folder or f"output/{self.study}")
