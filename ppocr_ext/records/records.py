"""What a training writes and a report reads: numbers, events, and an account of the reading."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple

# Values of a point, by their name in metrics.jsonl:
#   lr; loss, CTCLoss, NRTRLoss, SARLoss … (per line); train_loss (of an evaluation line)
#   acc, norm_edit_dis, cer, wer, unaccented_acc: 0 … 1, cer and wer may exceed 1
#   avg_reader_cost, avg_batch_cost: seconds; ips, fps: lines per second; avg_samples: lines
#   eta_seconds; seconds: of an evaluation; gpu_temp: °C
#   host_mem_mb: of the training process; gpu_mem_mb: in use on the card, by all programs;
#   max_mem_reserved_mb, max_mem_allocated_mb: the most that Paddle took of the card until then
MEASURED = frozenset(
    (
        *("avg_reader_cost", "avg_batch_cost", "avg_samples", "ips", "fps", "eta_seconds"),
        *("seconds", "host_mem_mb", "host_free_mb", "gpu_mem_mb", "gpu_temp", "gpu_util"),
        *("gpu_power", "max_mem_reserved_mb", "max_mem_allocated_mb"),
    )
)  # of the machine, not of what is learnt

# Heads that only guide a CTC head while it learns.
_GUIDE = re.compile(r"head\.(?:before_gtc|gtc_head|sar_head|nrtr_head|structure_head)\b")
_PART = re.compile(r"(?:^|\.)(backbone|neck|head)\.")


@dataclass(slots=True)
class Point:
    """Numbers at one step: of training (an average of ``count`` lines) or of one evaluation."""

    step: int
    epoch: float | None
    time: float | None  # seconds since 1970
    values: dict[str, float]
    count: int = 1
    is_best: bool = False  # our trainer saved it as best_accuracy


StopReason = Literal["finished", "signal", "early_stop", "error"]
EventName = Literal[
    # of a session's start; fields in brackets
    "start",  # paddle, device, processes, total_steps, steps_per_epoch, eval_start, eval_every
    "opening",  # any other line
    "resume",  # checkpoint
    "swap",  # keys of the config that differ from the checkpoint's
    "pretrain",  # weights
    "transplant",
    "not_loaded",  # tensors: [name, shape in the model, shape in the file], each
    # while it runs
    "save",  # checkpoint: latest, iter_epoch_3 …
    "best",  # checkpoint: best_accuracy …
    "stop",  # reason: see StopReason; signal
    "live",  # keys
    "live_refused",
    "skip_step",  # loss, grad_norm
    "rollback",  # lr_factor
    "impossible_loss",  # loss
    "loss_scale",  # scale
    "skip_line",
    "skipped_lines",
    "throttled",  # reasons
    "awake",
    "profile",
    "warning",
    # in text logs only
    "iters",  # steps_per_epoch
    "evals",  # eval_start, eval_every
    "error",
    "critical",
    "crash",
    "out_of_memory",
]
_PLACE = frozenset({"kind", "name", "text", "level", "time", "global_step", "epoch"})


@dataclass(slots=True)
class Event:
    """Something that happened: its facts in ``fields``, and the same as text for people."""

    name: EventName
    text: str
    step: int
    time: float | None = None
    epoch: float | None = None
    fields: dict[str, Any] = field(default_factory=dict)

    def to_record(self, level: str = "INFO") -> dict[str, Any]:
        """As it is written; the opposite of :meth:`from_record`. The time is stamped later."""
        place = {"global_step": self.step, "epoch": self.epoch}
        record = {"kind": "event", "name": self.name, "text": self.text, **place, **self.fields}
        return record if level == "INFO" else {**record, "level": level}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Event:
        """Of a record whose kind is ``event``."""
        name, text = str(record.get("name", "")), str(record.get("text", ""))
        fields = {key: value for key, value in record.items() if key not in _PLACE}
        place = record.get("global_step", 0), record.get("time"), record.get("epoch")
        return cls(name, text, *place, fields)  # type: ignore[arg-type]


class Note(str):
    """A line about a session's start, which becomes the event ``name`` with ``fields``."""

    name: EventName
    fields: dict[str, Any]

    def __new__(cls, text: str, name: EventName = "opening", **fields: Any) -> Note:
        note = super().__new__(cls, text)
        note.name, note.fields = name, fields
        return note

    @classmethod
    def of(cls, text: str) -> Note:
        """``text``, with its fields when it has some."""
        return text if isinstance(text, Note) else Note(text)


