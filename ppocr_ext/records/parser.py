"""Gives every line of a log to what understands it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ppocr_ext.records import forms
from ppocr_ext.records.history import History
from ppocr_ext.records.jsonl import feed_json
from ppocr_ext.records.patterns import Pattern, PatternParser
from ppocr_ext.records.stock import StockParser

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
