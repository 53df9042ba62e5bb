"""Reads a run's logs into its history, and continues from where the last report stopped."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.files import write_text
from ppocr_ext.records import forms
from ppocr_ext.records.history import History
from ppocr_ext.records.jsonl import feed_json
from ppocr_ext.records.lines import LineReader, first_lines
from ppocr_ext.records.patterns import SHIPPED, Pattern, PatternParser
from ppocr_ext.records.stock import StockParser
from ppocr_ext.show.formats import counted

LONGEST_LINE = 20_000  # characters


class LogParser:
    """Understands ``metrics.jsonl``, PaddleOCR's lines, and lines of given patterns.

    Attributes:
        history: what was read so far.
    """

    def __init__(self, patterns: Sequence[Pattern], history: History | None = None) -> None:
        self.history = history or History()
        self.stock = StockParser(self.history)
        self.other = PatternParser(patterns, self.history)

    def feed(self, lines: Iterable[str]) -> None:
        """Take lines in the order in which they were written."""
        for line in lines:
            if len(line) > LONGEST_LINE:
                line = line[:LONGEST_LINE]
            if line.startswith("["):
                known = self.stock.feed(line)
            elif line.startswith("{"):
                known = feed_json(line, self.history)
            else:
                line = line.strip()
                known = not line or self.stock.feed(line)
            if not known and not self.other.feed(line):
                self._not_known(line)
            if self.history.is_complete:
                return

    def _not_known(self, line: str) -> None:
        if forms.OTHER_LOGGER.match(line):
            self.history.account.add("text")
            return
        is_ours = self.history.trainer == "ours" or '"kind": ' in line
        self.history.account.add("damaged" if line[:1] == "{" and is_ours else "unknown", line)

    def to_dict(self) -> dict[str, Any]:
        """Everything that reading on needs, as JSON values."""
        return {
            "history": self.history.to_dict(),
            "previous": self.stock.previous,
            "epoch": self.other.epoch,
        }

    @classmethod
    def from_dict(cls, saved: dict[str, Any], patterns: Sequence[Pattern]) -> LogParser:
        parser = cls(patterns, History.from_dict(saved["history"]))
        parser.stock.previous = saved["previous"]
        parser.other.epoch = saved["epoch"]
        return parser


FORMAT = 3
_MOST_SHOWN = 6  # lines of logs that are not understood
_PROBE = 4096  # bytes at each end of what was read that must still be the same

Progress = Callable[[int, int], None]  # bytes read, bytes in all


def read_logs(
    logs: Sequence[Path],
    patterns: Sequence[Pattern],
    memory: Path | None = None,
    progress: Progress | None = None,
    metric: str = "acc",
    run: int | None = None,
) -> History:
    """The history in ``logs``, oldest first.

    Args:
        memory: where what was read is kept, so that a grown log costs only what grew. ``None``
            reads everything.
        progress: called about once a megabyte.
        metric: the run's main indicator.
        run: which of several runs in the logs, 1 for the oldest; ``None`` for the newest.

    Raises:
        UserError: nothing in the logs is understood, or they hold fewer runs.
    """
    parser = LogParser(patterns, History(metric, run))
    marks: dict[str, Any] = {}
    if memory and (recalled := _recall(memory, logs, patterns, metric)):
        parser, marks = recalled
    total = sum(log.stat().st_size for log in logs)
    before = sum(mark["offset"] for mark in marks.values())
    tails: list[str] = []
    for log in logs:
        mark = marks.get(str(log), {"offset": 0})
        reader = LineReader(log, mark["offset"])
        for lines in reader.batches():
            parser.feed(lines)
            if progress:
                progress(before + reader.offset - mark["offset"], total)
        parser.history.account.encodings.update(reader.encodings)
        before += reader.offset - mark["offset"]
        marks[str(log)] = _mark(log, reader.offset)
        tails = reader.tail()
        if tails and log != logs[-1]:
            parser.feed(tails)
    remembered = _as_text(parser, marks, patterns) if memory else ""
    parser.feed(tails)  # not remembered: it may still be growing
    _refuse_what_says_nothing(parser.history, logs)
    if memory:
        with contextlib.suppress(OSError):  # a run on a read-only disk is read again each time
            write_text(memory, remembered)
    return parser.history


def _refuse_what_says_nothing(history: History, logs: Sequence[Path]) -> None:
    """A report of nothing would look like a report of a healthy run."""
    log = logs[0]
    if history.run and history.run > len(history.earlier) + 1:
        raise UserError(
            f"{log} holds {counted(len(history.earlier) + 1, 'run')}, not {history.run}",
            f"a number from 1, the oldest, to {len(history.earlier) + 1}",
            f"the newest one: {tool_command('report_card.py', log)}",
        )
    if history.is_understood:
        return
    expected = (
        "a log of tools/train.py, of PaddleOCR, or of a trainer whose lines are described in "
        f"{SHIPPED.as_posix()}"
    )
    lines = [f"\n    {line}" for log in logs for line in first_lines(log)]
    if not lines:
        raise UserError(f"{log} is empty", expected, "wait until the training has started")
    read = counted(history.account.lines, "line")
    raise UserError(
        f"{log}: of its {read} none is understood; it begins with" + "".join(lines[:_MOST_SHOWN]),
        expected,
        f"describe its lines in own.yml as {SHIPPED.as_posix()} does, then run: "
        + tool_command("report_card.py", log, "--patterns", "own.yml"),
    )


def _recall(
    memory: Path, logs: Sequence[Path], patterns: Sequence[Pattern], metric: str
) -> tuple[LogParser, dict[str, Any]] | None:
    """What an earlier report read, if the logs still begin with it."""
    try:
        saved = json.loads(memory.read_bytes().decode("utf-8"))
        if saved["format"] != FORMAT or saved["patterns"] != _fingerprint(patterns):
            return None
        if saved["parser"]["history"]["metric"] != metric:
            return None
        marks = saved["marks"]
        known = [str(log) for log in logs][: len(marks)]
        if list(marks) != known or not all(_is_unchanged(Path(log), marks[log]) for log in marks):
            return None
        if any(_has_grown(Path(log), marks[log]) for log in known[:-1]):
            return None  # not the last one grew: the order of the lines differs
        return LogParser.from_dict(saved["parser"], patterns), marks
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _as_text(parser: LogParser, marks: dict[str, Any], patterns: Sequence[Pattern]) -> str:
    """What was read so far, for the next report."""
    saved = {
        "format": FORMAT,
        "patterns": _fingerprint(patterns),
        "marks": marks,
        "parser": parser.to_dict(),
    }
    return json.dumps(saved, ensure_ascii=False)


def _fingerprint(patterns: Sequence[Pattern]) -> str:
    return hashlib.sha256(repr(patterns).encode()).hexdigest()


def _mark(log: Path, offset: int) -> dict[str, Any]:
    """A place in a log, and what surrounds it."""
    return {"offset": offset, "probe": _probe(log, offset)}


def _is_unchanged(log: Path, mark: dict[str, Any]) -> bool:
    return log.stat().st_size >= mark["offset"] and _probe(log, mark["offset"]) == mark["probe"]


def _has_grown(log: Path, mark: dict[str, Any]) -> bool:
    return log.stat().st_size > mark["offset"]


def _probe(log: Path, offset: int) -> str:
    """Digest of the first and of the last bytes before ``offset``."""
    digest = hashlib.sha256()
    with open(log, "rb") as stream:
        digest.update(stream.read(min(offset, _PROBE)))
        stream.seek(max(offset - _PROBE, 0))
        digest.update(stream.read(min(offset, _PROBE)))
    return digest.hexdigest()
