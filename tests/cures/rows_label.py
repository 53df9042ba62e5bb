"""Cures of labelling: they start a server, which the tests of the page do."""

from __future__ import annotations

from cures.bench import Bench
from cures.table import Cure

SERVES = "serves until Ctrl-C; tests/label_page opens it"


def empty_folder(bench: Bench) -> str:
    folder = bench.folder / "trống"
    folder.mkdir(exist_ok=True)
    return bench.run("label.py", folder, "--no-browser")


def no_folder(bench: Bench) -> str:
    return bench.run("label.py", bench.folder / "không có" / "trang.jpg", "--no-browser")


ROWS = [
    Cure(
        "a folder without pictures",
        ("ppocr_ext/labelling/scan.py:holds_pages",),
        empty_folder,
        "holds no picture",
        only_understood=SERVES,
    ),
    Cure(
        "a folder that is not there",
        ("ppocr_ext/labelling/scan.py:require_folder",),
        no_folder,
        "does not exist",
        only_understood=SERVES,
    ),
]
