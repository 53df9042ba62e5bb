"""Steps whose loss or gradient is not finite: skipped, kept for inspection, never learnt from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ppocr_ext.engine import parallel
from ppocr_ext.engine.hooks.base import Hook, spared
from ppocr_ext.errors import UserError
from ppocr_ext.files import write_text

if TYPE_CHECKING:
    from ppocr_ext.config import Config
    from ppocr_ext.data.batch import Batch
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.state import TrainState
    from ppocr_ext.engine.step import StepResult

MOST_SAVED = 10  # batches kept of one session
MOST_ROLLBACKS = 3  # to the same step


class NonFiniteGuard(Hook):
    """After ``max_in_row`` such steps, roll back with a lower rate, or stop with a diagnosis.

    It also stops when rolling back to the same step has not helped three times. All processes
    see the same sums, and so decide the same.

    Args:
        folder: where offending batches are kept (labels, paths, images as PNG).
        restore: loads the last intact checkpoint into the network; ``None`` when there is none.
    """

    def __init__(self, folder: Path, restore: Callable[[], TrainState | None]) -> None:
        self.folder, self.restore = folder, restore
        self.in_row = self.saved = self.impossible = 0
        self.rolled_to, self.rollbacks = -1, 0

    def configure(self, config: Config) -> None:
        self.settings = config.Global.on_nonfinite
        self.check = config.command("check_data.py")

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        self._report_impossible(trainer, result)
        if result.applied:
            self.in_row = 0
        if result.overflowed:
            text = "gradients overflowed in half precision: the step is skipped, the loss scale is"
            scale = trainer.step.loss_scale.scale
            trainer.event("loss_scale", f"{text} now {scale:g}", scale=scale)
        if result.applied or result.overflowed:
            return
        self.in_row += 1
        where = self._keep(trainer, result)
        blamed = f", first at {result.blamed}" if result.blamed else ""
        trainer.event(
            "skip_step",
            f"step {trainer.state.global_step} skipped: loss {result.losses['loss']}, gradient "
            f"norm {result.grad_norm}{blamed}{where}",
            level="WARNING",
            loss=result.losses["loss"],
            grad_norm=result.grad_norm,
        )
        if self.in_row >= self.settings.max_in_row:
            self._act(trainer)

    def _report_impossible(self, trainer: Trainer, result: StepResult) -> None:
        """A CTC loss below or at 0 cannot be: the labels are longer than T, or Paddle is wrong."""
        ctc = result.losses.get("CTCLoss", 1.0)
        possible = ctc > 0.0 or not any(len(batch) for batch in result.batches)
        if result.applied and not possible and self.impossible < MOST_SAVED:
            self.impossible += 1
            trainer.event(
                "impossible_loss",
                f"CTC loss is {ctc} at step {trainer.state.global_step}: it is 0 when every label "
                "needs more steps than its image gives, and can never be negative; "
                f"check the labels: {self.check}",
                level="WARNING",
                loss=ctc,
            )

    def _keep(self, trainer: Trainer, result: StepResult) -> str:
        """Save the batches of the step for inspection; says where."""
        if self.saved >= MOST_SAVED:
            return ""
        self.saved += 1
        name = f"step_{trainer.state.global_step:08d}_rank{parallel.rank()}"
        folder = self.folder / name
        with spared(folder):
            for number, batch in enumerate(result.batches):
                _save_batch(folder / str(number), batch)
        return f"; its batch is kept in {folder.as_posix()}"

    def _act(self, trainer: Trainer) -> None:
        self.in_row = 0
        state = self.restore() if self.settings.action == "rollback" else None
        if state is None:
            raise self._diagnosis(trainer.state.global_step)
        state.lr_factor = trainer.state.lr_factor * self.settings.lr_factor
        reached = trainer.state.global_step
        trainer.jump(state)
        trainer.event(
            "rollback",
            f"rolled back to step {state.global_step}; the learning rate is multiplied by "
            f"{state.lr_factor:g} from here",
            level="WARNING",
            lr_factor=state.lr_factor,
        )
        self.rollbacks = self.rollbacks + 1 if state.global_step == self.rolled_to else 1
        self.rolled_to = state.global_step
        if self.rollbacks > MOST_ROLLBACKS:
            raise self._diagnosis(reached)

    def _diagnosis(self, step: int) -> UserError:
        return UserError(
            f"{self.settings.max_in_row} steps in a row were not finite, up to step {step}; the "
            f"last checkpoint before them is kept",
            "finite losses and gradients",
            "lower Optimizer.lr.learning_rate, look at the batches kept in "
            f"{self.folder.as_posix()}, or start from other weights",
        )


def _save_batch(folder: Path, batch: Batch) -> None:
    """``lines.json`` (path, label, index) and one PNG per line."""
    import cv2

    folder.mkdir(parents=True, exist_ok=True)
    rows = zip(batch.paths, batch.texts, np.asarray(batch.indices).tolist(), strict=True)
    lines = [{"path": str(path), "text": text, "index": index} for path, text, index in rows]
    write_text(folder / "lines.json", json.dumps(lines, ensure_ascii=False, indent=1) + "\n")
    for number, (image, width) in enumerate(zip(batch.images, batch.widths, strict=True)):
        cv2.imencode(".png", image[:, : max(int(width), 1)])[1].tofile(folder / f"{number}.png")
