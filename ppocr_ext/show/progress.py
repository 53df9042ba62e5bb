"""How far a long job is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol

from ppocr_ext.console import visible
from ppocr_ext.show.formats import count, duration, size

if TYPE_CHECKING:
    from rich.progress import Progress

_SHORT = 0.5  # seconds of work for which no bar is drawn
_QUIET = 30.0  # seconds between lines where there is no terminal


class Advance(Protocol):
    """Takes, as often as wanted, how much is done, and of how much once that is known."""

    def __call__(self, done: int, total: int | None = None) -> None: ...


@contextmanager
def progress(
    what: str, total: int | None = None, done: int = 0, unit: str = "lines"
) -> Iterator[Advance]:
    """``with progress("reading", total) as advance: advance(done)``, on standard error.

    Args:
        what: is being done.
        done: by an earlier run, so that it does not count as fast.
        unit: of the numbers; ``bytes`` are shown as sizes.
    """
    started = shown = time.perf_counter()
    first, whole, what = done, total, visible(what)
    bars: Progress | None = None

    def advance(done: int, total: int | None = None) -> None:
        nonlocal bars, shown, whole
        whole = whole if total is None else total
        now = time.perf_counter()
        if now - shown < (0 if bars else _SHORT if sys.stderr.isatty() else _QUIET):
            return
        words = _words(done, whole, (done - first) / max(now - started, 1e-9), unit)
        if sys.stderr.isatty():
            if bars is None:
                bars = stack.enter_context(_bars())
                bars.add_task(what, words=words)
            bars.update(bars.task_ids[0], completed=done, total=whole, words=words)
        else:
            shown = now
            print(f"{what}: {words}", file=sys.stderr, flush=True)

    with ExitStack() as stack:
        yield advance


def _words(done: int, total: int | None, rate: float, unit: str) -> str:
    """``1,234 of 6,000 lines, 31.1 lines/s, 2 min 33 s left``."""
    number, unit = (size, "") if unit == "bytes" else (count, f" {unit}")
    whole = f" of {number(total)}" if total else ""
    speed = f"{rate:.1f}" if unit and rate < 100 else number(rate)
    left = f", {duration((total - done) / rate)} left" if total and rate > 0 else ""
    return f"{number(done)}{whole}{unit}, {speed}{unit}/s{left}"


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.table import Column

    console = Console(stderr=True)
    folds = Column(overflow="fold")  # on a narrow console; rich would cut it off
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=folds),
        BarColumn(bar_width=min(max(console.width - 70, 8), 40)),
        TextColumn("{task.fields[words]}", markup=False, table_column=folds.copy()),
        console=console,
        transient=True,
    )
