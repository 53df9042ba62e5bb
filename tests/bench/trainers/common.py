"""What every trainer of this folder is given, and prints."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

CLASSES = 257
CHARACTERS = 20  # on each line
WARM_UP = 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=16, help="lines of a step")
    parser.add_argument("--width", type=int, default=320, help="pixels of a line")
    parser.add_argument("--steps", type=int, default=3, help="steps that are timed")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--threads", type=int, help="of each process")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--frozen", choices=("paddle", "served"), help="backbone, and by whom")
    return parser.parse_args()


def drawn(lines: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 [lines, 48, width, 3] and labels int32 [lines, 20], the same every time."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (lines, 48, width, 3), dtype=np.uint8)
    return images, random.integers(1, CLASSES, (lines, CHARACTERS)).astype(np.int32)


def tell_speed(take_step: Callable[[], Any], options: argparse.Namespace, tells: bool) -> None:
    """Time steps after a warm-up; the fastest counts, others were disturbed.

    ``take_step`` must end with a number read from the device, so that it has been computed.
    """
    times = []
    for _ in range(WARM_UP + options.steps):
        started = time.perf_counter()
        take_step()
        times.append(time.perf_counter() - started)
    if tells:
        best = min(times[WARM_UP:])
        print(json.dumps({"lines_per_second": options.lines / best, "step_seconds": best}))
