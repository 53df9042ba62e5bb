"""The labels of one file: what they hold, and what is wrong with them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ppocr_ext.data.check.findings import Findings, Place
from ppocr_ext.data.check.records import lacks_text
from ppocr_ext.data.check.survey import Quoting
from ppocr_ext.data.foreign import BOXES, holds_boxes
from ppocr_ext.data.labels import NO_DELIMITER, LabelFile, LabelLine
from ppocr_ext.data.repair import ImageFinder, ends_as_image, names_an_image, split_line
from ppocr_ext.data.scan import REPEATS, blocks_of, scan
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec
from ppocr_ext.text.letters import VIETNAMESE_LETTERS, parents
from ppocr_ext.text.unicode import normalize, normalize_report

# A path that climbs up or starts at a root; looked for in whole blocks first.
_OUTSIDE = re.compile(r"(?:^|\n)(?:[/\\]|[A-Za-z]:[/\\]|[^\t\n]*\.\.[/\\])")
_LEAST_PERIOD = 4  # letters of a text that is taken for doubled where no space stands between
_SHOWN = 80  # characters of a line that is quoted


@dataclass
class LabelStatistics:
    """What the labels of a set hold."""

    lines: int = 0
    usable: int = 0  # of them, with a valid label and, where images are looked at, an image
    # Of labels as training normalises them.
    lengths: Counter[int] = field(default_factory=Counter)  # characters → lines
    characters: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)  # character outside the dictionary
    respelled: Counter[str] = field(default_factory=Counter)  # 'Ð → Đ' → times

    def letters(self) -> dict[str, int]:
        """How often each of the 134 Vietnamese letters occurs, in their order."""
        return {letter: self.characters[letter] for letter in VIETNAMESE_LETTERS}


class Judged(NamedTuple):
    """What the images of N labels are held against."""

    steps: np.ndarray  # int32 [N] CTC steps that the label needs; 0: not usable anyway
    length: np.ndarray  # int32 [N] characters of the label as training normalises it
    repeats: np.ndarray  # bool [2, N] one text twice or more: without, and with a space between
    swapped: np.ndarray  # bool [N] the text stands before the path

    @classmethod
    def empty(cls, lines: int) -> Judged:
        counts, flags = np.zeros((2, lines), np.int32), np.zeros((3, lines), bool)
        return cls(counts[0], counts[1], flags[:2], flags[2])


def check_labels(
    labels: LabelFile,
    charset: Charset,
    statistics: LabelStatistics,
    findings: Findings,
    max_text_length: int | None = None,
    progress: Callable[[int], None] = lambda lines: None,
) -> Judged:
    """Check one file without its images."""
    judged = Judged.empty(len(labels))
    counts = np.zeros(0x110000, dtype=np.int64)
    quoted: list[int] = []
    odd_line = _OddLines(labels, charset, statistics, findings)
    for facts in scan(_watched_blocks(labels, findings), charset, labels.delimiter):
        lines = slice(facts.first, facts.first + len(facts.odd))
        judged.steps[lines] = np.where(facts.odd, 0, facts.steps)
        judged.length[lines] = np.where(facts.odd, 0, facts.length)
        counts += facts.counts
        spaced = facts.spaced & ~facts.odd
        for position in np.flatnonzero(facts.odd):
            index = facts.first + int(position)
            text, judged.steps[index] = odd_line.check(index)
            judged.length[index] = len(text)
            spaced[position] = text != text.strip(" ") or "  " in text
        for position in np.flatnonzero(facts.doubled):
            index = facts.first + int(position)
            text = normalize(labels[index].text)
            judged.repeats[:, index] = repeats(text, ""), repeats(text, " ")
        quoted += (facts.first + np.flatnonzero(facts.quoted)).tolist()
        statistics.lengths.update(length for length in judged.length[lines].tolist() if length)
        _check_spaces(labels, facts.first + np.flatnonzero(spaced), findings)
        progress(lines.stop)
    if max_text_length is not None:
        for index in np.flatnonzero(judged.length > max_text_length).tolist():
            findings.add("long", Place(labels, index), f": {judged.length[index]} characters")
    judged.swapped[odd_line.swapped] = True
    judged.repeats[:, judged.swapped] = False
    _check_quotes(labels, quoted, findings)
    statistics.lines += len(labels)
    statistics.characters.update(
        {chr(point): int(counts[point]) for point in np.flatnonzero(counts)}
    )
    return judged


def repeats(text: str, between: str) -> bool:
    """Whether a label is one text twice or more. Without anything ``between``, that text has to be
    long: "haha", "1111" and "abab" are words and codes."""
    if not between:
        period = (text + text).find(text, 1)  # the shortest that repeats to the whole
        return _LEAST_PERIOD <= period < len(text)
    words = text.split(between)
    return any(words) and any(
        len(words) % times == 0 and words == words[: len(words) // times] * times
        for times in REPEATS
    )


def suggest(character: str, charset: Charset) -> str:
    """What to do about a character that the dictionary lacks."""
    if character == " ":
        return "set Global.use_space_char: true"
    if unicodedata.category(character).startswith("C"):
        return "delete it from the labels"
    if unicodedata.combining(character):
        return "a mark that fits no letter before it: correct the labels"
    near = next((parent for parent in parents(character) if parent in charset), None)
    if near is None:
        return "add a line to the dictionary"
    return f"add a line to the dictionary, or write {near}"


def _watched_blocks(labels: LabelFile, findings: Findings) -> Iterator[str]:
    """The blocks of the file; on their way, what is seen in the text as a whole."""
    for block in blocks_of(labels):
        if "\r\n" in block:
            findings.add("crlf", labels.path.name, count=block.count("\r\n"))
        if _OUTSIDE.search(block):
            for match in _OUTSIDE.finditer(block):
                line = block[match.start() : match.end() + 60].strip().partition("\n")[0]
                findings.add(
                    "outside", f"{labels.path.name}: {line.partition(labels.delimiter)[0]}"
                )
        yield block


@dataclass
class _OddLines:
    """Judges the lines of a file that are not plainly right."""

    labels: LabelFile
    charset: Charset
    statistics: LabelStatistics
    findings: Findings

    def __post_init__(self) -> None:
        self._finder = ImageFinder(self.labels.data_dir)
        self._codec = CTCCodec(self.charset)
        self.swapped: list[int] = []
        self._last: tuple[int, str] | None = None  # line with a path, and its label

    def check(self, index: int) -> tuple[str, int]:
        """The label as training normalises it, and the CTC steps it needs; 0: not usable."""
        line, where = self.labels[index], Place(self.labels, index)
        if line.problem or holds_boxes(line.text):
            quoted = f": {line.problem or BOXES}: {_cut(self._raw(index))!r}"
            self.findings.add(self._kind_of(index, line), where, quoted)
            return "", 0
        if names_an_image(line.text) and self._is_swapped(self._raw(index)):
            self.swapped.append(index)
            self.findings.add("swapped", where, f": {_cut(self._raw(index))!r}")
            return "", 0
        text, changes = normalize_report(line.text)
        self.statistics.characters.update(text)
        if "\t" in line.text:
            self.findings.add("tabs", where, f": {line.text!r}")
        if "\r" in line.text:
            self.findings.add("returns", where, f": {line.text!r}")
            return text, 0
        if any("U+0009" not in change for change in changes):
            self.findings.add("spelling", where, f": {line.text!r}")
            self.statistics.respelled.update(changes)
        if not text.strip():
            self.findings.add("empty", where)
            return text, 0
        if missing := self.charset.missing(text):
            self.findings.add("unknown", where, f": {line.text!r} ({' '.join(missing)})")
            self.statistics.unknown.update(each for each in text if each in missing)
            return text, 0
        return text, self._codec.min_steps(self._codec.encode(text))

    def _kind_of(self, index: int, line: LabelLine) -> str:
        """What a line is that is not ``path<TAB>text``, as ``--fix`` sees it."""
        if line.problem != NO_DELIMITER:
            return "line"
        raw = self._raw(index)
        if (split := split_line(raw, self.labels.delimiter, self._finder)) is not None:
            return "swapped" if split.swapped else "separator"
        is_own = names_an_image(raw) or index == 0 or self._is_loose(index)
        return "line" if is_own else "continued"

    def _is_swapped(self, raw: str) -> bool:
        split = split_line(raw, self.labels.delimiter, self._finder)
        return split is not None and split.swapped

    def _is_loose(self, index: int) -> bool:
        """Whether a line without a path stands at the end, behind a label that is whole."""
        if self._last is None:
            last = len(self.labels) - 1
            while (text := self._text(last)) is None and last:
                last -= 1
            self._last = last, text or ""
        last, text = self._last
        return index > last and not lacks_text(text)

    def _text(self, index: int) -> str | None:
        """The label of a line that has a path, whatever parts the two; else ``None``."""
        line, raw = self.labels[index], self._raw(index)
        if line.problem != NO_DELIMITER:
            return line.text
        if (split := split_line(raw, self.labels.delimiter, self._finder)) is not None:
            return split.text
        return "" if ends_as_image(raw) else None

    def _raw(self, index: int) -> str:
        return self.labels.raw(index).decode("utf-8")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _check_quotes(labels: LabelFile, quoted: list[int], findings: Findings) -> None:
    """Report those of the ``quoted`` lines whose quotes a program put there, as in CSV."""
    quoting = Quoting()
    for line in labels if quoted else ():
        quoting.count(line.text)
    for index in quoted:
        text = labels[index].text
        if quoting.text_of(text) != text:
            findings.add("quotes", Place(labels, index), f": {text!r}")


def _check_spaces(labels: LabelFile, indices: np.ndarray, findings: Findings) -> None:
    for index in indices.tolist():
        findings.add("spaces", Place(labels, index), f": {labels[index].text!r}")
