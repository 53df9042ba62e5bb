"""``name: value, name: value`` as PaddleOCR logs it: what was complete, and what was not."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

Ending = tuple[str, str]  # name and unit of a line's last field

_UNITS = frozenset({"s", "samples/s", "MB"})
_OTHER_NAMES = {  # earlier releases and memory, under the names of metrics.jsonl
    "reader_cost": "avg_reader_cost",
    "batch_cost": "avg_batch_cost",
    "eta": "eta_seconds",
    "max_mem_reserved": "max_mem_reserved_mb",
    "max_mem_allocated": "max_mem_allocated_mb",
}
DURATION = re.compile(r"(?:(\d+) days?[;,] )?(\d+):(\d\d):(\d\d)")


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
