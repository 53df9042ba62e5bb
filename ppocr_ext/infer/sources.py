"""What to read, in a stable order and a few bytes for each image.

A folder (recursively), an image, a glob, a list of paths, a label file, or paths on standard
input. A million names are held as one block of bytes, not as a million strings.
"""

from __future__ import annotations

import glob
import hashlib
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from ppocr_ext.data.foreign import (
    has_columns,
    refuse_database,
    refuse_foreign,
    refuse_format,
    refuse_header,
)
from ppocr_ext.data.labels import fix_command, parse_line
from ppocr_ext.data.repair import ImageFinder, ends_as_image, split_line
from ppocr_ext.errors import UserError
from ppocr_ext.files import is_stream, why_no_file
from ppocr_ext.infer.reading import Reasons
from ppocr_ext.transforms import IMAGE_SUFFIXES

_PICTURES = frozenset(
    {
        *(".heic", ".heif", ".jxl", ".pdf", ".djvu", ".ps", ".eps", ".svg", ".ai", ".psd", ".xcf"),
        *(".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".wmf", ".emf", ".docx", ".pptx"),
    }
)
NOT_DECODED = "an unsupported format: convert it to PNG or JPEG"
NOT_AN_IMAGE = "no file name of an image"


def is_image(name: str) -> bool:
    """Whether a file of that name is taken for an image; its content decides how it is decoded."""
    return _suffix(name) in IMAGE_SUFFIXES


def is_unread_picture(name: str) -> bool:
    """Whether a file of that name is an image or a document in a format that is not decoded."""
    return _suffix(name) in _PICTURES


def in_folder(
    folder: str,
    passed_over: Reasons,
    wanted: Callable[[str], bool] = is_image,
    key: Callable[[str], Any] = str,
    without: Path | None = None,
) -> Iterator[str]:
    """Image files below ``folder``, sorted within each folder; links to folders are followed once.

    wanted: which names are read; key: of a name, by which they are sorted; without: a folder that
    is left out.

    A link that leads back up would never end. Links to nothing and pipes that are named
    as images are among them: reading them gives the reason. Raises :class:`UserError` for a
    ``folder`` that cannot be listed.
    """
    seen = {os.path.realpath(without)} if without else set()
    pending = [folder]
    while pending:
        current = pending.pop()
        real = os.path.realpath(current)
        if real in seen:
            continue
        seen.add(real)
        try:
            with os.scandir(current) as entries:
                found = sorted(entries, key=lambda entry: key(entry.name))
        except OSError as error:
            if current == folder:
                raise UserError(f"{current} cannot be read: {error.strerror}") from None
            passed_over.add(f"a folder that cannot be read: {error.strerror}", current)
            continue
        folders = {entry.path: None for entry in found if _is_folder(entry)}
        files = (entry.path for entry in found if entry.path not in folders)
        yield from _images(files, passed_over, wanted)
        pending += reversed(folders)


def of_glob(
    pattern: str,
    passed_over: Reasons,
    wanted: Callable[[str], bool] = is_image,
    key: Callable[[str], Any] = str,
) -> Iterator[str]:
    """Image files that fit a pattern, sorted; ``**`` stands for any folders."""
    found = sorted(glob.iglob(pattern, recursive=True), key=key)
    yield from _images((path for path in found if not os.path.isdir(path)), passed_over, wanted)


def _images(
    paths: Iterator[str], passed_over: Reasons, wanted: Callable[[str], bool]
) -> Iterator[str]:
    for path in paths:
        if wanted(path):
            yield path
        elif not os.path.basename(path).startswith("."):
            passed_over.add(NOT_DECODED if is_unread_picture(path) else NOT_AN_IMAGE, path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):  # a link to itself
        return entry.is_dir()
    return False


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()


STANDARD_INPUT = "-"
_HEAD_LINES = 100  # that show what a text file is
_EXPECTED = (
    "a folder of line images, a label file, a list of paths, a glob, an image, or - for paths on "
    "standard input"
)
_LIST = "one image path per line, or path<TAB>text"


class Item(NamedTuple):
    """name: as it is written to the output; path: the file; truth: its label, if it has one."""

    name: str
    path: Path
    truth: str | None = None


class Source(Protocol):
    """Images in order; ``size`` and ``fingerprint`` are None when only reading them would show it.

    passed_over: what lies beside the images and is not read.
    """

    passed_over: Reasons
    has_truth: bool

    @property
    def size(self) -> int | None: ...
    @property
    def fingerprint(self) -> str | None: ...

    def items(self, start: int = 0, stop: int | None = None) -> Iterator[Item]: ...


class Names:
    """Lines of text as one block of UTF-8; what is not text (old file names) is kept too."""

    def __init__(self, names: Iterable[str]) -> None:
        block, ends = bytearray(), []
        for name in names:
            block += name.encode("utf-8", "surrogatepass")
            ends.append(len(block))
        self._block = bytes(block)
        self._ends = np.array([0, *ends], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, index: int) -> str:
        name = self._block[self._ends[index] : self._ends[index + 1]]
        return name.decode("utf-8", "surrogatepass")

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self._block + self._ends.tobytes()).hexdigest()


