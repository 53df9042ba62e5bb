"""Emits one record of the training numbers every ``print_batch_step`` steps."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import paddle

from ppocr_ext.engine.hooks.base import Hook
from ppocr_ext.models.lines import decode
from ppocr_ext.scores.recognition import RecognitionMetric
from ppocr_ext.text.codec import CTCCodec

if TYPE_CHECKING:
    from ppocr_ext.config import Config
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.step import StepResult


class LogTrain(Hook):
    """Losses and accuracies are medians of the last ``window`` values, as in PaddleOCR.

    Args:
        seconds_left: estimate of time besides training steps (evaluations) until the end.
        telemetry: numbers about the machine, added to every record.
    """

    def __init__(
        self,
        metric: RecognitionMetric,
        codec: CTCCodec,
        seconds_left: Callable[[Trainer], float],
        telemetry: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        self.metric, self.codec = metric, codec
        self.seconds_left, self.telemetry = seconds_left, telemetry
        self.slowdowns: list[str] = []

    def configure(self, config: Config) -> None:
        self.every, self.window = config.Global.print_batch_step, config.Global.log_smooth_window
        self.measures_accuracy = config.Global.cal_metric_during_train

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        # In the state, so that a resumed run logs what it would have logged.
        self.recent: dict[str, list[float]] = trainer.state.hooks.setdefault("log_train", {})
        for name, value in result.losses.items():
            if math.isfinite(value):
                self._remember(name, value)
        if trainer.state.global_step % self.every and not trainer.finished:
            return
        if self.measures_accuracy and result.outputs is not None:
            self._remember_accuracy(result)
        record = self._record(trainer, result)
        trainer.emit(record)
        self._warn_of_slowdown(trainer, record.get("gpu_throttled", []))
        trainer.timer.reset()

    def _warn_of_slowdown(self, trainer: Trainer, reasons: list[str]) -> None:
        """Once for each change of the reasons."""
        if reasons and reasons != self.slowdowns:
            text = f"the GPU is slowed down: {', '.join(reasons)}"
            trainer.event("throttled", text, level="WARNING", reasons=reasons)
        self.slowdowns = reasons

    def _remember(self, name: str, value: float) -> None:
        values = self.recent.setdefault(name, [])
        values.append(value)
        del values[: -self.window]

    def _remember_accuracy(self, result: StepResult) -> None:
        """On this process's last batch of the step."""
        truths = [batch.texts for batch in result.batches if len(batch)][-1]
        self.metric.reset()
        self.metric.update([text for text, _ in decode(result.outputs, self.codec)], truths)
        summary = self.metric.summary()
        for name in ("acc", "norm_edit_dis"):
            self._remember(name, summary[name])

    def _record(self, trainer: Trainer, result: StepResult) -> dict[str, Any]:
        timer, steps = trainer.timer, max(trainer.timer.steps, 1)
        medians = {name: statistics.median(values) for name, values in self.recent.items()}
        batch_cost = timer.total / steps
        record: dict[str, Any] = {
            "kind": "train",
            "epoch": trainer.state.epoch,
            "epoch_num": trainer.epoch_num,
            "global_step": trainer.state.global_step,
            "lr": result.lr,
            "losses": {name: medians.get(name, value) for name, value in result.losses.items()},
            "augmentation": result.batches[-1].strength,
            "grad_norm": result.grad_norm,
            "avg_reader_cost": timer.reader / steps,
            "avg_batch_cost": batch_cost,
            "avg_samples": timer.samples / steps,
            "ips": timer.samples / max(timer.total, 1e-9),
        }
        record.update({n: medians[n] for n in ("acc", "norm_edit_dis") if n in medians})
        left = trainer.total_steps - trainer.state.global_step
        record["eta_seconds"] = round(left * batch_cost + self.seconds_left(trainer))
        record.update(_device_memory())
        record.update(self.telemetry())
        return record


def _device_memory() -> dict[str, int]:
    """Peak memory of the GPU in MB; nothing on a CPU."""
    if not paddle.device.is_compiled_with_cuda() or "gpu" not in paddle.device.get_device():
        return {}
    megabyte = 1 << 20
    return {
        "max_mem_reserved_mb": paddle.device.cuda.max_memory_reserved() // megabyte,
        "max_mem_allocated_mb": paddle.device.cuda.max_memory_allocated() // megabyte,
    }
