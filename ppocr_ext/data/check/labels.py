"""The labels of one file: what they hold, and what is wrong with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ppocr_ext.data.check.findings import Findings, Place
from ppocr_ext.data.labels import LabelFile
from ppocr_ext.data.scan import Facts, blocks_of, scan
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec
from ppocr_ext.text.letters import VIETNAMESE_LETTERS, parents
from ppocr_ext.text.unicode import normalize_report

# A path that climbs up or starts at a root; looked for in whole blocks first.
_OUTSIDE = re.compile(r"(?:^|\n)(?:[/\\]|[A-Za-z]:[/\\]|[^\t\n]*\.\.[/\\])")


@dataclass
class LabelStatistics:
    """What the labels of a set hold."""

    lines: int = 0
    lengths: Counter[int] = field(default_factory=Counter)  # characters of a label → lines
    characters: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)  # character outside the dictionary
    respelled: Counter[str] = field(default_factory=Counter)  # 'Ð → Đ' → times

    def letters(self) -> dict[str, int]:
        """How often each of the 134 Vietnamese letters occurs, in their order."""
        return {letter: self.characters[letter] for letter in VIETNAMESE_LETTERS}


def check_labels(
    labels: LabelFile,
    charset: Charset,
    statistics: LabelStatistics,
    findings: Findings,
    max_text_length: int | None = None,
    progress: Callable[[int], None] = lambda lines: None,
) -> np.ndarray:
    """Check one file without its images; returns the CTC steps that each label needs, int32 [N].

    Lines that cannot be trained on for another reason need 0 steps.
    """
    needed = np.zeros(len(labels), dtype=np.int32)
    counts = np.zeros(0x110000, dtype=np.int64)
    for facts in scan(_watched_blocks(labels, findings), charset, labels.delimiter):
        lines = slice(facts.first, facts.first + len(facts.odd))
        needed[lines] = np.where(facts.odd, 0, facts.steps)
        counts += facts.counts
        statistics.lengths.update(facts.length.tolist())
        for position in np.flatnonzero(facts.odd):
            index = facts.first + int(position)
            needed[index] = _check_odd(labels, index, charset, statistics, findings)
        _check_lengths_and_spaces(labels, facts, max_text_length, findings)
        progress(lines.stop)
    statistics.lines += len(labels)
    statistics.characters.update(
        {chr(point): int(counts[point]) for point in np.flatnonzero(counts)}
    )
    return needed


def suggest(character: str, charset: Charset) -> str:
    """What to do about a character that the dictionary lacks."""
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


def _check_odd(
    labels: LabelFile,
    index: int,
    charset: Charset,
    statistics: LabelStatistics,
    findings: Findings,
) -> int:
    """Judge a line that is not plainly right; returns the steps its label needs, 0: not usable."""
    line, where = labels[index], Place(labels, index)
    if line.problem:
        findings.add("line", where, f": {line.problem}")
        return 0
    text, changes = normalize_report(line.text)
    if "\t" in line.text:
        findings.add("tabs", where, f": {line.text!r}")
    if any("U+0009" not in change for change in changes):
        findings.add("spelling", where, f": {line.text!r}")
        statistics.respelled.update(changes)
    if not text.strip():
        findings.add("empty", where)
        return 0
    missing = charset.missing(text)
    if missing:
        findings.add("unknown", where, f": {line.text!r} ({' '.join(missing)})")
        statistics.unknown.update(character for character in text if character in missing)
        return 0
    codec = CTCCodec(charset)
    return codec.min_steps(codec.encode(text))


def _check_lengths_and_spaces(
    labels: LabelFile, facts: Facts, max_text_length: int | None, findings: Findings
) -> None:
    for position in np.flatnonzero(facts.spaced):
        index = facts.first + int(position)
        findings.add("spaces", Place(labels, index), f": {labels[index].text!r}")
    if max_text_length is not None:
        for position in np.flatnonzero(facts.length > max_text_length):
            index = facts.first + int(position)
            findings.add("long", Place(labels, index), f": {facts.length[position]} characters")