class PathSource:
    """Image files by their paths; names have forward slashes on every system."""

    has_truth = False

    def __init__(self, paths: Iterable[str], passed_over: Reasons | None = None) -> None:
        self._names = Names(paths)
        self.passed_over = passed_over or Reasons()
        self.size = len(self._names)
        self.fingerprint = self._names.fingerprint

    def items(self, start: int = 0, stop: int | None = None) -> Iterator[Item]:
        for index in range(start, self.size if stop is None else stop):
            path = Path(self._names[index])
            yield Item(written(path.as_posix()), path)


class LineSource:
    """A label file or a list: ``path`` or ``path<TAB>label`` a line, relative to its folder."""

    def __init__(self, lines: Iterable[str], folder: Path) -> None:
        self.passed_over = Reasons()
        self._lines = Names(line for line in lines if line.strip())
        self._folder = folder
        self.size = len(self._lines)
        self.fingerprint = self._lines.fingerprint
        self.has_truth = any("\t" in self._lines[i] for i in range(min(100, self.size)))

    def items(self, start: int = 0, stop: int | None = None) -> Iterator[Item]:
        for index in range(start, self.size if stop is None else stop):
            yield _item(self._lines[index], self._folder)


class StreamSource:
    """Paths (or label lines) as another program writes them; read once, never held."""

    size = None
    fingerprint = None
    has_truth = False

    def __init__(self, lines: Iterable[str]) -> None:
        self.passed_over = Reasons()
        self._lines = lines

    def items(self, start: int = 0, stop: int | None = None) -> Iterator[Item]:
        lines = (line.rstrip("\r\n") for line in self._lines)
        wanted = islice((line for line in lines if line.strip()), start, stop)
        return (_item(line, Path()) for line in wanted)


def open_source(images: str | Path) -> Source:
    """The source that ``images`` names. Raises :class:`UserError` when there is nothing to read."""
    text, path = str(images), Path(images)
    if text == STANDARD_INPUT:
        return StreamSource(some(standard_input()))
    source: Source
    passed_over = Reasons()
    if path.is_dir():
        source = PathSource(in_folder(str(path), passed_over), passed_over)
    elif path.is_file() and is_image(text):
        return PathSource([text])
    elif path.is_file():
        source = LineSource(_lines_of_list(path), path.parent)
    elif glob.has_magic(text):
        source = PathSource(of_glob(text, passed_over), passed_over)
    elif is_stream(path):
        raise UserError(f"{text} {why_no_file(path)}", _EXPECTED, "give paths with --images -")
    else:
        raise UserError(
            f"{text or 'no images'}: no such file or folder",
            _EXPECTED,
            "give it with --images, or as Global.infer_img in the config",
        )
    if not source.size:
        left_out = "".join(f"\n  {line}" for line in passed_over.lines("skipped"))
        raise UserError(
            f"{text}: no image found{left_out}",
            "files ending in " + " ".join(sorted(IMAGE_SUFFIXES)),
            "check the folder, or give another one with --images",
        )
    return source


