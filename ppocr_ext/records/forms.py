"""The forms of lines in ``train.log``: how ours are written, and how they, and those of PaddleOCR
2.0 to 3.7, which they follow, are read.

Source: ``tools/{program,eval}.py`` and ``ppocr/utils/{stats,save_load}.py`` of PaddleOCR,
``set_state_dict`` of Paddle, and our ``models/weights.py``.
"""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ppocr_ext.ranking import RATES
from ppocr_ext.records.records import EventName, Lost

CONFIDENCES = ("confidence_mean", "confidence_p5", "confidence_p95")
_WRITTEN_PREFIX = "[{time:%Y/%m/%d %H:%M:%S}] ppocr {level}: "


Ending = tuple[str, str]  # name and unit of a line's last field

PREFIX = re.compile(r"\[(\d{4}/\d\d/\d\d) (\d\d):(\d\d):(\d\d)\] (\w+) ([A-Z]+): ")
LOGGERS = ("ppocr", "root")  # of PaddleOCR: since 2.1, and before
OTHER_LOGGER = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+\] \[ *[A-Z]+\]")  # Paddle's own
PLACE = re.compile(r"epoch: \[(\d+)/(\d+)\], (?:global_step|iter): (\d+), ")
BEGINS = ("epoch: [", "cur metr")  # of lines with numbers
EVALUATION = re.compile(r"cur met(?:ri|ir)c, ")  # misspelt in 2.0
BEST = re.compile(r"best met(?:ri|ir)c, ")
OF_A_SET = re.compile(r"metric of ([A-Za-z_]\w*), ", re.ASCII)  # ours, below those
BAR = re.compile(r"\d+%\|.*\|\s*\d+/\d+|\d+it \[\d\d:\d\d")  # tqdm's
EVAL_TOOL = re.compile(r"metric eval \*+$")
EVAL_TOOL_LINE = re.compile(r"(\w+):([-+.\deE]+|[-+]?(?:nan|inf)x*)$", re.IGNORECASE)

TRAIN_ENDINGS = frozenset(
    [("eta", ""), ("ips", "samples/s"), ("max_mem_reserved", "MB"), ("max_mem_allocated", "MB")]
)
TRAIN_ENDINGS_2_0 = frozenset([("ips", "")])
EVAL_ENDINGS = frozenset([("fps", "")])

# name of the event → how its line is known; groups are its fields
EVENTS: dict[EventName, re.Pattern[str]] = {
    "iters": re.compile(r"^train dataloader has (?P<steps_per_epoch>\d+) iters"),
    "evals": re.compile(
        r"after the (?P<eval_start>\d+)th iteration, an evaluation is run every "
        r"(?P<eval_every>\d+) iter"
    ),
    "start": re.compile(
        r"^train with paddle (?P<paddle>\S+) (?:on|and device) (?P<device>.*?)"
        r"(?:, (?P<processes>\d+) process\(es\), (?P<total_steps>\d+) steps\b.*)?$"
    ),
    "resume": re.compile(r"^resume from (?P<checkpoint>.*)"),
    "pretrain": re.compile(r"^load pretrain(?:ed)?(?: model)? success"),
    "transplant": re.compile(r"^head transplanted"),
    "best": re.compile(r"^save best model(?: is to .*?(?P<checkpoint>[^/\\]*?)\s*$)?"),
    "save": re.compile(r"^save model in(?: .*?(?P<checkpoint>[^/\\]*?)\s*$)?"),
    "stop": re.compile(
        r"^stopped \((?:(?P<early_stop>early stop)|(?P<error>an error)"
        r"|(?P<signal>SIG\w+|console closed))?"
    ),
    "live": re.compile(r"^config edited while training"),
    "swap": re.compile(r"\bhot-?swap|config swap", re.IGNORECASE),
    "skip_step": re.compile(r"^step \d+ skipped"),
    "rollback": re.compile(r"^rolled back to step"),
    "throttled": re.compile(r"^the GPU is slowed down"),
    "impossible_loss": re.compile(r"^CTC loss is "),
    "crash": re.compile(r"^Traceback \(most recent call last\)"),
    "out_of_memory": re.compile(
        r"out of memory|ResourceExhausted|\bMemoryError|bad_alloc|Bus error", re.IGNORECASE
    ),
}
# What ends up in a redirected console, too.
WITHOUT_PREFIX: tuple[EventName, ...] = ("crash", "out_of_memory")
OF_ANY_PROGRAM = frozenset((*WITHOUT_PREFIX, "warning", "error", "critical"))
_UNITS = frozenset({"s", "samples/s", "MB"})
_OTHER_NAMES = {  # earlier releases and memory, under the names of metrics.jsonl
    "reader_cost": "avg_reader_cost",
    "batch_cost": "avg_batch_cost",
    "eta": "eta_seconds",
    "max_mem_reserved": "max_mem_reserved_mb",
    "max_mem_allocated": "max_mem_allocated_mb",
}
DURATION = re.compile(r"(?:(\d+) days?[;,] )?(\d+):(\d\d):(\d\d)")
_SHAPE = r"\[[\d, ]*\]"
_FORMS = (
    re.compile(
        rf"^The shape of model params (?P<name>\S+) (?P<model>{_SHAPE}) not matched with loaded "
        rf"params (?:\S+ )?(?P<file>{_SHAPE})"
    ),
    re.compile(
        rf"Skip loading for (?P<name>\S+)\. \S+ receives a shape (?P<file>{_SHAPE}), but the "
        rf"expected shape is (?P<model>{_SHAPE})"
    ),
    re.compile(r"Skip loading for (?P<name>\S+)\. \S+ is not found in the provided dict"),
    re.compile(r"^(?P<name>[\w.]+) not in loaded params "),
    re.compile(r"^The pretrained params (?P<unused>\S+) not in model"),
)
_OURS = re.compile(r"^not loaded, they start (?:anew|at random): (?P<names>.+)$")
_OUR_NAME = re.compile(r"([\w.]+)(?: \(shape (\[[\d, ]*\])\))?")


