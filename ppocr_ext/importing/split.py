"""Which pages are trained on and which are kept for validation, and the rows of every file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from ppocr_ext.console import visible
from ppocr_ext.data.check.fix import Tally
from ppocr_ext.data.split import CropGroups, box_row, is_validation, label_row
from ppocr_ext.importing.page import Damage
from ppocr_ext.show.formats import count, counted

_SHOWN = 20  # damages


class Labels:
    """Looks at every page once, then says what stands in which file. val: share of the pages."""

    def __init__(self, val: float) -> None:
        self.val = val
        self.kept = self.pages = self.crops = 0
        self.lines: Counter[str] = Counter()  # by part
        self.skips, self.notes = Tally(), Tally()
        self.aside = Tally()  # files
        self._parts: set[str] = set()
        self._crops = CropGroups()

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
        if entry["is_crop"]:
            self._crops.look_at(entry["page"])

    def part(self, entry: dict[str, Any]) -> str:
        """train, val or test: as the data set says, if it brings a split of its own."""
        part = entry["part"]
        if part and len(self._parts - {""}) > 1:
            return "val" if part == "test" and "val" not in self._parts else part
        if self.pages == 1 and not self.crops:
            return "train"
        return "val" if is_validation(self._group(entry), self.val) else "train"

    def _group(self, entry: dict[str, Any]) -> str:
        page = entry["page"] or entry["source"]
        return self._crops.of(page) if entry["is_crop"] else PurePosixPath(page).name

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
        """What was left out, what is damaged, and which files were not read."""
        yield from self.skips.counted()
        yield from (visible(f"damaged: {each}") for each in damages[:_SHOWN])
        if len(damages) > _SHOWN:
            yield f"damaged: {count(len(damages) - _SHOWN)} more"
        yield from (f"files not read: {row}" for row in self.aside.counted())

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
            why = "one page is all trained on" if is_one else "few pages: a larger --val takes some"
            why = why if self.val else "--val is 0"
            yield f"no page fell to validation: {why}"


def place_of(entry: dict[str, Any], line: dict[str, Any]) -> str:
    """Where a line stands in the labels: file, row and element."""
    return str(entry["source"]) + (f", {line['place']}" if "place" in line else "")
