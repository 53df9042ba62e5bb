"""Timing shared by the scripts of this folder; standard library only."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence

ROUNDS = 2  # other processes disturb: the best round counts
WARM_UP = 8  # lines


def arguments() -> tuple[list[str], str]:
    """(image paths, model folder) of the command line."""
    with open(sys.argv[1], encoding="utf-8") as lines:
        return lines.read().splitlines(), sys.argv[2]


def best_of(
    settings: dict[str, Callable[[Sequence[str]], list[str]]], images: Sequence[str]
) -> None:
    """Time every setting's reader on all images and print the best one's result."""
    results = []
    for name, read in settings.items():
        read(images[:WARM_UP])
        for _ in range(ROUNDS):
            started, busy = time.perf_counter(), _processor_seconds()
            texts = read(images)
            rate = len(images) / (time.perf_counter() - started)
            cost = (_processor_seconds() - busy) / len(images) * 1000
            results.append(
                {
                    "settings": name,
                    "lines_per_second": rate,
                    "processor_ms_per_line": cost,
                    "texts": texts,
                }
            )
    print(json.dumps(max(results, key=lambda result: result["lines_per_second"])))


def _processor_seconds() -> float:
    """Of this process, its threads and its finished children."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
