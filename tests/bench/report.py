"""The report's reading of a long log beside a plain loop, and what its growth costs."""

from __future__ import annotations

import random
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from bench.row import Row
from ppocr_ext.records.patterns import load_patterns
from ppocr_ext.records.reading import Progress, read_logs

COLD_GOAL = 15.0  # seconds for a million lines
MEMORY_GOAL = 100.0  # MB
GROWN_GOAL = 0.5  # seconds
GROWN_LINES = 1000
_STEP = 10  # steps between two lines
_EVAL = 1000  # steps between two evaluations
_PREFIX = "[{}] ppocr INFO: "
_FIRST = (
    "train dataloader has 1000 iters",
    f"During the training process, after the 0th iteration, an evaluation is run every {_EVAL} "
    "iterations",
)


def measure(lines: int) -> list[Row]:
    """All rows, for a log of stock PaddleOCR's form with that many lines."""
    with tempfile.TemporaryDirectory() as name:
        log, memory = Path(name) / "train.log", Path(name) / "memory.json"
        endless = log_lines()
        _append(log, islice(endless, lines))
        seconds, megabytes = _read(log, memory)
        plain_seconds, plain_megabytes = _plain(log)
        _append(log, islice(endless, GROWN_LINES))
        grown = _read(log, memory)[0]
        size = log.stat().st_size / 1e6
        return [
            Row(
                f"{lines:,} lines, {size:.0f} MB, read for the first time",
                f"{seconds:.1f} s, {lines / seconds:,.0f} lines/s",
                f"<= {COLD_GOAL:g} s a million",
                seconds <= COLD_GOAL * lines / 1e6,
            ),
            Row(
                "beside a loop of two regular expressions that keeps every number",
                f"{plain_seconds / seconds:.2f}x: {plain_seconds:.1f} s, {plain_megabytes:.0f} MB",
                ">= 1x",
                plain_seconds >= seconds,
            ),
            Row(
                "memory that the reading takes",
                f"{megabytes:.0f} MB",
                f"<= {MEMORY_GOAL:g} MB",
                megabytes <= MEMORY_GOAL,
            ),
            Row(
                f"read again after {GROWN_LINES:,} more lines",
                f"{grown:.2f} s",
                f"<= {GROWN_GOAL:g} s",
                grown <= GROWN_GOAL,
            ),
        ]


def log_lines() -> Iterator[str]:
    """Lines as stock PaddleOCR's with two heads on a GPU, without end."""
    draw, began = random.Random(0).random, time.mktime((2026, 3, 1, 0, 0, 0, 0, 0, -1))
    for line in _FIRST:
        yield _PREFIX.format("2026/03/01 00:00:00") + line
    step = 0
    while True:
        step += _STEP
        now = time.localtime(began + 1.2 * step)
        prefix = _PREFIX.format(time.strftime("%Y/%m/%d %H:%M:%S", now))
        yield (
            f"{prefix}epoch: [{step // 1000 + 1}/20000], global_step: {step}, "
            f"lr: {draw() / 1000:.6f}, acc: {draw():.6f}, norm_edit_dis: {draw():.6f}, "
            f"CTCLoss: {50 * draw():.6f}, NRTRLoss: {5 * draw():.6f}, loss: {60 * draw():.6f}, "
            f"avg_reader_cost: {draw():.5f} s, avg_batch_cost: {1 + draw():.5f} s, "
            f"avg_samples: 32.0, ips: {30 * draw():.5f} samples/s, "
            f"eta: 3 days, {now.tm_hour}:10:05, max_mem_reserved: 11326 MB, "
            "max_mem_allocated: 10599 MB"
        )
        if step % _EVAL == 0:
            yield f"{prefix}cur metric, acc: {draw()}, norm_edit_dis: {draw()}, fps: {draw()}"
            yield f"{prefix}best metric, acc: {draw()}, is_float16: False, best_epoch: 3"


def _append(log: Path, lines: Iterable[str]) -> None:
    with open(log, "a", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{line}\n" for line in lines)


def _read(log: Path, memory: Path) -> tuple[float, float]:
    """Seconds, and megabytes of the process at most above what it had."""
    before, most = _resident(), 0.0

    def look(done: int, total: int) -> None:
        nonlocal most
        most = max(most, _resident())

    progress: Progress = look
    started = time.perf_counter()
    read_logs([log], load_patterns(), memory, progress)
    return time.perf_counter() - started, max(most - before, 0.0)


def _plain(log: Path) -> tuple[float, float]:
    """What is written in an afternoon: no second form, no damage, no encodings, no order."""
    line_form = re.compile(r"epoch: \[(\d+)/\d+\], global_step: (\d+)|cur metric")
    field_form = re.compile(r"(\w+): (-?\d[-+.\de]*)")
    before, started, points = _resident(), time.perf_counter(), []
    with open(log, encoding="utf-8") as stream:
        for line in stream:
            if line_form.search(line):
                points.append({name: float(number) for name, number in field_form.findall(line)})
    return time.perf_counter() - started, _resident() - before


def _resident() -> float:
    import psutil

    return psutil.Process().memory_info().rss / 1e6
