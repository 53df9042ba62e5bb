"""What a report is made of: points, events, and an account of the reading."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

# Values of a point, by their name in metrics.jsonl:
#   lr; loss, CTCLoss, NRTRLoss, SARLoss … (per line); train_loss (of an evaluation line)
#   acc, norm_edit_dis, cer, wer, unaccented_acc: 0 … 1, cer and wer may exceed 1
#   avg_reader_cost, avg_batch_cost: seconds; ips, fps: lines per second; avg_samples: lines
#   eta_seconds; seconds: of an evaluation; host_mem_mb, gpu_mem_mb; gpu_temp: °C


@dataclass(slots=True)
class Point:
    """Numbers at one step: of training (an average of ``count`` lines) or of one evaluation."""

    step: int
    epoch: float | None
    time: float | None  # seconds since 1970
    values: dict[str, float]
    count: int = 1
    is_best: bool = False  # our trainer saved it as best_accuracy


@dataclass(slots=True)
class Event:
    """Something that happened: a start, a swap, a save, a warning."""

    name: str
    text: str
    step: int
    time: float | None = None
    epoch: float | None = None


@dataclass(slots=True)
class Overlap:
    """Steps that were trained twice: a resume began before the end of what was logged."""

    first: int
    last: int
    lines: int


@dataclass(slots=True)
class Plan:
    """What the log says is to come; ``None`` where it does not say."""

    epochs: int | None = None
    steps: int | None = None
    steps_per_epoch: int | None = None
    eval_start: int = 0
    eval_every: int | None = None


@dataclass
class Account:
    """How the reading of the logs went, line by line."""

    kinds: Counter[str] = field(default_factory=Counter)  # train, eval, event, bar, text, …
    encodings: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)  # of kinds that were not used

    def add(self, kind: str, line: str = "") -> None:
        """Count a line; keep the first three examples where a ``line`` is given."""
        self.kinds[kind] += 1
        if line and len(kept := self.examples.setdefault(kind, [])) < 3:
            kept.append(line[:160])

    @property
    def lines(self) -> int:
        return sum(self.kinds.values())


def value(point: Point | None, name: str) -> float | None:
    """The named value when the point has it and it is finite."""
    number = point.values.get(name) if point else None
    return number if number is not None and abs(number) < float("inf") else None


def as_rows(points: list[Point]) -> list[list[Any]]:
    """Points as JSON rows; the opposite of :func:`from_rows`."""
    return [[p.step, p.epoch, p.time, p.values, p.count, p.is_best] for p in points]


def from_rows(rows: list[list[Any]]) -> list[Point]:
    return [Point(*row) for row in rows]
