"""Logs of other trainers, by patterns that a user can write: see ``patterns.yml``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text
from ppocr_ext.records.forms import to_number
from ppocr_ext.records.history import History
from ppocr_ext.records.records import Point

SHIPPED = Path(__file__).with_name("patterns.yml")
_PLACES = frozenset({"epoch", "epochs", "step", "steps"})
_NUMBER = r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|nanx*|infx*)"
_PLACE = r"\d+\.?\d*"
_SLOT = re.compile(r"<([a-z_][a-z0-9_]*)>")
MOST = 1e12  # more than any step
_KEYS = {"name", "kind", "find", "example"}
_LONGEST = 2000  # characters of a line that a pattern looks at


@dataclass(frozen=True)
class Pattern:
    """One form of a line; numbers are the groups named like their values."""

    name: str
    kind: str  # train or eval
    find: re.Pattern[str]

    def read(self, line: str) -> dict[str, float] | None:
        """The numbers in ``line``, percentages as fractions; ``None`` when it has another form."""
        found = self.find.search(line[:_LONGEST])
        if found is None:
            return None
        numbers = {}
        for name, text in found.groupdict().items():
            if text is not None:
                percent = text.endswith("%")
                numbers[name] = to_number(text.rstrip("%")) / (100 if percent else 1)
        return numbers


def load_patterns(*files: Path) -> list[Pattern]:
    """The patterns of ``files``, then the shipped ones. Raises UserError for what is wrong."""
    return [pattern for file in (*files, SHIPPED) for pattern in _load(file)]


def _load(file: Path) -> list[Pattern]:
    import yaml

    cure = f"write it like the patterns in {SHIPPED.as_posix()}"
    try:
        entries = yaml.safe_load(read_text(file))
    except FileNotFoundError:
        raise UserError(f"the file of patterns {file} does not exist") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{file} is not YAML in UTF-8: {error}", cure=cure) from None
    if not isinstance(entries, list):
        raise UserError(f"{file} is not a list of patterns", cure=cure)
    patterns = []
    for number, entry in enumerate(entries, 1):
        try:
            patterns.append(_compile(entry))
        except (TypeError, KeyError, ValueError, re.error) as error:
            raise UserError(f"{file}: pattern {number}: {error}", cure=cure) from None
    return patterns


def _compile(entry: dict[str, Any]) -> Pattern:
    if not isinstance(entry, dict) or not {"name", "kind", "find"} <= set(entry) <= _KEYS:
        raise ValueError("it must have the keys name, kind and find, and may have example")
    if entry["kind"] not in ("train", "eval"):
        raise ValueError(f"kind is {entry['kind']!r}, not train or eval")
    spaced = re.sub(r"\s+", r"\\s*", str(entry["find"]))
    expression = _SLOT.sub(
        lambda slot: f"(?P<{slot[1]}>{_PLACE if slot[1] in _PLACES else _NUMBER + '%?'})", spaced
    )
    pattern = Pattern(str(entry["name"]), entry["kind"], re.compile(expression, re.IGNORECASE))
    if example := entry.get("example"):
        numbers = pattern.read(example["line"])
        if numbers is None:
            raise ValueError(f"it does not find its own example: {example['line']}")
        for name, expected in example.get("gives", {}).items():
            if abs(numbers.get(name, float("nan")) - expected) > 1e-9 or name not in numbers:
                raise ValueError(f"in its example {name} is {numbers.get(name)}, not {expected}")
    return pattern


class PatternParser:
    """Reads lines into a history; without a step in them, epochs are counted as steps.

    Attributes:
        epoch: the last one given, for lines without one.
    """

    def __init__(self, patterns: Sequence[Pattern], history: History) -> None:
        self.patterns, self.history = patterns, history
        self.epoch: float | None = None

    def feed(self, line: str) -> bool:
        """Take one line; ``False`` when no pattern is found in it."""
        for pattern in self.patterns:
            numbers = pattern.read(line)
            if numbers is not None:
                self._take(pattern.kind, numbers)
                return True
        return False

    def _take(self, kind: str, numbers: dict[str, float]) -> None:
        values = {name: value for name, value in numbers.items() if name not in _PLACES}
        self.epoch = numbers.get("epoch", self.epoch)
        self.history.account.add(kind if values else "text")
        step = numbers.get("step", self.epoch)
        if not values or step is None or step > MOST:
            self._learn_plan(numbers)
            return
        self.history.trainer = "other"
        point = Point(int(step), self.epoch, None, values)
        if kind == "eval":
            self.history.add_eval(point)
        else:
            self.history.add_train(point)
        self._learn_plan(numbers)

    def _learn_plan(self, numbers: dict[str, float]) -> None:
        for name in ("epochs", "steps"):
            if name in numbers:
                setattr(self.history.plan, name, int(numbers[name]))
