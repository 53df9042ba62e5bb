"""Saves ``latest`` by step, epoch and at the end, ``best_accuracy`` when it is beaten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppocr_ext.engine.hooks.base import Hook

if TYPE_CHECKING:
    from ppocr_ext.config import Config
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.state import TrainState
    from ppocr_ext.engine.step import StepResult


class Checkpoints(Hook):
    """Must come after the evaluation in the list of hooks, so that bests are known.

    Args:
        save: writes one checkpoint under several names; given on rank 0 only.
        run: the run folder, for what the log says.
        resume_command: what to run to go on, printed when the run was stopped.
    """

    def __init__(
        self,
        save: Callable[[list[str], TrainState], None],
        run: Path,
        resume_command: str,
    ) -> None:
        self.save, self.run, self.resume_command = save, run, resume_command
        self.saved_step = -1

    def configure(self, config: Config) -> None:
        self.step_interval = config.Global.save_step
        self.epoch_interval = config.Global.save_epoch_step

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        if self.step_interval and trainer.state.global_step % self.step_interval == 0:
            self._save(trainer, ["latest"])

    def after_evaluation(self, trainer: Trainer, metrics: Mapping[str, Any]) -> None:
        if metrics["is_best"] and trainer.state.global_step:
            self._save(trainer, ["latest", "best_accuracy"])

    def after_epoch(self, trainer: Trainer) -> None:
        kept = trainer.state.epoch % self.epoch_interval == 0
        self._save(trainer, ["latest"] + [f"iter_epoch_{trainer.state.epoch}"] * kept)

    def on_end(self, trainer: Trainer) -> None:
        if self.saved_step != trainer.state.global_step and trainer.state.global_step:
            self._save(trainer, ["latest"])
        if trainer.stop_reason not in ("", "finished"):
            text = f"stopped ({trainer.stop_reason}); go on with: {self.resume_command}"
            trainer.event("stop", text)

    def _save(self, trainer: Trainer, names: list[str]) -> None:
        self.save(names, trainer.state)
        self.saved_step = trainer.state.global_step
        for name in names:
            verb = "save best model is to" if name == "best_accuracy" else "save model in"
            text = f"{verb} {(self.run / name).as_posix()}"
            trainer.event("save", text)
