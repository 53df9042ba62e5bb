"""Saves ``latest`` by step, epoch and at the end, and each best when it is beaten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppocr_ext.checkpoint.checkpoint import LATEST
from ppocr_ext.engine.hooks.base import Hook

if TYPE_CHECKING:
    from ppocr_ext.checkpoint import Checkpoint
    from ppocr_ext.config import Config
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.state import TrainState
    from ppocr_ext.engine.step import StepResult


class Checkpoints(Hook):
    """Must come after the evaluation in the list of hooks, so that bests are known.

    The same step is written once, whatever the number of its names.

    Args:
        save: writes one checkpoint under several names.
        publish: gives a checkpoint one more name.
        run: the run folder, for what the log says.
        resume_command: what to run to continue, printed when the run was stopped.
    """

    def __init__(
        self,
        save: Callable[[list[str], TrainState], Checkpoint],
        publish: Callable[[Checkpoint, str], Any],
        run: Path,
        resume_command: str,
    ) -> None:
        self.save, self.publish = save, publish
        self.run, self.resume_command = run, resume_command
        self.newest: Checkpoint | None = None

    def configure(self, config: Config) -> None:
        self.step_interval = config.Global.save_step
        self.epoch_interval = config.Global.save_epoch_step

    def after_evaluation(self, trainer: Trainer, metrics: Mapping[str, Any]) -> None:
        if metrics["beaten"]:
            self._save(trainer, [LATEST, *metrics["beaten"]])

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        if self.step_interval and trainer.state.global_step % self.step_interval == 0:
            self._save(trainer, [LATEST])

    def after_epoch(self, trainer: Trainer) -> None:
        kept = trainer.state.epoch % self.epoch_interval == 0
        self._save(trainer, [LATEST] + [f"iter_epoch_{trainer.state.epoch}"] * kept)

    def on_end(self, trainer: Trainer) -> None:
        if trainer.state.global_step:
            self._save(trainer, [LATEST])
        if trainer.stop_reason != "finished":
            text = f"stopped ({trainer.stop_words or 'an error'}); continue with: "
            reason = trainer.stop_reason or "error"
            known = reason == "signal" and trainer.stop_requested
            signal = {"signal": trainer.stop_requested} if known else {}  # else another process's
            trainer.event("stop", text + self.resume_command, reason=reason, **signal)

    def _save(self, trainer: Trainer, names: list[str]) -> None:
        """Save the current step under ``names``, of which some may be there already."""
        if self.newest is not None and self.newest.global_step == trainer.state.global_step:
            names = [name for name in names if name not in self.newest.names]
            for name in names:
                self.publish(self.newest, name)
        else:
            self.newest = self.save(names, trainer.state)
        for name in names:
            path = (self.run / name).as_posix()
            if name.startswith("best_"):
                trainer.event("best", f"save best model is to {path}", checkpoint=name)
            else:
                trainer.event("save", f"save model in {path}", checkpoint=name)
