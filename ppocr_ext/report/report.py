"""What a report holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ppocr_ext.ranking import deciding
from ppocr_ext.records.history import History
from ppocr_ext.records.records import Point
from ppocr_ext.report.forecast import Estimate
from ppocr_ext.report.gallery import Mistake
from ppocr_ext.report.phases import Phase
from ppocr_ext.report.trends import Row
from ppocr_ext.runs.history import Swap
from ppocr_ext.runs.inventory import Disk
from ppocr_ext.runs.logs import Source

Severity = Literal["critical", "warning", "info", "good"]


@dataclass(frozen=True)
class Finding:
    """What a rule of the diagnosis found: how bad, what it saw, and what to do."""

    rule: str
    severity: Severity
    title: str
    evidence: str
    advice: str = ""


@dataclass
class Report:
    """One run, read and judged.

    Attributes:
        made: seconds since 1970; ages are counted from here.
        changes: metric → its change since the last report; empty when there was none.
    """

    source: Source
    made: float
    history: History
    rows: list[Row]
    config: dict[str, Any] = field(default_factory=dict)
    swaps: list[Swap] = field(default_factory=list)
    disk: Disk = field(default_factory=Disk)
    mistakes: list[Mistake] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    estimates: list[Estimate] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    previous: dict[str, Any] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether tools/train.py wrote the log."""
        return self.history.trainer == "ours"

    @property
    def evals(self) -> list[Point]:
        return self.history.evals.points()

    @property
    def train(self) -> list[Point]:
        return self.history.train.points()

    @property
    def best(self) -> Point | None:
        return self.history.best

    @property
    def metric(self) -> str:
        """What the evaluations are judged by: the run's main indicator, if the log has it."""
        names = (name for point in self.evals[-1:] for name in point.values)
        return deciding(names, self.history.metric)

    @property
    def latest(self) -> Point | None:
        return self.history.evals.last

    @property
    def last_step(self) -> int:
        points = [p for p in (self.history.train.last, self.history.evals.last) if p]
        return max((point.step for point in points), default=0)

    @property
    def last_time(self) -> float | None:
        """Of the last record in the log."""
        points = [self.history.train.last, self.history.evals.last, *self.history.events[-1:]]
        return max((p.time for p in points if p and p.time is not None), default=None)

    @property
    def is_running(self) -> bool:
        """Whether the log was written to within the last minutes and records no end."""
        return self.silence is not None and self.silence < 900 and not self.is_finished

    @property
    def is_finished(self) -> bool:
        from ppocr_ext.report.forecast import total_steps

        total = total_steps(self.history)
        return total is not None and self.last_step >= total

    @property
    def silence(self) -> float | None:
        """Seconds from the last record to this report."""
        return None if self.last_time is None else self.made - self.last_time
