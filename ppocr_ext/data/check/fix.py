"""A corrected copy of a label file: the original is never changed, what is left out is listed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from ppocr_ext.console import tool_command, visible
from ppocr_ext.data.check.records import CLAIMED, CROWDED, EMPTY, Record, read_lines, read_records
from ppocr_ext.data.check.survey import Survey
from ppocr_ext.data.foreign import refuse_foreign
from ppocr_ext.data.repair import ImageFinder
from ppocr_ext.errors import UserError
from ppocr_ext.files import replacing, why_no_file
from ppocr_ext.show.formats import counted
from ppocr_ext.text.encoding import encoding_of_most
from ppocr_ext.text.unicode import normalize

_SPACES = re.compile(" {2,}")
_HEAD_LINES = 100  # that show what a file is
_SHOWN = 3  # line numbers of each change


@dataclass
class Tally:
    """What was done, or why not: how often, and in which lines or places first."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int | str]] = field(default_factory=dict)

    def add(self, what: str, line: int | str) -> None:
        self.counts[what] += 1
        if len(lines := self.lines.setdefault(what, [])) < _SHOWN:
            lines.append(line)

    def counted(self) -> Iterator[str]:
        """``12  empty: not labelled (Label.txt:3, box 4; …)``, the most frequent first."""
        for what, times in self.counts.most_common():
            more = "; …" if times > len(self.lines[what]) else ""
            yield visible(f"{times:,}  {what} ({'; '.join(map(str, self.lines[what]))}{more})")

    def describe(self) -> str:
        """A line for each, the most frequent first."""
        rows = []
        for what, count in self.counts.most_common():
            lines = ", ".join(map(str, self.lines[what])) + (", …" if count > _SHOWN else "")
            rows.append(f"  {what}: {count:,} (line {lines})")
        return "\n".join(rows)


@dataclass
class Fixed:
    """The copy, what was repaired in it, what was left out, and the file that lists the latter."""

    path: Path
    listed: Path
    kept: int = 0
    repaired: Tally = field(default_factory=Tally)
    left_out: Tally = field(default_factory=Tally)

    def describe(self, source: Path, data_dir: Path) -> str:
        """What the user is to know, and what to do next."""
        rows = [
            f"{source} -> {self.path}: {counted(self.kept, 'line')} kept",
            self.repaired.describe(),
        ]
        if out := self.left_out.counts.total():
            rows += [f"left out: {out:,}, listed in {self.listed}", self.left_out.describe()]
        check = tool_command("check_data.py", "--labels", self.path, "--data-dir", data_dir)
        return "\n".join(row for row in [*rows, f"next: {check}"] if row)


def fix_labels(path: Path, data_dir: Path, delimiter: str = "\t") -> Fixed:
    """Write ``<name>.fixed.txt`` beside ``path``: UTF-8, ``\\n``, normalised labels, single spaces.

    What is certain is repaired: encoding, line ends, separators behind the path of an image that is
    there, labels broken over lines, paths whose file has a slightly other name or came from another
    machine, labels quoted as in CSV. Every other line is left out of the copy and listed with its
    reason in ``<name>.left_out.txt``.

    Raises :class:`UserError`, and writes nothing, when no line can be kept or the file is of
    another kind.
    """
    if not path.is_file():
        raise UserError(f"label file {path} {why_no_file(path)}", "a label file to correct")
    encoding = encoding_of_most(path)
    records = partial(read_records, path, encoding, delimiter, ImageFinder(data_dir))
    fixed = Fixed(*written_beside(path))
    try:
        head = [line for _, line in islice(read_lines(path, encoding), _HEAD_LINES)]
        refuse_foreign(path, head, delimiter)
        survey = Survey(records, data_dir)
        with replacing(fixed.path) as copy, replacing(fixed.listed) as listed:
            for record in records():
                label = _judge(record, survey, fixed)
                if record.reason:
                    fixed.left_out.add(record.reason, record.number)
                    listed.writelines(_listing(record))
                else:
                    fixed.kept += 1
                    copy.write(f"{_written(record)}{delimiter}{label}\n")
            if not fixed.kept:
                raise _nothing_kept(path, data_dir, fixed)
    except UnicodeError as error:
        raise UserError(
            f"{path} looked like {encoding}, but is not: {error}",
            "text in one encoding",
            "export it again as UTF-8",
        ) from None
    if encoding not in ("utf-8", "utf-8-sig"):
        fixed.repaired.add(f"converted from {encoding}", 1)
    if not fixed.left_out.counts:
        fixed.listed.unlink()
    return fixed


def written_beside(path: Path) -> tuple[Path, Path]:
    """The corrected copy of a label file, and the list of lines left out of it."""
    copy, listed = (f"{path.stem}.{what}{path.suffix}" for what in ("fixed", "left_out"))
    return path.with_name(copy), path.with_name(listed)


def _judge(record: Record, survey: Survey, fixed: Fixed) -> str:
    """The label of a record as it is kept; else sets its ``reason``."""
    if record.reason:
        return ""
    changes = list(record.changes)
    text = survey.quoting.text_of(record.text, record.broken_quote)
    if text != record.text:
        changes.append("CSV quotes removed")
    spelled = normalize(text)
    if spelled != text:
        changes.append("normalised")
    single = _SPACES.sub(" ", spelled).strip()
    if single != spelled:
        changes.append("spaces")
    if record.joined:
        changes.append("label joined from several lines")
    if not single:
        record.reason = EMPTY
    elif survey.is_claimed(record):
        record.reason = CLAIMED
    elif record.joined and survey.is_crowded(record):
        record.reason = CROWDED
    for change in () if record.reason else changes:
        fixed.repaired.add(change, record.number)
    return single


def _written(record: Record) -> str:
    """The path as PaddleOCR writes it; of several images, their JSON list."""
    if len(record.paths) == 1:
        return record.paths[0]
    return json.dumps(record.paths, ensure_ascii=False)


def _listing(record: Record) -> Iterator[str]:
    """Lines of a record that is left out: line number, reason, and what stands there."""
    for offset, line in enumerate(record.raw):
        text = line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        number = str(record.number) if offset == 0 else "+"
        yield f"{number}\t{record.reason}\t{text}\n"


def _nothing_kept(path: Path, data_dir: Path, fixed: Fixed) -> UserError:
    return UserError(
        f"{path}: no line can be repaired with certainty, so nothing is written\n"
        + fixed.left_out.describe(),
        f"lines of `image path<TAB>text` whose images lie below {data_dir}",
        "name the folder that the paths start from with --data-dir, or export the labels again",
    )
