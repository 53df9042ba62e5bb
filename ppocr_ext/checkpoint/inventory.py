"""What lies in a run's folder: every checkpoint, readable or not, newest first."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from ppocr_ext.checkpoint.checkpoint import (
    FOLDER_STEM,
    MANIFEST_SUFFIX,
    STOCK_SUFFIXES,
    Checkpoint,
)
from ppocr_ext.checkpoint.manifest import DamagedError

FOLDERS = "checkpoints"
_FOLDER_NAME = re.compile(r"step_\d+(-\d+)?$")


@dataclass(frozen=True)
class Unreadable:
    """A checkpoint whose manifest is damaged: nothing about it is certain."""

    prefix: Path
    problem: str
    serial: int  # from the clock of its files

    def problems(self) -> list[str]:
        return [self.problem]


def newest_first(directory: Path, name: str | None = None) -> list[Checkpoint | Unreadable]:
    """All that could be meant by ``name``; ``None`` and ``latest`` mean any.

    Of one checkpoint's places its own folder comes first, then the published copies.
    """
    found = [
        *_read(folder / FOLDER_STEM for folder in step_folders(directory)),
        *_read(directory / name for name in published_names(directory)),
    ]
    return sorted(
        (one for one in found if _is_meant(one, name)), key=attrgetter("serial"), reverse=True
    )


def step_folders(directory: Path) -> list[Path]:
    folders = directory / FOLDERS
    if not folders.is_dir():
        return []
    return sorted(folder for folder in folders.iterdir() if _FOLDER_NAME.match(folder.name))


def readable(found: Iterable[Checkpoint | Unreadable]) -> list[Checkpoint]:
    return [one for one in found if isinstance(one, Checkpoint)]


def in_own_folder(checkpoint: Checkpoint) -> bool:
    return checkpoint.prefix.parent.parent.name == FOLDERS


def published_names(directory: Path) -> list[str]:
    """The flat names: a JSON with at least one of PaddleOCR's files beside it."""
    names = (path.stem for path in sorted(directory.glob(f"*.{MANIFEST_SUFFIX}")))
    return [
        name
        for name in names
        if any((directory / f"{name}.{suffix}").exists() for suffix in STOCK_SUFFIXES)
    ]


def _read(prefixes: Iterable[Path]) -> Iterator[Checkpoint | Unreadable]:
    for prefix in prefixes:
        try:
            yield Checkpoint.at(prefix)
        except DamagedError as error:
            yield Unreadable(prefix, f"{prefix.parent}: {error}", _last_change(prefix))


def _last_change(prefix: Path) -> int:
    """Milliseconds since 1970; 0 when nothing is left, as of a folder that is being removed."""
    times = [0.0]
    for path in prefix.parent.glob(f"{prefix.name}.*"):
        with contextlib.suppress(FileNotFoundError):
            times.append(path.stat().st_mtime)
    return int(max(times) * 1000)


def _is_meant(one: Checkpoint | Unreadable, name: str | None) -> bool:
    if name in (None, "latest", one.prefix.name):
        return True
    if isinstance(one, Unreadable):
        return one.prefix.name == FOLDER_STEM  # a folder whose names are not known any more
    return name in one.names
