"""PaddleOCR label files with random access: a million lines cost 8 bytes each, not a string."""

from __future__ import annotations

import codecs
import json
import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ppocr_ext import files
from ppocr_ext.console import tool_command
from ppocr_ext.data.foreign import (
    has_columns,
    refuse_database,
    refuse_foreign,
    refuse_format,
    refuse_header,
)
from ppocr_ext.data.repair import ImageFinder, split_line
from ppocr_ext.errors import UserError
from ppocr_ext.text.encoding import require_utf8

_CHUNK = 1 << 24
_NEWLINE, _RETURN = 10, 13
MOST_RETURNS = 4  # a line of this many carriage returns and nothing else is blank
_HEAD_LINES = 100  # that show what a file is
NO_DELIMITER = "no tab between path and text"


class LabelLine(NamedTuple):
    """One line of a label file.

    ``path`` is as written, relative to the data folder, with forward slashes. A JSON list of
    paths (several images of one text) keeps the rest in ``others``. ``problem`` is empty, or
    says why the line cannot be used.
    """

    path: str
    text: str
    others: tuple[str, ...] = ()
    problem: str = ""


class LabelFile:
    """``labels[i]`` is line i (blank lines not counted) of ``path<TAB>text`` in UTF-8.

    A byte-order mark and line ends of CRLF or CRCRLF are tolerated. Holds one ``int64`` per line
    and a memory map (on Windows, which locks mapped files, their bytes); pickles as the offsets
    alone, so that sending it to a worker is cheap.
    """

    def __init__(
        self, path: Path, data_dir: Path, starts: np.ndarray, size: int, delimiter: str = "\t"
    ) -> None:
        self.path, self.data_dir = Path(path), Path(data_dir)
        self.delimiter = delimiter
        self._starts, self._size = starts, size
        self._map: mmap.mmap | bytes | None = None

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, index: int) -> LabelLine:
        return parse_line(self.raw(index).decode("utf-8"), self.delimiter)

    @property
    def has_mark(self) -> bool:
        """Whether the file begins with a byte-order mark."""
        return self._open()[:3] == codecs.BOM_UTF8

    @property
    def line_end(self) -> str:
        """Of the first line; the others are taken to have the same."""
        data = self._open()
        end = data.find(b"\n", int(self._starts[0]))
        return "\r\n" if end > 0 and data[end - 1 : end] == b"\r" else "\n"

    def as_written(self) -> Iterator[tuple[str, str | None]]:
        """Path and text of each line to the letter; the whole line and ``None`` for what is no
        label."""
        for index in range(len(self)):
            raw = self.raw(index).decode("utf-8")
            path, found, text = raw.partition(self.delimiter)
            is_label = found and path.strip() and "\r" not in text
            yield (path, text) if is_label else (raw, None)

    def __iter__(self) -> Iterator[LabelLine]:
        return (self[index] for index in range(len(self)))

    def raw(self, index: int) -> bytes:
        """Line ``index`` as bytes, without its line end."""
        data = self._open()
        start = int(self._starts[index])
        end = data.find(b"\n", start)
        return data[start : end if end >= 0 else len(data)].rstrip(b"\r")

    def block(self, first: int, last: int) -> bytes:
        """Lines ``first`` to ``last - 1`` as they stand, blank lines between included."""
        end = int(self._starts[last]) if last < len(self) else self._size
        return self._open()[int(self._starts[first]) : end]

    def line_number(self, index: int) -> int:
        """The number that an editor shows for line ``index``, from 1, blank lines counted."""
        data, number, place = self._open(), 1, 0
        end = int(self._starts[index])
        while (place := data.find(b"\n", place, end) + 1) > 0:
            number += 1
        return number

    def image_path(self, relative: str) -> Path:
        """Where the image of a label line lies."""
        return self.data_dir / relative

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_map": None}

    def _open(self) -> mmap.mmap | bytes:
        if self._map is None:
            with open(self.path, "rb") as stream:
                if files.WINDOWS:
                    self._map = stream.read()
                else:
                    self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            if len(self._map) != self._size:
                raise UserError(
                    f"label file {self.path} changed while it was in use",
                    expected=f"{self._size} bytes, as when it was opened; it has {len(self._map)}",
                    cure="start again",
                )
        return self._map


