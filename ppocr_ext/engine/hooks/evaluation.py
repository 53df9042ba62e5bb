"""Evaluates at the configured steps, keeps the best metrics, and estimates what is to come."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ppocr_ext.checkpoint.checkpoint import BEST, BEST_AVERAGE
from ppocr_ext.engine.hooks.base import Hook
from ppocr_ext.ranking import is_better

if TYPE_CHECKING:
    from ppocr_ext.config import Config
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.step import StepResult


class Evaluation(Hook):
    """Evaluates from step ``start`` on, every ``every`` steps, and once at the very end.

    Two bests are kept: ``best_accuracy``, by the main indicator of the main set, or by its weighted
    mean over the sets where ``Eval.sets`` gives weights; and ``best_norm_edit_dis``.

    Args:
        run: evaluates the network on this process's share and returns the metrics of all.
    """

    def __init__(self, run: Callable[[], dict[str, Any]]) -> None:
        self.run = run
        self.last_step = -1

    def configure(self, config: Config) -> None:
        self.start, self.every = config.Global.eval_batch_step
        self.at_start = config.Global.eval_at_start
        weighted = any(each.weight for each in config.Eval.sets.values())
        indicator = "mean_" * weighted + config.Metric.main_indicator
        self.bests = {
            BEST: indicator,
            "best_norm_edit_dis": "norm_edit_dis",
        }
        if config.Global.ema is not None:
            self.bests[BEST_AVERAGE] = f"ema_{indicator}"

    def on_start(self, trainer: Trainer) -> None:
        if self.at_start and trainer.state.global_step == 0:
            self.evaluate(trainer)

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        step = trainer.state.global_step
        if self._due_until(step) > self._due_until(step - 1) or step >= trainer.total_steps:
            self.evaluate(trainer)

    def evaluate(self, trainer: Trainer) -> None:
        """Evaluate now, remember the best, notify the other hooks."""
        if self.last_step == trainer.state.global_step:
            return
        metrics = self.run()
        state = trainer.state
        self.last_step = state.global_step
        state.hooks["evaluation"] = {"seconds": metrics["seconds"]}
        place = {"global_step": state.global_step, "best_epoch": state.epoch}
        beaten = [
            name
            for name, indicator in self.bests.items()
            if is_better(metrics, state.bests.get(name), indicator)
        ]
        for name in beaten:
            state.bests[name] = {**metrics, **place}
        record = {"kind": "eval", "epoch": state.epoch, "global_step": state.global_step}
        record.update(metrics, beaten=beaten, is_best=BEST in beaten)
        record["best"] = dict(state.best)
        trainer.emit(record)
        trainer.call("after_evaluation", record)

    def seconds_left(self, trainer: Trainer) -> float:
        """Time that the evaluations until the end will take, by the last one, of any session;
        the very last step has one in any case."""
        last, now = trainer.total_steps, trainer.state.global_step
        ahead = self._due_until(last - 1) - self._due_until(now) + 1 if now < last else 0
        return ahead * trainer.state.hooks.get("evaluation", {}).get("seconds", 0.0)

    def _due_until(self, step: int) -> int:
        """Evaluations that the interval asks for from step 0 to this one."""
        return (step - self.start) // self.every + 1 if step >= self.start else 0
