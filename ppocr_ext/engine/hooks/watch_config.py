"""While training runs, edits of live keys in the YAML apply at the next step."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ppocr_ext.config.diff import Change, diff, format_table
from ppocr_ext.engine.hooks.base import Hook
from ppocr_ext.errors import UserError

if TYPE_CHECKING:
    from ppocr_ext.config import Config
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.step import StepResult

LOOK_SECONDS = 2.0
SETTLE_SECONDS = 1.0  # editors write a file in several goes


class WatchConfig(Hook):
    """Refuses an invalid or non-live edit with one log line, and training goes on.

    Args:
        files: the YAML and its bases.
        load: reads the config again; raises :class:`UserError` when it is not valid.
        apply: makes a config of live changes the current one.
    """

    def __init__(
        self, files: list[Path], config: Config, load: Callable[[], Config], apply: Callable
    ) -> None:
        self.files, self.config, self.load, self.apply = files, config, load, apply
        self.seen = self._stamp()
        self.next_look = 0.0

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        now = time.monotonic()
        if now < self.next_look:
            return
        self.next_look = now + LOOK_SECONDS
        stamp = self._stamp()
        if stamp != self.seen and time.time() - max(stamp, default=0.0) >= SETTLE_SECONDS:
            self.seen = stamp
            self._take(trainer)

    def _stamp(self) -> tuple[float, ...]:
        return tuple(path.stat().st_mtime for path in self.files if path.exists())

    def _take(self, trainer: Trainer) -> None:
        try:
            new = self.load()
        except UserError as error:
            self._refuse(trainer, str(error))
            return
        changes = diff(self.config.to_dict(), new.to_dict())
        fixed = [change for change in changes if change.kind != "live"]
        if fixed:
            keys = ", ".join(change.key for change in fixed)
            self._refuse(trainer, f"only a resume can change {keys}")
        elif changes:
            self.config = new
            self.apply(trainer, new)
            trainer.event("live", _told(changes), changes=[change._asdict() for change in changes])

    def _refuse(self, trainer: Trainer, reason: str) -> None:
        trainer.event("live_refused", f"edit of the config not taken: {reason}", level="WARNING")


def _told(changes: list[Change]) -> str:
    return "config edited while training:\n" + format_table(changes)
