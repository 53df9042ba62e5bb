"""Which pages are trained on and which are kept for validation, and the rows of every file."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from ppocr_ext.console import visible
from ppocr_ext.data.check.fix import Tally
from ppocr_ext.importing.journal import number_of
from ppocr_ext.importing.page import Damage
from ppocr_ext.show.formats import count, counted

_DOCUMENT = re.compile(r"(.+?)(?:_crop)?[_-]\d+$", re.DOTALL)  # before the number of a crop
_WHITE = re.compile(r"[\t\r\n\v\f\u0085\u2028\u2029]+")
_SHOWN = 20  # damages


def is_validation(name: str, share: float) -> bool:
    """Whether the page of that file name is kept for validation: the same in every run and tool,
    also when other pages come to it. ``share``: 0..1 of the pages."""
    return number_of(unicodedata.normalize("NFC", name).casefold()) < share * 2**64


def label_row(crop: str, text: str) -> str:
    """A row of ``train.txt``: white space that would part it becomes a blank."""
    return f"{crop}\t{_WHITE.sub(' ', text)}\n"


def box_row(
    crop: str, page: str, quad: Sequence[Sequence[float]] | None, text: str, source: str, split: str
) -> str:
    """A row of ``boxes.jsonl``, by which a crop is found on its page and in its labels."""
    row = {"crop": crop, "page": page, "quad": quad, "text": text, "source": source, "split": split}
    return json.dumps(row, ensure_ascii=False) + "\n"


class Labels:
    """Looks at every page once, then says what stands in which file. val: share of the pages."""

    def __init__(self, val: float) -> None:
        self.val = val
        self.kept = self.pages = self.crops = 0
        self.lines: Counter[str] = Counter()  # by part
        self.skips, self.notes = Tally(), Tally()
        self._parts: set[str] = set()
        self._folders: set[str] = set()  # two of each tell
        self._documents: set[str] = set()

    def look_at(self, entry: dict[str, Any]) -> None:
        """All pages are looked at before the first :meth:`rows`."""
        self.pages += not entry["is_crop"]
        self.crops += entry["is_crop"]
        self._parts.add(entry["part"])
        for line in entry["lines"]:
            if "crop" not in line:
                self.skips.add(line["skip"], place_of(entry, line))
                continue
            self.kept += 1
            for note in line.get("notes", ()):
                self.notes.add(note, place_of(entry, line))
        page = PurePosixPath(entry["page"])
        if entry["is_crop"] and len(self._folders) < 2:
            self._folders.add(page.parent.as_posix())
        if entry["is_crop"] and len(self._documents) < 2:
            self._documents.update(_DOCUMENT.findall(page.stem))

    def part(self, entry: dict[str, Any]) -> str:
        """train, val or test: as the data set says, if it brings a split of its own."""
        part = entry["part"]
        if part and len(self._parts - {""}) > 1:
            return "val" if part == "test" and "val" not in self._parts else part
        if self.pages == 1 and not self.crops:
            return "train"
        return "val" if is_validation(self._group(entry), self.val) else "train"

    def _group(self, entry: dict[str, Any]) -> str:
        """The page's name; of crops that of their document, else of their folder, where there are
        several of them."""
        page = PurePosixPath(entry["page"] or entry["source"])
        if not entry["is_crop"]:
            return page.name
        if len(self._documents) > 1 and (found := _DOCUMENT.match(page.stem)):
            return found[1]
        return page.parent.name if len(self._folders) > 1 else page.name

    def rows(self, entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """(name of a file, text to add to it) for every line of a page."""
        part = self.part(entry)
        for line in entry["lines"]:
            place, text = place_of(entry, line), line["text"]
            if "crop" in line:
                self.lines[part] += 1
                yield f"{part}.txt", label_row(line["crop"], text)
                row = box_row(line["crop"], entry["page"], line["quad"], text, place, part)
                yield "boxes.jsonl", row
                continue
            held = {"page": entry["page"], "quad": line["quad"], "text": text, "source": place}
            skipped = {**held, "reason": line["skip"]}
            yield "skipped.jsonl", json.dumps(skipped, ensure_ascii=False) + "\n"

    def left_out(self, damages: Sequence[Damage]) -> Iterator[str]:
        """What was left out, and what is damaged."""
        yield from self.skips.counted()
        yield from (visible(f"damaged: {each.place}: {each.reason}") for each in damages[:_SHOWN])
        if len(damages) > _SHOWN:
            yield f"damaged: {count(len(damages) - _SHOWN)} more"

    def summary(self, damages: Sequence[Damage]) -> Iterator[str]:
        """For people; :meth:`rows` has been called for every page."""
        parts = ", ".join(f"{count(n)} {part}" for part, n in self.lines.items())
        numbers = {"page": self.pages, "crop": self.crops}
        read = " and ".join(counted(number, what) for what, number in numbers.items() if number)
        yield f"{read} read, {counted(self.kept, 'line')} kept ({parts})"
        left_out = [f"  {row}" for row in self.left_out(damages)]
        yield f"{counted(self.skips.counts.total(), 'line')} left out" + ":" * bool(left_out)
        yield from left_out
        if self.notes.counts:
            yield "of the lines kept:"
            yield from (f"  {row}" for row in self.notes.counted())
        if "val" not in self.lines:
            is_one = self.pages + self.crops == 1
            why = "one page is all trained on" if is_one else "few pages; see --val"
            yield f"no page fell to validation: {why}"


def place_of(entry: dict[str, Any], line: dict[str, Any]) -> str:
    """Where a line stands in the labels: file, row and element."""
    return str(entry["source"]) + (f", {line['place']}" if "place" in line else "")
