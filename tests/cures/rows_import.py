"""Cures of files of other tools, and of importing them."""

from __future__ import annotations

import shutil
from pathlib import Path

from cures.bench import Bench
from cures.table import Cure
from importing_cases import laid_out

OPTIONS = ("--no-model", "--no-check")


def foreign_file(bench: Bench) -> str:
    labels = bench.folder / "ảnh chụp"
    if not labels.exists():
        laid_out("ppocrlabel", labels)
    return bench.run("check_data.py", "--labels", labels / "anh" / "Label.txt")


def imported(bench: Bench, name: str = "labelme", output: str = "out") -> str:
    source = bench.folder / name
    if not source.exists():
        laid_out(name, source)
    return bench.run("import_labels.py", Path(name), "--output", output, *OPTIONS)


def another_import(bench: Bench) -> str:
    imported(bench)
    return imported(bench, "cvat")


def folder_in_use(bench: Bench) -> str:
    source = laid_out("labelme", bench.folder / "labels")
    shutil.copytree(source, bench.folder / "pages", dirs_exist_ok=True)
    return bench.run(
        "import_labels.py", "labels", "--to", "ppocrlabel", "--output", "pages", *OPTIONS
    )


def into_itself(bench: Bench) -> str:
    return imported(bench, output="labelme")


ROWS = [
    Cure(
        "an import into its own source",
        ("ppocr_ext/cli/import_labels.py:job_of",),
        into_itself,
        "is the source itself",
        itself=True,
    ),
    Cure(
        "a label file of another tool",
        ("ppocr_ext/data/foreign.py:import_command",),
        foreign_file,
        "is for detection",
        more=lambda bench: OPTIONS,
        shows="10 lines kept",
    ),
    Cure(
        "what was imported",
        ("ppocr_ext/cli/import_labels.py:next_command",),
        imported,
        "next: ",
        shows="readings.txt",
    ),
    Cure(
        "an output that holds another import",
        ("ppocr_ext/importing/run.py:import_labels",),
        another_import,
        "holds the import of",
        itself=True,
    ),
    Cure(
        "an export into a folder in use",
        ("ppocr_ext/importing/export.py:export",),
        folder_in_use,
        "is there and not empty",
        itself=True,
    ),
]
