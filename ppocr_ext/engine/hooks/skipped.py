"""Says which training lines were left out of their batch, and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ppocr_ext.engine.hooks.base import Hook

if TYPE_CHECKING:
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.step import StepResult

MOST_NAMED = 20  # lines of one session that are named; the others are counted


class SkippedLines(Hook):
    """Each line once, however often it comes again; how many there were at the end."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        for batch in result.batches:
            for path, reason in batch.skipped:
                if path not in self.reasons and len(self.reasons) < MOST_NAMED:
                    trainer.event("skip_line", f"left out: {path}: {reason}", level="WARNING")
                self.reasons[path] = reason

    def on_end(self, trainer: Trainer) -> None:
        kinds = Counter(reason.partition(":")[0] for reason in self.reasons.values())
        for kind, count in kinds.items():
            text = f"training lines left out since the start: {count} ({kind})"
            trainer.event("skipped_lines", text, level="WARNING")
