"""Warnings from anywhere, background threads too, into the run's log."""

from __future__ import annotations

import logging
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ppocr_ext.engine.hooks.base import Hook

if TYPE_CHECKING:
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.step import StepResult


class Notices(Hook):
    """``add`` may be called from any thread and before the run starts."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()

    def add(self, text: str) -> None:
        self._waiting.put(text)

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

    def on_start(self, trainer: Trainer) -> None:
        self._tell(trainer)

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        self._tell(trainer)

    def on_end(self, trainer: Trainer) -> None:
        self._tell(trainer)

    def _tell(self, trainer: Trainer) -> None:
        while not self._waiting.empty():
            trainer.event("warning", self._waiting.get(), level="WARNING")
