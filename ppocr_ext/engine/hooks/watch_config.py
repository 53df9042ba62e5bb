"""While training runs, edits of live keys in the YAML apply at the next step."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppocr_ext.config.diff import diff, format_table
from ppocr_ext.engine.hooks.base import Hook
from ppocr_ext.errors import UserError, reason_of

if TYPE_CHECKING:
    from ppocr_ext.config import Config
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.step import StepResult

LOOK_SECONDS = 2.0
SETTLE_SECONDS = 1.0  # editors write a file in several goes


class WatchConfig(Hook):
    """Rank 0's watch over the YAML and its bases.

    A good edit is recorded in the config history and announced with the next step, so that
    every process takes it after that one. An invalid or non-live edit is refused with a log
    line, and training continues as before.

    Args:
        files: the YAML and its bases.
        load: reads the config again; raises :class:`UserError` when it is not valid.
        record: adds a plain config to the history at a step; returns its number.
    """

    def __init__(
        self,
        files: Sequence[Path],
        load: Callable[[], Config],
        record: Callable[[dict[str, Any], int], int],
    ) -> None:
        self.files, self.load, self.record = files, load, record
        self.seen = self._stamp()
        self.next_look = 0.0

    def configure(self, config: Config) -> None:
        self.current = config

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        now = time.monotonic()
        if now < self.next_look:
            return
        self.next_look = now + LOOK_SECONDS
        stamp = self._stamp()
        if stamp != self.seen and time.time() - max(stamp, default=0.0) >= SETTLE_SECONDS:
            self.seen = stamp
            self._take(trainer)

    def _stamp(self) -> list[float]:
        return [path.stat().st_mtime for path in self.files if path.exists()]

    def _take(self, trainer: Trainer) -> None:
        try:
            new = self.load()
        except UserError as error:
            self._refuse(trainer, str(error))
            return
        changes = diff(self.current.tree, new.tree)
        fixed = [change.key for change in changes if change.kind != "live"]
        if fixed:
            self._refuse(trainer, f"only a resume can change {', '.join(fixed)}")
        elif changes:
            try:
                trainer.announce = self.record(new.tree, trainer.state.global_step + 1)
            except OSError as error:
                self._refuse(trainer, f"it cannot be recorded: {reason_of(error)}")

    def _refuse(self, trainer: Trainer, reason: str) -> None:
        trainer.event("live_refused", f"edit of the config not applied: {reason}", level="WARNING")


class TakeConfig(Hook):
    """Every process: takes a config that rank 0 announced with this step.

    Args:
        load: reads the config of that number from the history.
        apply: makes it the current one.
    """

    def __init__(
        self, load: Callable[[int], Config], apply: Callable[[Trainer, Config], None]
    ) -> None:
        self.load, self.apply = load, apply

    def configure(self, config: Config) -> None:
        self.current = config

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        if not result.announced:
            return
        trainer.announce = 0
        new = self.load(result.announced)
        changes = diff(self.current.tree, new.tree)
        text = "config edited while training, from the next step on:\n" + format_table(changes)
        trainer.event("live", text, keys=[change.key for change in changes])
        self.apply(trainer, new)
