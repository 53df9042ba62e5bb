"""Says which training lines were left out of their batch, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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
        self.reasons: dict[str, str] = {}

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        for batch in result.batches:
            for path, reason in batch.skipped:
                if path not in self.reasons and len(self.reasons) < MOST_NAMED:
                    self.tell(f"left out: {path}: {reason}", "skip_line")
                self.reasons[path] = reason

    def on_end(self, trainer: Trainer) -> None:
        reasons = self.reasons
        if trainer.stop_reason:  # all processes are here, none has failed
            reasons = dict(parallel.gather(list(reasons.items())))
        kinds = Counter(reason.partition(":")[0] for reason in reasons.values())
        for kind, count in kinds.items():
            text = f"training lines left out since the start: {count} ({kind})"
            self.tell(text, "skipped_lines")
