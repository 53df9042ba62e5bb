"""Which pages to read: files, folders, globs, or paths on standard input, and where each writes."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import threading
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ppocr_ext.data.label_txt import HOME
from ppocr_ext.errors import UserError
from ppocr_ext.infer.reading import Reasons
from ppocr_ext.infer.sources import (
    STANDARD_INPUT,
    in_folder,
    of_glob,
    some,
    standard_input,
    written,
)
from ppocr_ext.outputs import is_own
from ppocr_ext.show.formats import counted
from ppocr_ext.transforms.documents import PAGE_SUFFIXES, Document, Opening, Picture, opened
from ppocr_ext.transforms.image import UnreadableImage

READ = "read"  # the folder beside the inputs that is written when none is named
_EXPECTED = "images, PDFs, folders of them, globs, or - for paths on standard input"


class PageTask(NamedTuple):
    """One page to read. name: of its file as it was given, with forward slashes; stem: what its
    outputs begin with, a path without a suffix; number: from 1; error: why its file cannot be
    opened."""

    name: str
    path: Path
    stem: Path
    number: int
    error: str = ""


@dataclass(frozen=True)
class Pages:
    """Every page in order; home: the folder of what is written of all together; passed_over: what
    lies beside the files and is not read."""

    tasks: Sequence[PageTask]
    home: Path
    passed_over: Reasons = field(default_factory=Reasons)

    @property
    def fingerprint(self) -> str:
        """The same for the same pages of the same files."""
        facts = [(task.name, task.number, task.stem.name) for task in self.tasks]
        stamps = [_stamp(path) for path in dict.fromkeys(task.path for task in self.tasks)]
        return hashlib.sha256(repr((facts, stamps)).encode("utf-8", "surrogatepass")).hexdigest()


class Pictures:
    """Pages as pixels, one thread at a time; the file of the last one stays open for the next."""

    def __init__(self, how: Opening, with_letters: bool = False) -> None:
        self._how, self._with_letters = how, with_letters
        self._file = ExitStack()
        self._document: tuple[Path, Document] | None = None
        self._turn = threading.Lock()

    def picture(self, task: PageTask) -> Picture:
        """Not turned. Raises :class:`UnreadableImage`."""
        with self._turn:
            if self._document is None or self._document[0] != task.path:
                self.close()
                self._document = task.path, self._file.enter_context(opened(task.path, self._how))
            return self._document[1].picture(task.number, self._with_letters)

    def close(self) -> None:
        self._file.close()
        self._document = None


def natural(name: str) -> list[Any]:
    """For sorting: ``2.png`` comes before ``10.png``."""
    parts = re.split(r"(\d+)", name)
    return [int(part) if odd % 2 else part.casefold() for odd, part in enumerate(parts)]


def find_pages(
    named: Sequence[str],
    output: Path | None = None,
    wanted: Sequence[range] = (),
    how: Opening | None = None,
    joined: bool = False,
    own: Container[str] = (),
) -> Pages:
    """The pages of files, folders, globs and ``-``; files are opened to count them.

    output: the folder that is written; ``None``: ``read/`` in each folder, beside each file;
    wanted: numbers of each file's pages, default: all; joined: all make one output,
    named after the first folder or file; own: names right in a folder that are read although an
    earlier command wrote them. Raises :class:`UserError`: there is nothing to read.
    """
    passed_over, opening = Reasons(), how or Opening()
    found: dict[str, tuple[Path, Path]] = {}  # real path: (path, output with its own suffix)
    for name in named:
        for path, whole in _files(name, output, passed_over, own):
            found.setdefault(os.path.realpath(path), (path, whole))
    if not found:
        left_out = "".join(f"\n  {line}" for line in passed_over.lines("skipped"))
        raise UserError(f"{' '.join(named)}: no page found{left_out}", _EXPECTED)
    paths, wholes = zip(*found.values(), strict=True)
    stems = _distinct(wholes)
    first, home = Path(named[0]), stems[0].parent
    if is_folder := first.is_dir():  # pages of a folder below it may be the first
        home = output or first / READ
    if joined:  # ``read/letters`` for the folder ``letters``, ``read/a`` for the file ``a.png``
        stems = [home / (first.resolve().name if is_folder else wholes[0].stem)] * len(stems)
    files = zip(paths, stems, strict=True)
    tasks = [task for file in files for task in _tasks(*file, wanted, opening)]
    return Pages(tasks, home, passed_over)


def _files(
    name: str, output: Path | None, passed_over: Reasons, wanted: Container[str]
) -> Iterator[tuple[Path, Path]]:
    """(file, its output with its own suffix still on) of one argument."""
    path, found = Path(name), iter([name])
    if name == STANDARD_INPUT:
        found = (line.rstrip("\r\n") for line in some(standard_input()) if line.strip())
    elif name and path.is_dir():
        base = output or path / READ
        own = None if os.path.realpath(base) == os.path.realpath(path) else base
        for file in map(Path, in_folder(name, passed_over, _is_page, natural, own)):
            name = str(file.relative_to(path))
            if (name not in wanted and is_own(file)) or _is_crop(file, path):
                passed_over.add("written by an earlier command", str(file))
            else:
                yield file, base / file.relative_to(path)
        return
    elif glob.has_magic(name) and not os.path.lexists(path):
        found = of_glob(name, passed_over, _is_page, natural)
    elif not name or not os.path.lexists(path):
        raise UserError(f"{name or 'no name'}: there is no such file or folder", _EXPECTED)
    for path in map(Path, found):
        yield path, (output or path.parent / READ) / path.name


def _is_crop(file: Path, folder: Path) -> bool:
    """Whether label.py, PPOCRLabel or ``--crops`` cut it out of a page below the folder."""
    homes = file.parents[: len(file.relative_to(folder).parts) - 1]
    return any(
        (home.name == HOME and (home / "log.jsonl").is_file())
        or (home.name == "crop_img" and home.with_name("rec_gt.txt").is_file())
        for home in homes
    )


def _is_page(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in PAGE_SUFFIXES


def _distinct(wholes: Sequence[Path]) -> list[Path]:
    """Outputs without their suffixes; with them, or numbered, where two would be the same."""
    bare = Counter(str(whole.with_suffix("")).casefold() for whole in wholes)
    stems: dict[str, Path] = {}
    for whole in wholes:
        stem, number = whole.with_suffix(""), 2
        if bare[str(stem).casefold()] > 1:
            stem = whole
        while str(stem).casefold() in stems:
            stem = whole.with_name(f"{whole.name}_{number}")
            number += 1
        stems[str(stem).casefold()] = stem
    return list(stems.values())


def _tasks(path: Path, stem: Path, wanted: Sequence[range], how: Opening) -> Iterator[PageTask]:
    """The wanted pages of a file; of one that cannot be opened the first, with the reason."""
    numbers, error = [1], ""
    try:
        with opened(path, how) as document:
            count = document.count
        every = range(1, count + 1)
        numbers = [n for n in every if not wanted or any(n in each for each in wanted)]
        if not numbers:
            has = f"has {counted(count, 'page')}"
            numbers, error = [1], f"{has}, none of those that --pages names"
    except UnreadableImage as reason:
        error = str(reason)
    for number in numbers:
        yield PageTask(written(path.as_posix()), path, stem, number, error)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return 0, 0
    return found.st_size, found.st_mtime_ns
