"""The lines of a damaged label file, put together again: each has an image, or a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ppocr_ext.data.foreign import BOXES, holds_boxes
from ppocr_ext.data.labels import parse_line
from ppocr_ext.data.repair import ImageFinder, ends_as_image, names_an_image, split_line

NO_IMAGE = "its image does not exist, or more than one fits"
NO_PATH = "no path of an image"
NOT_UTF8 = "not UTF-8, as the other lines are"
EMPTY = "empty label"
LOOSE = "the file ends with text without a path, which may belong to this line"
UNSURE = "the next line may belong to it, or be a separate line whose image does not exist"
COMMENT = "a line that starts with #: a comment, or more of the label above it"
CROWDED = "joined from several lines, more text than its image can hold"
CLAIMED = "two paths that are written differently fit one image"

SEPARATED = "tab inserted after the path"
SWAPPED = "columns swapped back"
_PATH = re.compile(r"[^\s]*[/\\][^\s]*")
_BROKEN = re.compile("[\udc80-\udcff]")  # bytes that are not UTF-8, as surrogateescape keeps them


@dataclass
class Record:
    """One labelled image as a file holds it, perhaps over several lines.

    ``paths``: of its images, below the data folder. ``reason``: why it cannot be kept, or empty.
    """

    number: int  # of its first line, from 1, as editors count
    raw: list[str]
    paths: list[str] = field(default_factory=list)
    written: str = ""
    text: str = ""
    reason: str = ""
    changes: list[str] = field(default_factory=list)
    quoted: bool = False  # the path stood in quotes, as in CSV
    moved: bool = False  # the image was found under another path
    proved: bool = True  # that each line after the first continues the label
    broken_quote: bool = False  # a quote of CSV was open where a line of the label ended

    @property
    def joined(self) -> bool:
        """Whether the label stood on more than one line."""
        return len(self.raw) > 1


def read_records(
    path: Path, encoding: str, delimiter: str, finder: ImageFinder
) -> Iterator[Record]:
    """Records in order; every line that is not blank is in one of them.

    A line that names no image continues the label before it when another label follows; at the end
    of the file only where the label shows it (:func:`lacks_text`, or a CR alone between the two).
    One that starts with ``#`` never does; what would continue a label around it is not certain.
    Raises ``UnicodeError`` when the file is not in ``encoding``; of UTF-8 only the lines that are
    not are refused, each by itself.
    """
    last: Record | None = None
    header, place, commented = "", 0, False
    for number, line in read_lines(path, encoding):
        record = _read(number, line, delimiter, finder)
        same, place = number == place, number
        if record is None and line.lstrip().startswith("#"):
            commented = True
            if last is None or not (same or _is_quote_open(last.text)):
                yield Record(number, [line], reason=COMMENT)
                continue
        if last is None and record is None:
            header = line
        if record is None and last is not None and line != header:
            last.proved = last.proved and (same or lacks_text(last.text))
            last.broken_quote = last.broken_quote or _is_quote_open(last.text)
            if commented:
                last.reason = last.reason or COMMENT
            last.raw.append(line)
            last.text = f"{last.text} {line}"
            if not last.reason and (delimiter in line or names_an_image(line)):
                last.reason = UNSURE
            continue
        if last is not None:
            yield last
        last, commented = record or Record(number, [line], reason=NO_PATH), False
    if last is not None:
        if last.joined and not last.reason and (not last.proved or lacks_text(last.text)):
            last.reason = LOOSE
        yield last


def lacks_text(label: str) -> bool:
    """Whether a label must continue in the next line: it is empty, or a quote of CSV is open."""
    return not label.strip() or _is_quote_open(label)


def _is_quote_open(label: str) -> bool:
    return label.lstrip().startswith('"') and label.count('"') % 2 == 1


def read_lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """(number, line) of those that are not blank; a CR alone ends a line, too."""
    errors = "surrogateescape" if encoding.startswith("utf-8") else "strict"
    newline = "\r" if _is_of_old_macs(path) else "\n"
    with open(path, encoding=encoding, errors=errors, newline=newline) as stream:
        for number, line in enumerate(stream, start=1):
            for part in line.rstrip("\r\n").split("\r"):
                if part.strip("\ufeff \t"):
                    yield number, part.lstrip("\ufeff")


def _is_of_old_macs(path: Path) -> bool:
    with open(path, "rb") as stream:
        head = stream.read(1 << 20)
    return b"\r" in head and b"\n" not in head


def _read(number: int, line: str, delimiter: str, finder: ImageFinder) -> Record | None:
    """The record that a line begins; ``None``: it may belong to the line before it."""
    if _BROKEN.search(line):
        return Record(number, [line], reason=NOT_UTF8)
    record = Record(number, [line])
    parsed = parse_line(line, delimiter)
    if line.startswith("[") and not line.startswith(parsed.path):
        return _read_list(record, [parsed.path, *parsed.others], parsed.text, finder)
    split = split_line(line, delimiter, finder)
    if split is None:
        return _read_odd(record, line, delimiter, finder)
    record.paths, record.text, record.quoted = [split.image.path], split.text, split.quoted
    length = len(split.text)
    record.written = line[length:] if split.swapped else line[: len(line) - length]
    if split.image.change:
        record.changes.append(split.image.change)
        record.moved = True
    if holds_boxes(split.text):
        record.reason = BOXES
    if split.swapped:
        record.changes.append(SWAPPED)
    elif line.partition(delimiter)[2] != split.text:
        record.changes.append(SEPARATED)
    return record


def _read_odd(record: Record, line: str, delimiter: str, finder: ImageFinder) -> Record | None:
    """The record of a path without text, or of a path of no image; ``None`` of other lines."""
    if ends_as_image(line) and (alone := finder.find(line)):
        record.paths, record.written = [alone.path], line.strip()  # its text may follow
        return record
    path, has_delimiter, _ = line.partition(delimiter)
    if has_delimiter and (names_an_image(path) or _PATH.fullmatch(path)):
        record.reason = NO_IMAGE
    elif line.startswith("[") or names_an_image(line.split(maxsplit=1)[0]):
        record.reason = NO_IMAGE if ends_as_image(line) else NO_PATH
    else:
        return None
    return record


def _read_list(record: Record, paths: list[str], text: str, finder: ImageFinder) -> Record:
    """A record of several images of one text."""
    found = [finder.find(path) for path in paths]
    record.text, record.written = text, json.dumps(paths, ensure_ascii=False)
    record.paths = [image.path for image in found if image]
    if len(record.paths) < len(paths):
        record.reason = NO_IMAGE
    changes = [image.change for image in found if image and image.change]
    record.changes += changes[:1]
    record.moved = bool(changes)
    return record
