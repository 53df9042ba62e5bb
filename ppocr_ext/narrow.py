"""Folders for Paddle, which on Windows opens files by calls that accept only ASCII letters.

What it opens there from a path such as ``C:\\Dữ liệu`` it does not find; a copy in a folder with an
ASCII path stands in.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ppocr_ext import files
from ppocr_ext.errors import UserError


@contextmanager
def readable(folder: Path, pattern: str) -> Iterator[Path]:
    """``folder``, or where Paddle can read copies of those of its files that fit ``pattern``."""
    with _place(folder) as place:
        if place != folder:
            for path in folder.glob(pattern):
                shutil.copyfile(path, place / path.name)
        yield place


@contextmanager
def writable(folder: Path) -> Iterator[Path]:
    """``folder``, or where Paddle can write: files are moved to ``folder`` when the block ends."""
    with _place(folder) as place:
        yield place
        if place != folder:
            for path in place.iterdir():
                shutil.move(path, folder / path.name)


@contextmanager
def _place(folder: Path) -> Iterator[Path]:
    """``folder`` where Paddle can open its files, else an empty one that it can."""
    with ExitStack() as until:
        if files.WINDOWS and not str(folder.absolute()).isascii():
            folder = Path(until.enter_context(_ascii_folder(folder)))
        yield folder


def _ascii_folder(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """The user's own folder for such files may have the user's Vietnamese name in its path."""
    shared = (os.environ.get(name) for name in ("PROGRAMDATA", "PUBLIC"))
    for base in (tempfile.gettempdir(), *shared, folder.absolute().anchor):
        if base and base.isascii():
            try:
                return tempfile.TemporaryDirectory(dir=base)
            except OSError:
                continue
    raise UserError(
        f"Paddle cannot open files in {folder}: on Windows it can open only paths of ASCII letters",
        "a folder for temporary files whose path has no other letters",
        r"make the folder C:\temp and run, in PowerShell: $env:TEMP = 'C:\temp'"
        "\n            or in a command prompt: set TEMP=C:\\temp",
    )
