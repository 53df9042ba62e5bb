"""Warnings from anywhere, background threads and other processes too, into the run's log."""

from __future__ import annotations

import logging
import queue
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ppocr_ext.engine import parallel
from ppocr_ext.engine.hooks.base import Hook
from ppocr_ext.records.records import EventName

if TYPE_CHECKING:
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.step import StepResult


class Notices(Hook):
    """``add`` may be called from any thread and before the run starts.

    What rank 0 has to say is in the log at once; the others', who keep none, when all processes
    meet anyway: after an evaluation, an epoch, the last step.
    """

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[tuple[EventName, str]] = queue.SimpleQueue()
        self._told: set[str] = set()

    def add(self, text: str, name: EventName = "warning") -> None:
        """name: of the event that it becomes."""
        self._waiting.put((name, text))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take over, for this time, what this project's modules log."""
        logger, handler = logging.getLogger("ppocr_ext"), logging.Handler(logging.WARNING)
        handler.emit = lambda record: self.add(record.getMessage())  # type: ignore[method-assign]
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            if parallel.rank() == 0:
                for name, text in self._drain():  # not asked for yet: the run did not start
                    print(f"{name}: {text}", file=sys.stderr)

    def on_start(self, trainer: Trainer) -> None:
        self._tell(trainer)

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        self._tell(trainer)
        if trainer.stop_reason:
            self._tell_of_all(trainer)

    def after_evaluation(self, trainer: Trainer, metrics: Mapping[str, Any]) -> None:
        self._tell_of_all(trainer)

    def after_epoch(self, trainer: Trainer) -> None:
        self._tell_of_all(trainer)

    def on_end(self, trainer: Trainer) -> None:
        self._tell(trainer)

    def _tell(self, trainer: Trainer) -> None:
        """On rank 0 only: the others keep theirs until all meet."""
        if parallel.rank() == 0:
            for name, text in self._drain():
                trainer.event(name, text, level="WARNING")
                self._told.add(text)

    def _tell_of_all(self, trainer: Trainer) -> None:
        """What several met is reported once. All processes must call it together."""
        self._tell(trainer)
        for name, text in parallel.gather(list(self._drain())):
            if text not in self._told:
                trainer.event(name, text, level="WARNING")
                self._told.add(text)

    def _drain(self) -> Iterator[tuple[EventName, str]]:
        while not self._waiting.empty():
            yield self._waiting.get()