def read_labels(path: Path, data_dir: Path, delimiter: str = "\t") -> LabelFile:
    """Open a PaddleOCR label file. Raises :class:`UserError` when it is missing, empty, of another
    encoding, or of another kind (its first line is not ``path<TAB>text``)."""
    path = Path(path)
    if not path.is_file():
        raise UserError(
            f"label file {path} {files.why_no_file(path)}",
            expected="a text file with one `image path<TAB>text` per line",
            cure="correct its path (label_file_list in a config)",
        )
    refuse_database(path)
    cure = fix_command([path], data_dir)
    start = require_utf8(path, "label file", cure)
    starts = _line_starts(path, start)
    if not len(starts):
        raise UserError(
            f"label file {path} is empty",
            expected="one `image path<TAB>text` per line",
            cure="export it again",
        )
    labels = LabelFile(path, data_dir, starts, path.stat().st_size, delimiter)
    _require_recognition_layout(labels)
    return labels


def parse_line(line: str, delimiter: str = "\t") -> LabelLine:
    """Split ``path<TAB>text``; the path may be a JSON list. The text is left as it is written."""
    path, found, text = line.partition(delimiter)
    if not found:
        return LabelLine(path, "", problem=NO_DELIMITER)
    path = path.replace("\\", "/")
    if not path.startswith("["):
        return LabelLine(path, text, problem="" if path.strip() else "no path")
    try:
        paths = json.loads(line.partition(delimiter)[0])
    except ValueError:
        return LabelLine(path, text)  # a file name may begin with a bracket
    if not paths or not all(isinstance(item, str) and item for item in paths):
        return LabelLine(path, text, problem="not a list of image paths")
    first, *others = (item.replace("\\", "/") for item in paths)
    return LabelLine(first, text, tuple(others))


def _line_starts(path: Path, skip: int) -> np.ndarray:
    """``int64 [N]`` offsets of the lines that are not blank, after ``skip`` bytes."""
    size = path.stat().st_size
    newlines = [np.array([skip - 1], dtype=np.int64)]
    for offset in range(skip, size, _CHUNK):
        chunk = np.fromfile(path, dtype=np.uint8, count=_CHUNK, offset=offset)
        newlines.append(np.flatnonzero(chunk == _NEWLINE) + offset)
    ends = np.append(np.concatenate(newlines), size)
    starts, lengths = ends[:-1] + 1, np.diff(ends) - 1
    for length in range(1, MOST_RETURNS + 1):
        some = np.flatnonzero(lengths == length)
        blank = np.ones(len(some), dtype=bool)
        for place in range(length):
            blank &= _bytes_at(path, starts[some] + place) == _RETURN
        lengths[some[blank]] = 0
    return starts[lengths > 0]


def _bytes_at(path: Path, offsets: np.ndarray) -> np.ndarray:
    return np.memmap(path, dtype=np.uint8, mode="r")[offsets] if len(offsets) else offsets


def fix_command(paths: Sequence[Path], data_dir: Path) -> str:
    """What to type for corrected copies of label files whose images lie below ``data_dir``."""
    words = ["--fix", "--labels", *map(str, paths)]
    if any(path.parent != data_dir for path in paths):
        words += ["--data-dir", str(data_dir)]
    return tool_command("check_data.py", *words)


def _require_recognition_layout(labels: LabelFile) -> None:
    """Raise :class:`UserError` when the first lines show that this is a different kind of file."""
    head = [labels.raw(i).decode("utf-8") for i in range(min(len(labels), _HEAD_LINES))]
    refuse_foreign(labels.path, head, labels.delimiter)
    fix = fix_command([labels.path], labels.data_dir)
    refuse_header(labels.path, head, labels.data_dir, fix, labels.delimiter)
    if len(labels) == 1 and "\r" in head[0]:
        raise UserError(
            f"label file {labels.path} has the line ends of old Macs (CR alone)",
            expected="LF or CRLF at the end of each line",
            cure=fix,
        )
    if not any(labels.delimiter in line for line in head):
        finder = ImageFinder(labels.data_dir)
        certain = any(split_line(line, labels.delimiter, finder) for line in head)
        if not certain or has_columns(head[0]):
            refuse_format(labels.path)
        raise UserError(
            f"label file {labels.path}, line 1, has no delimiter: {head[0][:80]!r}",
            expected=f"image path, {labels.delimiter!r}, text",
            cure=fix
            if certain
            else "separate path and text by one tab, or set `delimiter` in the dataset's settings",
        )
