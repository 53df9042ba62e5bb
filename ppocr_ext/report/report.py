"""Everything that a report shows, gathered from the files of one run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ppocr_ext.report.history import History
from ppocr_ext.report.patterns import load_patterns
from ppocr_ext.report.reading import Progress, read_logs
from ppocr_ext.report.records import Point
from ppocr_ext.report.sources import Source
from ppocr_ext.report.trends import Row, best_eval, trend_rows

MEMORY = ".report_card.memory.json"


@dataclass
class Report:
    """One run, read and judged."""

    source: Source
    history: History
    rows: list[Row]
    made: float = field(default_factory=time.time)

    @property
    def best(self) -> Point | None:
        return best_eval(self.history.evals.points())

    @property
    def latest(self) -> Point | None:
        return self.history.evals.last

    @property
    def last_step(self) -> int:
        points = [p for p in (self.history.train.last, self.history.evals.last) if p]
        return max((point.step for point in points), default=0)


def make_report(
    source: Source,
    by: str = "eval",
    patterns: Sequence[Path] = (),
    output: Path | None = None,
    progress: Progress | None = None,
) -> Report:
    """Read the logs of ``source`` and everything beside them.

    Args:
        output: folder of earlier reports and of the memory of what was read.
    """
    memory = (output or source.folder) / MEMORY
    history = read_logs(source.logs, load_patterns(*patterns), memory, progress)
    return Report(source, history, trend_rows(history, by))
