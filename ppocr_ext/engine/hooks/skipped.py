"""Says which training lines were left out of their batch, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ppocr_ext.data.dataset import Problem
from ppocr_ext.engine import parallel
from ppocr_ext.engine.hooks.base import Hook
from ppocr_ext.records.records import EventName

if TYPE_CHECKING:
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.step import StepResult

MOST_NAMED = 20  # lines of one process's session that are named; the others are counted


class SkippedLines(Hook):
    """Each line once a process, however often it comes again; how many there were at the end.

    Args:
        tell: takes a text and the name of its event (:meth:`Notices.add`).
    """

    def __init__(self, tell: Callable[[str, EventName], Any]) -> None:
        self.tell = tell
        self.problems: dict[str, Problem] = {}

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        for batch in result.batches:
            for path, problem in batch.skipped:
                if path not in self.problems and len(self.problems) < MOST_NAMED:
                    self.tell(f"left out: {path}: {problem.text}", "skip_line")
                self.problems[path] = problem

    def on_end(self, trainer: Trainer) -> None:
        problems = self.problems
        if trainer.stop_reason:  # all processes are here, none has failed
            problems = dict(parallel.gather(list(problems.items())))
        reasons = Counter(problem.reason for problem in problems.values())
        for reason, count in reasons.items():
            text = f"training lines left out since the start: {count} ({reason.value})"
            self.tell(text, "skipped_lines")
