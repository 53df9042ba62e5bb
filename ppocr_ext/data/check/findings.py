"""Findings: what was found, how bad it is, how often, where, and the cure."""

from __future__ import annotations

from collections import Counter
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from ppocr_ext.data.labels import LabelFile, fix_command

EXAMPLES = 3  # places kept of each finding


class Severity(IntEnum):
    """How bad a finding is; the worst is the check's exit code."""

    NOTE = 0  # nothing to do
    WARNING = 1  # training works, less well than it could
    ERROR = 2  # lines that training skips and evaluation counts as wrong, or a false score


class Kind(NamedTuple):
    """One thing that can be wrong."""

    severity: Severity
    what: str
    cure: str
    fixable: bool = False  # whether ``--fix`` corrects it: its command is the cure then


_NOTE, _WARNING, _ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR

KINDS = {
    "file": Kind(_ERROR, "label file that cannot be read", ""),
    "mark": Kind(_NOTE, "byte-order mark", "none needed"),
    "crlf": Kind(_NOTE, "Windows line ends", "none needed"),
    "line": Kind(
        _ERROR, "line that is not `path<TAB>text`", "write it in this form, or remove the line"
    ),
    "separator": Kind(_ERROR, "line with a wrong separator after its path", "", True),
    "swapped": Kind(_ERROR, "line with its columns swapped (text, then image path)", "", True),
    "continued": Kind(_ERROR, "line that may continue the label before it", "", True),
    "returns": Kind(_ERROR, "label broken by a carriage return (CR)", "", True),
    "empty": Kind(_ERROR, "empty label", "write the text, or remove the line"),
    "unknown": Kind(_ERROR, "label with characters outside the dictionary", "see the list below"),
    "spelling": Kind(_NOTE, "label that is not NFC or has look-alikes", "training corrects it"),
    "long": Kind(_ERROR, "label longer than max_text_length", "raise Global.max_text_length"),
    "spaces": Kind(_WARNING, "space at an end, or two in a row", "", True),
    "quotes": Kind(_WARNING, "label in CSV quotes", "", True),
    "tabs": Kind(_WARNING, "tab inside a label, read as a space", "", True),
    "outside": Kind(_WARNING, "image outside the data folder", "move it below data_dir"),
    "missing": Kind(
        _ERROR, "image that does not exist", "check the path and the folder that it starts from"
    ),
    "renamed": Kind(_ERROR, "image whose file has a slightly different name or place", "", True),
    "unreadable": Kind(_ERROR, "image that cannot be read", "export it again"),
    "reserved": Kind(_ERROR, "image with a name that Windows reserves", "rename it"),
    "steps": Kind(
        _ERROR,
        "label too long for its image (CTC steps)",
        "is the crop whole, and does the label fit it?",
    ),
    "blank": Kind(_ERROR, "image without ink, with a label", "export it again, or remove the line"),
    "doubled": Kind(
        _WARNING,
        "label that repeats one text, although its image is only wide enough for one",
        "write it once",
    ),
    "turned": Kind(
        _WARNING,
        "image rotated by 90 or 180 degrees",
        "rotate it; PPOCRLabel rotates crops that are 1.5 times as high as wide",
    ),
    "tall": Kind(_WARNING, "image higher than wide, with several letters", "rotate or crop it"),
    "huge": Kind(_WARNING, "image of more than 20 megapixels", "crop the line"),
    "tiny": Kind(_WARNING, "image less than 10 pixels high", "export it larger"),
    "squashed": Kind(_WARNING, "line wider than max_width, squashed to it", "cut it in two"),
    "copies": Kind(_NOTE, "image that occurs twice with one label", "keep one"),
    "conflict": Kind(_ERROR, "same image, different labels", "correct one of them"),
    "leak": Kind(
        _ERROR, "validation image that is also a training image", "remove it from one set"
    ),
    "near": Kind(
        _WARNING, "validation image nearly identical to a training image", "remove it from one set"
    ),
    "letters": Kind(_WARNING, "Vietnamese letter that no training label holds", "add such lines"),
}


class Place(NamedTuple):
    """A line of a label file; as text ``train.txt:17``, as editors open it."""

    labels: LabelFile
    line: int

    def __str__(self) -> str:  # counts the lines before it: only done for what is shown
        return f"{self.labels.path.name}:{self.labels.line_number(self.line)}"


class Findings:
    """Counts and first examples of each kind of finding."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._examples: dict[str, list[tuple[str | Place, ...]]] = {}
        # Of fixable kinds: data folder → label files.
        self._fixable: dict[str, dict[Path, dict[Path, None]]] = {}

    def add(self, kind: str, *example: str | Place, count: int = 1) -> None:
        """``kind``: a key of KINDS. ``example``: where, and what stands there."""
        self.counts[kind] += count
        examples = self._examples.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(example)
        if KINDS[kind].fixable and isinstance(example[0], Place):
            labels = example[0].labels
            folders = self._fixable.setdefault(kind, {})
            folders.setdefault(labels.data_dir, {})[labels.path] = None

    def examples(self, kind: str) -> list[str]:
        """The first places where it was found."""
        told = ["".join(map(str, parts)) for parts in self._examples.get(kind, [])]
        return ["".join(c if c.isprintable() else repr(c)[1:-1] for c in each) for each in told]

    def cures(self, kind: str) -> list[str]:
        """What to do about a kind; commands are ready to be typed."""
        if not KINDS[kind].fixable:
            return [KINDS[kind].cure] if KINDS[kind].cure else []
        return [fix_command([*paths], folder) for folder, paths in self._fixable[kind].items()]

    @property
    def severity(self) -> Severity:
        """The worst severity among the findings."""
        return max((KINDS[kind].severity for kind in self.counts), default=Severity.NOTE)
