"""Which pages are kept for validation, and the rows of the files that say so."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from os.path import splitext

_DOCUMENT = re.compile(r"(.+?)(?:_crop)?[_-]\d+$", re.DOTALL)  # before the number of a crop
_WHITE = re.compile(r"[\t\r\n\v\f\u0085\u2028\u2029]+")
_PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "eval"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_WORD = re.compile(r"[^\W_\d]+")
_json = json.JSONEncoder(ensure_ascii=False).encode


def number_of(name: str) -> int:
    """64 bits of a name: a hundred thousand of them fit in memory."""
    plain = name.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(plain).digest()[:8], "big")


def is_validation(name: str, share: float) -> bool:
    """Whether the page of that file name is kept for validation: the same in every run and tool,
    also when other pages come to it. ``share``: 0..1 of the pages."""
    return number_of(unicodedata.normalize("NFC", name).casefold()) < share * 2**64


def part_named(*names: str) -> str:
    """train, val or test, as the first of names says that has such a word in it."""
    words = (word for name in names for word in _WORD.findall(name.casefold()))
    return next((_PARTS[word] for word in words if word in _PARTS), "")


def label_row(crop: str, text: str) -> str:
    """A row of ``train.txt``: white space that would part it becomes a blank."""
    return f"{crop}\t{_WHITE.sub(' ', text)}\n"


def box_row(
    crop: str, page: str, quad: Sequence[Sequence[float]] | None, text: str, source: str, split: str
) -> str:
    """A row of ``boxes.jsonl``, by which a crop is found on its page and in its labels."""
    row = {"crop": crop, "page": page, "quad": quad, "text": text, "source": source, "split": split}
    return _json(row) + "\n"


class CropGroups:
    """Which crops are of one document: they share a name up to its number, or a folder."""

    def __init__(self) -> None:
        self._folders: set[str] = set()  # two of each tell
        self._documents: set[str] = set()

    def look_at(self, crop: str) -> None:
        """All crops, by their paths with ``/``, are looked at before the first :meth:`of`."""
        folder, _, name = crop.rpartition("/")
        if len(self._folders) < 2:
            self._folders.add(folder)
        if len(self._documents) < 2:
            self._documents.update(_DOCUMENT.findall(splitext(name)[0]))

    def of(self, crop: str) -> str:
        """The document, else the folder, where there are several of them; else its own name."""
        folder, _, name = crop.rpartition("/")
        if len(self._documents) > 1 and (found := _DOCUMENT.match(splitext(name)[0])):
            return found[1]
        return folder.rpartition("/")[2] if len(self._folders) > 1 else name
