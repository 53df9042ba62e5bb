"""The training loop: iterate, step, call hooks."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ppocr_ext.data.batch import Batch
from ppocr_ext.engine.hooks.base import Hook
from ppocr_ext.engine.state import TrainState
from ppocr_ext.engine.step import StepResult, TrainStep
from ppocr_ext.records.records import Event, EventName, StopReason

EpochBatches = Callable[[TrainState], Iterator[Batch]]
"""Where the run is -> the remaining batches of that epoch."""


class Timer:
    """Seconds spent waiting for the reader and in whole steps, since the last reset."""

    def __init__(self) -> None:
        self.reader = self.total = 0.0
        self.steps = self.samples = 0

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]


class Trainer:
    """Owns the state, calls the step and then the hooks, in the order of their list.

    Args:
        epoch_batches: gives the batches of an epoch from any position on.
        accumulation: batches whose gradients make one step.
        total_steps: global_step at which the run is complete.
        emit: where records go (see :mod:`ppocr_ext.records.writers`).
    """

    def __init__(
        self,
        step: TrainStep,
        state: TrainState,
        epoch_batches: EpochBatches,
        hooks: Sequence[Hook],
        emit: Callable[[Mapping[str, Any]], None],
        total_steps: int,
        epoch_num: int,
        accumulation: int = 1,
    ) -> None:
        self.step, self.state, self.hooks, self.emit = step, state, hooks, emit
        self.epoch_batches, self.accumulation = epoch_batches, accumulation
        self.total_steps, self.epoch_num = total_steps, epoch_num
        self.timer = Timer()
        self.stop_requested = ""
        self.stop_reason: StopReason | None = None
        self.stop_words = ""
        self.has_jumped = False
        self.announce = 0

    @property
    def finished(self) -> bool:
        return bool(self.stop_reason) or self.state.global_step >= self.total_steps

    def train(self) -> StopReason | None:
        """Train until done or asked to stop; returns why it ended."""
        self.call("on_start")
        try:
            while not self.finished:
                self._train_epoch()
            if self.stop_reason is None:
                self.stop("finished")
        finally:
            self.call("on_end")
        return self.stop_reason

    def request_stop(self, signal: str) -> None:
        """Stop after the current step, together with the other processes."""
        self.stop_requested = signal

    def stop(self, reason: StopReason, words: str = "") -> None:
        """This was the last step; ``words`` say why, for people."""
        self.stop_reason, self.stop_words = reason, words

    def jump(self, state: TrainState) -> None:
        """Continue from ``state``, whose weights have been restored, after the current step."""
        self.state = state
        self.has_jumped = True

    def event(self, name: EventName, text: str, *, level: str = "INFO", **fields: Any) -> None:
        """Emit an event at the current step: its facts in ``fields``, and ``text`` for people."""
        step, epoch = self.state.global_step, self.state.epoch
        self.emit(Event(name, text, step, epoch=epoch, fields=fields).to_record(level))

    def call(self, event: str, *arguments: Any) -> None:
        for hook in self.hooks:
            getattr(hook, event)(self, *arguments)

    def _train_epoch(self) -> None:
        groups = self._groups(self.epoch_batches(self.state))
        for batches in groups:
            started = time.perf_counter()
            result = self.step(batches, self.state, bool(self.stop_requested), self.announce)
            self._count(result, time.perf_counter() - started)
            if result.stop:
                self.stop("signal", self.stop_requested or "another process asked to stop")
            self.call("after_step", result)
            if self.has_jumped:
                self.has_jumped = False
                return
            if self.finished and next(groups, None) is not None:
                return  # in the middle of the epoch
        self.call("after_epoch")
        self.state.next_epoch()

    def _groups(self, batches: Iterator[Batch]) -> Iterator[list[Batch]]:
        """Batches of one step each; waiting for them counts as reader time."""
        while True:
            started = time.perf_counter()
            group = list(itertools.islice(batches, self.accumulation))
            waited = time.perf_counter() - started
            if not group:
                return
            self.timer.reader += waited
            self.timer.total += waited
            yield group

    def _count(self, result: StepResult, seconds: float) -> None:
        self.state.global_step += 1
        self.state.batch += len(result.batches)
        self.state.samples += result.lines
        self.state.seconds += seconds
        self.timer.total += seconds
        self.timer.steps += 1
        self.timer.samples += result.lines
