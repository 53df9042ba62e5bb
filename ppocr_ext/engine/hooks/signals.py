"""Ctrl-C and SIGTERM: finish the step, save, stop; a second one exits at once."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

from ppocr_ext.engine.hooks.base import Hook

if TYPE_CHECKING:
    from ppocr_ext.engine.loop import Trainer

# Windows sends SIGBREAK for Ctrl-Break, and when a console that we own closes.
SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
]


class StopOnSignal(Hook):
    """Asks the trainer to stop at the first signal; checkpoints are written by another hook.

    The second signal ends the process at once. That is safe at any instant: a checkpoint is
    complete or it is not there.
    """

    def on_start(self, trainer: Trainer) -> None:
        self.previous: dict[int, Any] = {}

        def on_signal(number: int, frame: object) -> None:
            if trainer.stop_requested:
                os._exit(128 + number)
            trainer.request_stop(signal.Signals(number).name)

        for number in SIGNALS:
            self.previous[number] = signal.signal(number, on_signal)

    def on_end(self, trainer: Trainer) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)