def open_labels(labels: str | Path) -> Source:
    """As :func:`open_source`; raises :class:`UserError` for what holds no label, too."""
    source = open_source(labels)
    if not source.has_truth:
        raise UserError(
            f"{labels}: no labelled line",
            "a label file, path<TAB>text a line",
            "name one with --labels, or images without labels with --images",
        )
    return source


def _item(line: str, folder: Path) -> Item:
    label = parse_line(line)
    truth = label.text if "\t" in line else None
    return Item(written(label.path), folder / _for_system(label.path), truth)


def written(name: str) -> str:
    """A file's name as UTF-8 text, whatever the locale took its bytes for."""
    if os.name == "nt":
        return name
    return os.fsencode(_for_system(name)).decode("utf-8", "backslashreplace")


def _for_system(name: str) -> str:
    """A name from a UTF-8 file as this system's calls take it (``LC_ALL=C`` knows ASCII only)."""
    if os.name == "nt":
        return name
    return os.fsdecode(name.encode("utf-8", "surrogateescape"))


def _lines_of_list(path: Path) -> Iterator[str]:
    """The lines of a label file or a list; :class:`UserError` when it is neither."""
    if is_unread_picture(path.name):
        raise UserError(f"{path} is in {NOT_DECODED}", "an image, a label file or a list of paths")
    refuse_database(path)
    lines = _text_lines(path)
    head = list(islice((line for line in lines if line.strip()), _HEAD_LINES))
    if not head:
        raise UserError(f"{path} is empty", _LIST, "make it again, or give a folder of images")
    refuse_foreign(path, head)
    has_labels = any("\t" in line for line in head)
    fix = fix_command([path], path.parent)
    refuse_header(path, head, path.parent, fix if has_labels else "delete that line")
    finder = ImageFinder(path.parent)
    if not has_labels and has_columns(head[0]):
        refuse_format(path)
    if not has_labels and any(
        finder.find(line) is None and split_line(line, "\t", finder) for line in head
    ):
        raise UserError(f"{path} is not a list of paths: {head[0][:80]!r}", _LIST, fix)
    named = [parse_line(line).path for line in head]
    images = sum(
        ends_as_image(name) or is_unread_picture(name) or finder.is_file(name) for name in named
    )
    if 2 * images < len(head):
        refuse_format(path)
        raise UserError(
            f"{path} is not a list of images: {head[0][:80]!r}",
            _LIST,
            "give a folder of images, a list or a label file with --images",
        )
    yield from head
    yield from lines


def _text_lines(path: Path) -> Iterator[str]:
    try:
        with open(path, encoding="utf-8-sig", newline="\n") as lines:
            for line in lines:
                yield line.rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not UTF-8 (byte {error.start})",
            "a label file or a list of paths in UTF-8",
            "save it as UTF-8; for an image, use one of the suffixes "
            + " ".join(sorted(IMAGE_SUFFIXES)),
        ) from None


def some(lines: Iterator[str]) -> Iterator[str]:
    """The lines, of which there must be one. Raises :class:`UserError`."""
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise UserError("no path on standard input", "one path per line, as from ls or find")
    return chain([first], lines)


def standard_input() -> Iterator[str]:
    """Lines of UTF-8, or on Windows of the console's code page, in which ``dir /b`` writes; bytes
    that are neither come back as they were."""
    for line in sys.stdin.buffer:
        yield decoded(line, _console_encoding()).removeprefix("\ufeff")


def decoded(line: bytes, fallback: str | None) -> str:
    """``line`` as UTF-8, else in the encoding ``fallback``, else with its bytes kept.

    Code page 1258 writes marks as letters of their own; names of files have them composed.
    """
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        with suppress(UnicodeDecodeError):
            return unicodedata.normalize("NFC", line.decode(fallback or "utf-8"))
    return line.decode("utf-8", "surrogateescape")


@cache
def _console_encoding() -> str | None:
    if os.name != "nt":
        return None
    import ctypes

    page = ctypes.windll.kernel32.GetConsoleOutputCP()  # type: ignore[attr-defined]
    return f"cp{page}" if page else "oem"
