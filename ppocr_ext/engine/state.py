"""Where a run is: everything besides tensors that a resume needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ppocr_ext.checkpoint.checkpoint import BEST


@dataclass
class TrainState:
    """Counters and bests of a run; plain JSON values only.

    global_step: optimizer steps taken. epoch: the current one, from 1. batch: batches of it
    already consumed. samples: lines seen. bests: metrics of ``best_accuracy`` and
    ``best_norm_edit_dis``, with their ``global_step`` and ``best_epoch``. seconds: training
    time over all sessions. first_step: global_step at which epoch 1 would have started with the
    present batches, 0 until they change. lr_factor: what roll-backs have multiplied the
    schedule with. hooks: what hooks remember, by name.
    """

    global_step: int = 0
    epoch: int = 1
    batch: int = 0
    samples: int = 0
    seconds: float = 0.0
    start_epoch: int = 1
    first_step: int = 0
    lr_factor: float = 1.0
    bests: dict[str, dict[str, Any]] = field(default_factory=dict)
    hooks: dict[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> dict[str, Any]:
        """Metrics of ``best_accuracy``; empty before the first evaluation."""
        return self.bests.get(BEST, {})

    def next_epoch(self) -> None:
        self.epoch, self.batch = self.epoch + 1, 0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainState:
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})
