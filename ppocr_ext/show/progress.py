"""How far a long reading is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

_QUIET = 30.0  # seconds between lines where there is no terminal


class Advance(Protocol):
    def __call__(self, done: int) -> None: ...


@contextmanager
def progress(total: int | None, done: int = 0) -> Iterator[Advance]:
    """``with progress(total) as advance: advance(done)``; written to standard error."""
    if sys.stderr.isatty():
        with _bar(total, done) as advance:
            yield advance
    else:
        yield _lines(total, done)


@contextmanager
def _bar(total: int | None, done: int) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("reading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    started, first = time.perf_counter(), done
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=total, completed=done, rate="")

        def advance(done: int) -> None:
            rate = (done - first) / max(time.perf_counter() - started, 1e-9)
            bars.update(task, completed=done, rate=f"{rate:.1f} lines/s")

        yield advance


def _lines(total: int | None, done: int) -> Advance:
    started, first = time.perf_counter(), done
    spoken = started

    def advance(done: int) -> None:
        nonlocal spoken
        now = time.perf_counter()
        if now - spoken < _QUIET:
            return
        spoken = now
        rate = (done - first) / (now - started)
        whole = f" of {total:,}" if total else ""
        left = f", {_clock((total - done) / rate)} left" if total and rate else ""
        print(f"read {done:,}{whole} lines, {rate:.1f} lines/s{left}", file=sys.stderr, flush=True)

    return advance


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}"
