"""The dictionary: which characters a recogniser can write, and the class number of each."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ppocr_ext.errors import UserError
from ppocr_ext.text.encoding import read_utf8

BLANK = "blank"
"""The name of class 0, CTC's "nothing here"; PaddleOCR's own."""


class Charset:
    """An ordered set of characters, numbered as PaddleOCR numbers them.

    Class 0 is CTC's blank, classes 1… are the dictionary's lines, and with ``use_space_char`` the
    last class is the space. Immutable; equal when the classes are equal.
    """

    def __init__(self, characters: Iterable[str], use_space_char: bool = True) -> None:
        self.characters: tuple[str, ...] = tuple(characters)
        self.use_space_char = use_space_char
        space = (" ",) if use_space_char else ()
        self.classes: tuple[str, ...] = (BLANK, *self.characters, *space)
        # Where a stock dictionary repeats a character, its last line counts, as in PaddleOCR.
        self._index = {name: number for number, name in enumerate(self.classes) if number}

    @classmethod
    def from_characters(cls, characters: Iterable[str], use_space_char: bool = True) -> Charset:
        """A charset of single, distinct NFC characters, checked; raises :class:`UserError`."""
        lines = list(characters)
        _check(lines, "character list")
        return cls(lines, use_space_char)

    @classmethod
    def load(cls, path: Path, use_space_char: bool = True, strict: bool = True) -> Charset:
        """Read a dictionary in PaddleOCR's format: UTF-8, one character per line.

        ``strict`` refuses what makes training silently wrong: blank and repeated lines, spaces,
        lines of several code points, letters that are not NFC. ``strict=False`` reads shipped
        dictionaries, some of which hold such lines, exactly as PaddleOCR numbers them.
        Raises :class:`UserError`.
        """
        # Split at "\n" alone: other separators (U+2028, U+0085 …) are entries of some dictionaries.
        lines = read_utf8(path, "dictionary").split("\n")
        if lines[-1] == "":
            lines.pop()
        lines = [line.rstrip("\r") for line in lines]
        if not any(lines):
            raise UserError(f"dictionary {path} is empty", "one character per line", _CURE)
        if strict:
            _check(lines, f"dictionary {path}")
        return cls(lines, use_space_char)

    @property
    def num_classes(self) -> int:
        """Outputs of a CTC head: blank + characters + space."""
        return len(self.classes)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the classes in order: equal only if every class number means the same."""
        return hashlib.sha256("\n".join(self.classes).encode("utf-8")).hexdigest()

    def index(self, character: str) -> int:
        """Class number of a character; ``KeyError`` if the dictionary lacks it."""
        return self._index[character]

    def missing(self, text: str) -> list[str]:
        """The distinct characters of ``text`` that the dictionary lacks, in order of appearance."""
        return [character for character in dict.fromkeys(text) if character not in self._index]

    def __contains__(self, character: object) -> bool:
        return character in self._index

    def __len__(self) -> int:
        return self.num_classes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Charset) and self.classes == other.classes

    def __hash__(self) -> int:
        return hash(self.classes)

    def __repr__(self) -> str:
        return f"Charset({len(self.characters)} characters, use_space_char={self.use_space_char})"


_CURE = "use dicts/vi_dict.txt, or correct the file"
_SHOWN = 5  # findings listed in one message


def _check(lines: list[str], what: str) -> None:
    """Raise one :class:`UserError` with every kind of bad line."""
    findings: list[str] = []
    for number, line in enumerate(lines, start=1):
        problem = _problem(line)
        if problem:
            findings.append(f"line {number}: {problem}")
    repeated = [f"{line!r}" for line, count in Counter(lines).items() if count > 1 and line]
    if repeated:
        findings.append("repeated: " + " ".join(repeated))
    if findings:
        more = len(findings) - _SHOWN
        listed = "; ".join(findings[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
        raise UserError(f"{what}: {listed}", "one distinct NFC character per line, no space", _CURE)


def _problem(line: str) -> str:
    """What is wrong with one dictionary line, or an empty string."""
    if not line:
        return "is blank"
    if line.isspace():
        return "is a space (use_space_char adds it)"
    composed = unicodedata.normalize("NFC", line)
    if composed != line:
        return f"{line!r} is not NFC (should be {composed!r})"
    if len(line) > 1:
        return f"{line!r} holds {len(line)} code points"
    return ""
