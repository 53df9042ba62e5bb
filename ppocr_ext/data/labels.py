"""PaddleOCR label files with random access: a million lines cost 8 bytes each, not a string."""

from __future__ import annotations

import codecs
import json
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ppocr_ext import files
from ppocr_ext.errors import UserError
from ppocr_ext.text.encoding import require_utf8

_CHUNK = 1 << 24
_NEWLINE, _RETURN = 10, 13


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

    A byte-order mark and CRLF line ends are tolerated. Holds one ``int64`` per line and a
    memory map (on Windows, which locks mapped files, their bytes); pickles as the offsets alone, so
    that sending it to a worker is cheap.
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

    def __iter__(self) -> Iterator[LabelLine]:
        return (self[index] for index in range(len(self)))

    def raw(self, index: int) -> bytes:
        """Line ``index`` as bytes, without its line end."""
        data = self._open()
        start = int(self._starts[index])
        end = data.find(b"\n", start)
        line = data[start : end if end >= 0 else len(data)]
        return line[:-1] if line.endswith(b"\r") else line

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
            f"label file {path} does not exist",
            expected="a text file with one `image path<TAB>text` a line",
            cure="check label_file_list, or make data with python tools/make_data.py",
        )
    cure = f'python tools/check_data.py --fix "{path}" writes a UTF-8 copy beside it'
    start = require_utf8(path, "label file", cure)
    starts = _line_starts(path, start)
    if not len(starts):
        raise UserError(
            f"label file {path} is empty",
            expected="one `image path<TAB>text` a line",
            cure="make data with python tools/make_data.py, or export it again",
        )
    labels = LabelFile(path, data_dir, starts, path.stat().st_size, delimiter)
    _require_recognition_layout(labels)
    return labels


def parse_line(line: str, delimiter: str = "\t") -> LabelLine:
    """Split ``path<TAB>text``; the path may be a JSON list. The text is left as it is written."""
    path, found, text = line.partition(delimiter)
    if not found:
        return LabelLine(path, "", problem="no tab between path and text")
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
    lengths[lengths == 1] -= _bytes_at(path, starts[lengths == 1]) == _RETURN
    return starts[lengths > 0]


def _bytes_at(path: Path, offsets: np.ndarray) -> np.ndarray:
    return np.memmap(path, dtype=np.uint8, mode="r")[offsets] if len(offsets) else offsets


def _require_recognition_layout(labels: LabelFile) -> None:
    first = labels[0]
    if first.text.startswith("[{") and '"points"' in first.text:
        raise UserError(
            f"label file {labels.path} is for detection (its labels are boxes)",
            expected="`image path<TAB>text` lines of cropped text lines",
            cure="in PPOCRLabel choose File > Export Recognition Result, and use rec_gt.txt",
        )
    if first.problem == "no tab between path and text":
        raise UserError(
            f"label file {labels.path}, line 1, has no delimiter: {labels.raw(0)[:80].decode()!r}",
            expected=f"image path, {labels.delimiter!r}, text",
            cure="separate path and text by one tab, or set `delimiter` in the dataset's settings",
        )
