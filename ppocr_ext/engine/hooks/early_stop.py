"""Ends training when evaluations stop improving (Prechelt, 1998)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ppocr_ext.config.schema.run import EarlyStop as Settings
from ppocr_ext.engine.hooks.base import Hook
from ppocr_ext.show.formats import counted

if TYPE_CHECKING:
    from ppocr_ext.config import Config
    from ppocr_ext.engine.loop import Trainer


class EarlyStop(Hook):
    """Counts evaluations without an improvement of ``min_delta``; the count survives a resume."""

    def configure(self, config: Config) -> None:
        self.settings = config.Global.early_stop

    def after_evaluation(self, trainer: Trainer, metrics: Mapping[str, Any]) -> None:
        settings = self.settings
        if settings is None:
            return
        memory = trainer.state.hooks.setdefault("early_stop", {"seen": 0, "waited": 0})
        memory["seen"] += 1
        value, best = float(metrics[settings.metric]), memory.get("best")
        if best is None or _gain(settings, value, best) > settings.min_delta:
            memory.update(best=value, waited=0)
            return
        memory["waited"] += 1
        warm = memory["seen"] > settings.warmup_evals
        if warm and memory["waited"] >= settings.patience:
            trainer.stop(
                "early_stop",
                f"early stop: {settings.metric} has not improved on {best:g} for "
                f"{counted(memory['waited'], 'evaluation')}",
            )


def _gain(settings: Settings, value: float, best: float) -> float:
    return value - best if settings.mode == "max" else best - value
