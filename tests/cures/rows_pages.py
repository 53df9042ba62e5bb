"""Cures of reading pages."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from cures.bench import Bench
from cures.table import Cure
from PIL import Image

BLANK = "trang trắng.png"


def read(bench: Bench, *words: object) -> str:
    Image.new("L", (200, 100), 255).save(bench.folder / BLANK)
    return bench.run("read_pages.py", BLANK, "--threads", 1, *words)


def killed_worker(bench: Bench) -> str:
    def submit(*given: Any) -> None:
        raise BrokenProcessPool

    with bench.patch.context() as patch:
        patch.setattr(ProcessPoolExecutor, "submit", submit)
        return read(bench, "--workers", 2)


def reads_what_it_writes(bench: Bench) -> str:
    """A text that is named as an image is read, and would be replaced by what was read of it."""
    text = bench.folder / "trang trắng.txt"
    Image.new("L", (200, 100), 255).save(text, "PNG")
    return bench.run("read_pages.py", text.name, "--threads", 1, "--output", ".")


ROWS = [
    Cure(
        "a worker process was killed",
        ("ppocr_ext/pages/job.py:_reading",),
        killed_worker,
        "a worker process ended",
        itself=True,
        shows="1 of 1 page could not be read",
    ),
    Cure(
        "pages beside which their text would lie",
        ("ppocr_ext/cli/read_pages.py:_check",),
        reads_what_it_writes,
        "is read by this command",
        itself=True,
    ),
]