@dataclass(slots=True)
class Overlap:
    """Steps that were trained twice: a resume began before the end of what was logged."""

    first: int
    last: int
    lines: int


class Lost(NamedTuple):
    """A tensor of the model that starts at random, or one of the file that the model lacks.

    model, file: its shape there, empty where the log does not say. step: of the loading.
    """

    name: str
    model: str
    file: str
    unused: bool
    step: int

    @property
    def part(self) -> str:
        """``backbone``, ``neck`` or ``head``; empty of a tensor with another name."""
        found = _PART.search(self.name)
        return found.group(1) if found else ""

    @property
    def only_guides(self) -> bool:
        """Whether it belongs to a head that is not used for reading."""
        return bool(_GUIDE.search(self.name))

    @property
    def classes(self) -> tuple[int, int] | None:
        """Of a head: outputs in the model and in the file, when they are all that differs."""
        ours, theirs = ([int(n) for n in re.findall(r"\d+", s)] for s in (self.model, self.file))
        differing = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
        alike = len(ours) == len(theirs) and len(differing) == 1
        return differing[0] if alike and self.part == "head" else None


@dataclass(slots=True)
class Plan:
    """What the log says is to come; ``None`` where it does not say."""

    epochs: int | None = None
    steps: int | None = None
    steps_per_epoch: int | None = None
    eval_start: int = 0
    eval_every: int | None = None

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Plan:
        """What the fields of an event say."""
        named = {**fields, "steps": fields.get("total_steps")}
        names = ("steps", "steps_per_epoch", "eval_start", "eval_every")
        return cls(**{name: named[name] for name in names if type(named.get(name)) is int})

    def learn(self, later: Plan) -> None:
        """Take what a later session said of the steps to come."""
        for name, number in asdict(later).items():
            if number is not None and (name != "eval_start" or later.eval_every is not None):
                setattr(self, name, number)


@dataclass
class Opening:
    """What a session says before its first numbers, when it is not known yet whose they are."""

    start: Event
    plan: Plan = field(default_factory=Plan)
    lost: dict[str, Lost] = field(default_factory=dict)

    def to_dict(self, events: list[Event]) -> dict[str, Any]:
        """As JSON values; ``events`` are those of the history."""
        return {
            "start": index_of(self.start, events),
            "time": self.start.time,
            "plan": asdict(self.plan),
            "lost": [list(one) for one in self.lost.values()],
        }

    @classmethod
    def from_dict(cls, saved: dict[str, Any], events: list[Event]) -> Opening:
        place, lost = saved["start"], (Lost(*row) for row in saved["lost"])
        start = events[place] if place < len(events) else Event("start", "", 0, saved["time"])
        return cls(start, Plan(**saved["plan"]), {one.name: one for one in lost})


@dataclass(slots=True)
class EarlierRun:
    """A run that the log holds before the one that is reported; both began at a start of theirs."""

    began: float | None
    ended: float | None
    last_step: int
    best: Point | None

    def to_row(self) -> list[Any]:
        """As JSON values; the opposite of :meth:`from_row`."""
        best = as_rows([self.best] if self.best else [])
        return [self.began, self.ended, self.last_step, best]

    @classmethod
    def from_row(cls, row: list[Any]) -> EarlierRun:
        began, ended, last_step, best = row
        return cls(began, ended, last_step, next(iter(from_rows(best)), None))


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


def index_of(event: Event | None, events: list[Event]) -> int:
    """Where this very event is; behind the last one when it is not there."""
    return next((i for i, one in enumerate(events) if one is event), len(events))


def as_rows(points: list[Point]) -> list[list[Any]]:
    """Points as JSON rows; the opposite of :func:`from_rows`."""
    return [[p.step, p.epoch, p.time, p.values, p.count, p.is_best] for p in points]


def from_rows(rows: list[list[Any]]) -> list[Point]:
    return [Point(*row) for row in rows]