def format_record(record: Mapping[str, Any]) -> list[str]:
    """The lines of a record, without the prefix."""
    return {"train": _train, "eval": _evaluation, "event": _event}[record["kind"]](record)


def prefixed(record: Mapping[str, Any], line: str) -> str:
    """``[2026/11/21 04:15:00] ppocr INFO: line``, in local time."""
    moment = datetime.datetime.fromtimestamp(record["time"])
    return _WRITTEN_PREFIX.format(time=moment, level=record.get("level", "INFO")) + line


def _train(record: Mapping[str, Any]) -> list[str]:
    parts = [
        f"epoch: [{record['epoch']}/{record['epoch_num']}]",
        f"global_step: {record['global_step']}",
        f"lr: {record['lr']:.6f}",
    ]
    if strength := record.get("augmentation"):
        parts.append(f"augmentation: {strength:.3f}")
    parts += [f"{name}: {record[name]:.6f}" for name in RATES[:2] if name in record]
    parts += [f"{name}: {value:.6f}" for name, value in record["losses"].items()]
    parts += [
        f"avg_reader_cost: {record['avg_reader_cost']:.5f} s",
        f"avg_batch_cost: {record['avg_batch_cost']:.5f} s",
        f"avg_samples: {record['avg_samples']}",
        f"ips: {record['ips']:.5f} samples/s",
        f"eta: {datetime.timedelta(seconds=int(record['eta_seconds']))}",
    ]
    if "max_mem_reserved_mb" in record:
        parts.append(f"max_mem_reserved: {record['max_mem_reserved_mb']} MB")
        parts.append(f"max_mem_allocated: {record['max_mem_allocated_mb']} MB")
    return [", ".join(parts)]


def _evaluation(record: Mapping[str, Any]) -> list[str]:
    names = [*RATES, *CONFIDENCES, "loss", "fps"]
    lines = [
        f"cur metric, {_listed(record, names)}",
        f"best metric, {_listed(record['best'], [*names, 'best_epoch'])}",
    ]
    for name, scores in record.get("sets", {}).items():
        lines.append(f"metric of {name}, {_listed(scores, ['n', *names])}")
    return lines


def _listed(values: Mapping[str, Any], names: Sequence[str]) -> str:
    return ", ".join(f"{name}: {values[name]}" for name in names if name in values)


def _event(record: Mapping[str, Any]) -> list[str]:
    return str(record["text"]).splitlines()


