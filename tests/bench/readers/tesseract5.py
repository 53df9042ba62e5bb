"""Tesseract 5 with its Vietnamese model, one line a call (psm 7), a process for each processor."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from timing import arguments, best_of

ENVIRONMENT = {**os.environ, "OMP_THREAD_LIMIT": "1"}


def read_one(path: str) -> str:
    command = ["tesseract", path, "-", "-l", "vie", "--psm", "7"]
    done = subprocess.run(command, capture_output=True, env=ENVIRONMENT, check=True)
    return done.stdout.decode("utf-8").strip()


def read(images: Sequence[str]) -> list[str]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(read_one, images))


paths, _ = arguments()
best_of({"a process for each processor": read}, paths)
