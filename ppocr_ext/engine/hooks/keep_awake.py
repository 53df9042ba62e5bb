"""Keeps the machine from going to sleep while it trains."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ppocr_ext.engine.hooks.base import Hook

if TYPE_CHECKING:
    from ppocr_ext.engine.loop import Trainer


class KeepAwake(Hook):
    """By wakepy, where the system allows it; the log says which."""

    def on_start(self, trainer: Trainer) -> None:
        from wakepy import keep

        logging.getLogger("wakepy").setLevel(logging.WARNING)  # it logs each method it tried

        self.mode = keep.running(on_fail="pass")
        self.mode.__enter__()
        if self.mode.active:
            trainer.event("awake", "the machine is kept awake while training runs")
        else:
            trainer.event(
                "awake",
                "the computer may fall asleep during training: turn its sleep mode off",
            )

    def on_end(self, trainer: Trainer) -> None:
        self.mode.__exit__(None, None, None)
