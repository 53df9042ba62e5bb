"""Numbers, durations and moments as people read them."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

_YEAR = 365.25  # days


@dataclass(frozen=True)
class Column:
    """How a value is named and shown.

    Attributes:
        key: its name in a row's values.
        title: head of its column.
        meaning: one phrase for the legend.
        form: format specification; "%" multiplies by 100.
    """

    key: str
    title: str
    meaning: str
    form: str


# In the order of the table; where a terminal is narrow, the last ones are left out.
COLUMNS = (
    Column("acc", "acc", "lines read without any error, validation", ".4f"),
    Column("norm_edit_dis", "norm_edit_dis", "1 − edit distance per line, validation", ".4f"),
    Column("loss", "train loss", "training loss per line", ".3f"),
    Column("ips", "ips", "training lines per second", ".1f"),
    Column("cer", "CER", "wrong characters, validation", ".4f"),
    Column("val_loss", "val loss", "validation loss per line", ".3f"),
    Column("lr", "lr", "learning rate", ".2e"),
    Column("unaccented_acc", "unaccented acc", "acc without regard to marks", ".4f"),
    Column("wer", "WER", "wrong words, validation", ".4f"),
    Column("reader_share", "reader", "part of the time spent waiting for data", ".0%"),
    Column("host_mem_mb", "RAM MB", "memory of the training process", ".0f"),
    Column("gpu_mem_mb", "GPU MB", "memory of the GPU in use by all programs", ".0f"),
    Column("max_mem_reserved_mb", "reserved MB", "most GPU memory that Paddle reserved", ".0f"),
    Column("gpu_temp", "GPU °C", "temperature of the GPU", ".0f"),
    Column("train_acc", "train acc", "acc on the training batches", ".4f"),
)
BY_KEY = {column.key: column for column in COLUMNS}


def show(key: str, value: float | None) -> str:
    """A value as the table shows it; ``–`` when there is none."""
    if value is None or math.isnan(value):
        return "–"
    column = BY_KEY.get(key)
    return format(value, column.form if column else ".4g")


def signed(key: str, difference: float) -> str:
    """A change, with its sign; empty when it rounds to nothing."""
    text = show(key, abs(difference))
    if float(text.rstrip("%")) == 0:
        return ""
    return f"{'+' if difference > 0 else '−'}{text}"


def count(number: float) -> str:
    """``55,000``."""
    return f"{number:,.0f}"


def counted(number: float, noun: str, plural: str = "") -> str:
    """``1 line``, ``55,000 lines``; ``plural`` where it is not the noun and an s."""
    return f"{count(number)} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float | None) -> str:
    """``5.9 years``, ``3 d 4 h``, ``5 h 20 min``, ``45 s``."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    minutes, rest = divmod(round(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days >= 2 * _YEAR:
        return f"{days / _YEAR:,.1f} years"
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def moment(seconds: float | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """Local time; ``–`` when it is unknown or no date."""
    if seconds is None:
        return "–"
    try:
        return time.strftime(form, time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return "–"


def size(bytes_: float) -> str:
    """``12.2 MB``, decimal units."""
    for unit in ("B", "kB", "MB", "GB"):
        if bytes_ < 1000:
            return f"{bytes_:.3g} {unit}"
        bytes_ /= 1000
    return f"{bytes_:.3g} TB"