def text_of_event(text: str) -> str:
    """At most 500 characters, in today's words where earlier versions wrote others."""
    return text.replace("; go on with: ", "; continue with: ")[:500]


def find_event(
    message: str, names: Iterable[EventName] = EVENTS
) -> tuple[EventName, dict[str, Any]]:
    """Name and fields of the event that ``message`` is; LookupError when it is none."""
    for name in names:
        if found := EVENTS[name].search(message):
            fields = {key: text for key, text in found.groupdict().items() if text is not None}
            if name == "stop":
                signal = {"signal": fields["signal"]} if "signal" in fields else {}
                fields = {"reason": found.lastgroup or "signal", **signal}
            return name, {key: _typed(text) for key, text in fields.items()}
    raise LookupError(message)


def _typed(text: str) -> str | int:
    return int(text) if text.isdecimal() and len(text) < 16 else text


def moment(prefix: re.Match[str]) -> float | None:
    """Seconds since 1970 of a line's prefix, which is in local time; ``None`` if impossible."""
    midnight = _midnight(prefix.group(1))
    if midnight is None:
        return None
    hour, minute, second = map(int, prefix.group(2, 3, 4))
    return midnight + hour * 3600 + minute * 60 + second


@lru_cache(maxsize=64)
def _midnight(date: str) -> float | None:
    try:
        return time.mktime(time.strptime(date, "%Y/%m/%d"))
    except (ValueError, OverflowError):
        return None


class Fields(NamedTuple):
    """The values of a line, and whether all of it could be read."""

    values: dict[str, float]
    intact: bool


def read_fields(text: str, endings: frozenset[Ending]) -> Fields:
    """Read every complete field of ``text``.

    The last field of a line may have been cut within its number, and a number without its last
    digits is a wrong number. So the last field counts only when its unit follows, or when lines
    of this log are known to end with it.

    Args:
        endings: (name, unit) with which an intact line may end.
    """
    if "day" in text:
        text = text.replace(" days, ", " days; ").replace(" day, ", " day; ")
    values: dict[str, float] = {}
    name = unit = ""
    bad = False
    for part in text.split(", "):
        name, _, raw = part.partition(": ")
        digits, _, unit = raw.partition(" ")
        try:
            if name == "eta":
                values["eta_seconds"], unit = _seconds(raw), ""
            else:
                values[known_as(name)] = to_number(digits)
        except ValueError:
            bad = True
    intact = (name, unit) in endings
    if not intact and unit not in _UNITS:
        values.pop(_OTHER_NAMES.get(name, name), None)
    return Fields(values, intact and not bad)


def to_number(text: str) -> float:
    """``float(text)``; also of ``nanxxx``, ``-infxx``: PaddleOCR pads with ``{:x<6f}``."""
    try:
        return float(text)
    except ValueError:
        bare = text.rstrip("x")
        if bare.lower().lstrip("+-") not in ("nan", "inf"):
            raise
        return float(bare)


@lru_cache(maxsize=256)
def known_as(name: str) -> str:
    """The name in metrics.jsonl; ValueError for what garbage has made of a name."""
    if not is_name(name):
        raise ValueError(name)
    return _OTHER_NAMES.get(name, name)


def is_name(text: str) -> bool:
    """Whether a value can have this name: garbage in a damaged line makes others."""
    return text.isidentifier() and text.isascii()


def _seconds(duration: str) -> float:
    """``0:02:24`` or ``39 days, 21:09:11`` in seconds; ValueError for anything else."""
    found = DURATION.fullmatch(duration)
    if not found:
        raise ValueError(duration)
    return clock(*found.groups())


def clock(days: str | None, hours: str, minutes: str, seconds: str) -> float:
    """The groups of :data:`DURATION` in seconds."""
    return ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + float(seconds)


def lost_tensors(message: str, step: int) -> Iterator[Lost]:
    """The tensors that one message of a loading names; none for any other message."""
    for form in _FORMS:
        if found := form.search(message):
            parts = found.groupdict()
            unused = "unused" in parts
            name = parts["unused" if unused else "name"]
            yield Lost(name, parts.get("model") or "", parts.get("file") or "", unused, step)
            return
    if found := _OURS.match(message):
        for name, shape in _OUR_NAME.findall(found.group("names")):
            yield Lost(name, "", shape, False, step)
