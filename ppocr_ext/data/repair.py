"""Where the image of a damaged label line lies, and where its text begins: only what is certain.

A path or a split counts when an image file is there and no other one fits as well.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ppocr_ext.transforms import IMAGE_SUFFIXES

# What separates path and text where it is not a tab: blanks, a written \t, or , ; |
_SEPARATOR = re.compile(r"[ \t\u00a0\u3000]*(?:\\t|[,;|])[ \t\u00a0\u3000]*|[ \t\u00a0\u3000]+")
_ENDINGS = "|".join(suffix[1:] for suffix in sorted(IMAGE_SUFFIXES))
_NAMES_AN_IMAGE = re.compile(rf"\.(?:{_ENDINGS})(?![^\W_])", re.IGNORECASE)
_DRIVE = re.compile(r"^[A-Za-z]:")
_FOLDERS_KEPT = 64  # listings held at once


class Found(NamedTuple):
    """An image: its path below the data folder, and what of the written one was wrong, if any."""

    path: str
    change: str = ""


class Split(NamedTuple):
    """A line taken apart. ``quoted``: the path stood in quotes, as in CSV; ``swapped``: it stood
    behind the text."""

    image: Found
    text: str
    quoted: bool = False
    swapped: bool = False


def names_an_image(text: str) -> bool:
    """Whether a file name with the ending of an image stands somewhere in ``text``."""
    return _NAMES_AN_IMAGE.search(text) is not None


def ends_as_image(path: str) -> bool:
    """Whether a path has the ending of an image."""
    return os.path.splitext(path.rstrip())[1].lower() in IMAGE_SUFFIXES


class ImageFinder:
    """Finds the images of labels below one folder. Lists a folder only when a path is wrong."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._listing = lru_cache(_FOLDERS_KEPT)(_list)

    def find(self, written: str) -> Found | None:
        """The image that ``written`` means; ``None`` when there is none, or more than one.

        Tried in this order: as it is written; with other case, Unicode form (NFC, NFD) or ending;
        without the folders above the data folder, when the path is of another machine or begins
        with the data folder's own name.
        """
        path = written.strip().replace("\\", "/")
        if not path:
            return None
        if self.is_file(path):
            return Found(path)
        if (near := self._near(path)) is not None:
            return Found(near, "file name with different case, ending or Unicode form")
        for tail in self._tails(path):
            found = tail if self.is_file(tail) else self._near(tail)
            if found is not None:
                return Found(found, "path from another folder or machine")
        return None

    def is_file(self, path: str) -> bool:
        return os.path.isfile(self.data_dir / path) if "\0" not in path else False

    def _tails(self, path: str) -> list[str]:
        """What may remain of a path below the data folder, the longest first."""
        parts = [part for part in _DRIVE.sub("", path).split("/") if part not in ("", ".")]
        if _DRIVE.match(path) or path.startswith("/"):
            return ["/".join(parts[first:]) for first in range(len(parts))]
        own = os.path.basename(os.path.abspath(self.data_dir))
        return ["/".join(parts[1:])] if len(parts) > 1 and _key(parts[0]) == _key(own) else []

    def _near(self, path: str) -> str | None:
        """The one file whose path differs in case, Unicode form or ending only."""
        *folders, name = path.split("/")
        place = Path()
        for folder in folders:
            fitting = self._listing(self.data_dir / place).get(_key(folder), [])
            exact = [each for each in fitting if each == folder] or fitting
            if len(exact) != 1:
                return None
            place /= exact[0]
        other = ends_as_image(name) or "." not in name
        stem = os.path.splitext(name)[0]
        names = self._listing(self.data_dir / place).get(_key(stem), [])
        same = [each for each in names if _key(each) == _key(name)]
        fitting = same or ([each for each in names if ends_as_image(each)] if other else [])
        if len(fitting) != 1 or not self.is_file((place / fitting[0]).as_posix()):
            return None
        return (place / fitting[0]).as_posix()


def split_line(line: str, delimiter: str, finder: ImageFinder) -> Split | None:
    """The image and the text of a line, whatever stands between them, in either order.

    ``None`` when no beginning of the line is the path of an image, or several are; and its end is
    none either.
    """
    path, found, text = line.partition(delimiter)
    swapped = _split_swapped(line, delimiter, finder)
    if found and (image := finder.find(_unquoted(path))) and not (image.change and swapped):
        return Split(image, text, path != _unquoted(path))
    splits = []
    for match in _SEPARATOR.finditer(line):
        path = _unquoted(line[: match.start()])
        if "." in os.path.basename(path) and finder.is_file(path.replace("\\", "/")):
            quoted = path != line[: match.start()]
            splits.append(Split(Found(path.replace("\\", "/")), line[match.end() :], quoted))
    if not splits:
        splits = _split_at_ending(line, finder)
    splits = splits or swapped
    return splits[0] if len(splits) == 1 else None


def _split_at_ending(line: str, finder: ImageFinder) -> list[Split]:
    """Splits behind a file name whose file has a slightly other name."""
    splits = []
    for match in _SEPARATOR.finditer(line):
        path = _unquoted(line[: match.start()])
        if ends_as_image(path) and (image := finder.find(path)):
            quoted = path != line[: match.start()]
            splits.append(Split(image, line[match.end() :], quoted))
    return splits


def _split_swapped(line: str, delimiter: str, finder: ImageFinder) -> list[Split]:
    """The split of ``text<TAB>path``: the last column is an image that is there, no other is one's
    name. A blank parts no columns here: a text may end with the name of an image."""
    text, found, path = line.rpartition(delimiter)
    if not found:
        *_, last = [None, *(m for m in _SEPARATOR.finditer(line) if m[0].strip())]
        text, path = (line[: last.start()], line[last.end() :]) if last else ("", "")
    if not text.strip() or names_an_image(text) or not ends_as_image(_unquoted(path)):
        return []
    image = finder.find(_unquoted(path))
    return [Split(image, text, path != _unquoted(path), True)] if image else []


def _unquoted(path: str) -> str:
    """A path without the quotes that CSV puts around it."""
    if len(path) > 2 and path[0] == path[-1] == '"':
        return path[1:-1].replace('""', '"')
    return path


def _list(folder: Path) -> dict[str, list[str]]:
    """Names in a folder by their keys, with and without ending; empty when it cannot be read."""
    names: dict[str, list[str]] = {}
    try:
        entries = os.listdir(folder)
    except OSError:
        return names
    for entry in entries:
        for key in {_key(entry), _key(os.path.splitext(entry)[0])}:
            names.setdefault(key, []).append(entry)
    return names


def _key(name: str) -> str:
    """Equal for names that differ only in case and Unicode form."""
    return unicodedata.normalize("NFC", name).casefold()
