"""Which pages are trained on and which are kept for validation, and the rows of every file."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from ppocr_ext.console import visible
from ppocr_ext.importing.page import Damage
from ppocr_ext.show.formats import count

_DOCUMENT = re.compile(r"(.+?)(?:_crop)?[_-]\d+$", re.DOTALL)  # before the number of a crop
_WHITE = re.compile(r"[\t\r\n\v\f\u0085\u2028\u2029]+")
_EXAMPLES = 3


class Kinds:
    """How often each kind of thing happened, and where first."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._where: dict[str, list[str]] = {}

    def add(self, kind: str, where: str) -> None:
        self.counts[kind] += 1
        if len(places := self._where.setdefault(kind, [])) < _EXAMPLES:
            places.append(where)

    def lines(self) -> Iterator[str]:
        """``12  empty: not labelled (Label.txt:3, box 4; …)``, the commonest first."""
        for kind, times in self.counts.most_common():
            more = "; …" if times > len(self._where[kind]) else ""
            yield visible(f"{count(times)}  {kind} ({'; '.join(self._where[kind])}{more})")


def is_validation(name: str, share: float) -> bool:
    """Whether the page of that name is kept for validation: the same in every run and tool, also
    when other pages come to it. ``share``: 0..1 of the pages."""
    plain = unicodedata.normalize("NFC", name).casefold().encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(plain).digest()[:8], "big") < share * 2**64


def place_of(entry: dict[str, Any], line: dict[str, Any]) -> str:
    """Where a line stands in the labels: file, row and element."""
    return str(entry["source"]) + (f", {line['place']}" if "place" in line else "")


class Labels:
    """Looks at every page once, then says what stands in which file.

    val: share of the pages.
    """

    def __init__(self, val: float) -> None:
        self.val = val
        self.kept = self.pages = self.crops = 0
        self.lines: Counter[str] = Counter()  # by part
        self.skips, self.notes = Kinds(), Kinds()
        self._parts: set[str] = set()
        self._folders: set[str] = set()
        self._documents: set[str] = set()
        self._groups: set[str] = set()

    def look_at(self, entry: dict[str, Any]) -> None:
        """All pages are looked at before the first :meth:`rows`."""
        self.pages += not entry["is_crop"]
        self.crops += entry["is_crop"]
        self._parts.add(entry["part"])
        for line in entry["lines"]:
            place = place_of(entry, line)
            self.kept += "crop" in line
            if "crop" not in line:
                self.skips.add(line["skip"], place)
            for note in line.get("notes", ()) if "crop" in line else ():
                self.notes.add(note, place)
        page = PurePosixPath(entry["page"])
        if entry["is_crop"] and len(self._folders) < 2:
            self._folders.add(page.parent.as_posix())
        if entry["is_crop"] and len(self._documents) < 2:
            self._documents.update(_DOCUMENT.findall(page.stem))
        if not entry["is_crop"] and len(self._groups) < 2:
            self._groups.add(page.as_posix())

    @property
    def has_parts(self) -> bool:
        """Whether the data set brings its own split."""
        return len(self._parts & {"train", "val", "test"}) > 1

    def part(self, entry: dict[str, Any]) -> str:
        """train, val or test."""
        if self.has_parts and entry["part"]:
            part = entry["part"]
            return "val" if part == "test" and "val" not in self._parts else part
        if len(self._groups) == 1 and not self._folders:
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
            row = {"page": entry["page"], "quad": line["quad"], "text": line["text"]}
            row["source"] = place_of(entry, line)
            if "crop" not in line:
                yield "skipped.jsonl", _json({**row, "reason": line["skip"]})
                continue
            self.lines[part] += 1
            yield f"{part}.txt", f"{line['crop']}\t{_WHITE.sub(' ', line['text'])}\n"
            yield "boxes.jsonl", _json({"crop": line["crop"], **row, "split": part})

    def skips_of_all(self, damages: Sequence[Damage]) -> Iterator[str]:
        """What was left out, and what is damaged."""
        yield from self.skips.lines()
        yield from (visible(f"damaged: {each.place}: {each.reason}") for each in damages[:20])
        if len(damages) > 20:
            yield f"damaged: {count(len(damages) - 20)} more"

    def summary(self, damages: Sequence[Damage]) -> Iterator[str]:
        """For people; :meth:`rows` has been called for every page."""
        parts = ", ".join(f"{count(n)} {part}" for part, n in self.lines.items())
        numbers = {"pages": self.pages, "crops": self.crops}
        read = " and ".join(f"{count(number)} {what}" for what, number in numbers.items() if number)
        yield f"{read} read, {count(self.kept)} lines kept ({parts})"
        left_out = [f"  {row}" for row in self.skips_of_all(damages)]
        yield f"{count(self.skips.counts.total())} lines left out" + ":" * bool(left_out)
        yield from left_out
        if self.notes.counts:
            yield "of the lines kept:"
            yield from (f"  {row}" for row in self.notes.lines())
        if "val" not in self.lines:
            is_one = self.pages + self.crops == 1
            why = "one page is all trained on" if is_one else "few pages; see --val"
            yield f"no page fell to validation: {why}"


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
