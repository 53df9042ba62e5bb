"""Where a step's time goes: a few steps under Paddle's profiler, as tables and as a trace."""

from __future__ import annotations

import contextlib
import io
import time
from pathlib import Path
from typing import TYPE_CHECKING

from paddle import profiler

from ppocr_ext.engine.hooks.base import Hook, spared
from ppocr_ext.files import write_text
from ppocr_ext.narrow import writable
from ppocr_ext.show.formats import counted

if TYPE_CHECKING:
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.step import StepResult

WARM_UP = 3  # steps that allocate memory and choose kernels
VIEWS = [profiler.SummaryView.ModelView, profiler.SummaryView.OperatorView]


class Profile(Hook):
    """Writes ``table.txt`` (phases, then operators) and ``trace.json`` (chrome://tracing).

    Must be the first hook, so that the others are in the trace of the step that they follow.
    """

    def __init__(self, folder: Path, steps: int) -> None:
        self.folder, self.steps = folder, steps
        self.taken = 0
        self.profiler: profiler.Profiler | None = None

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        self.taken += 1
        if self.taken == WARM_UP:
            # By default it leaves a folder in the current directory.
            self.profiler = profiler.Profiler(on_trace_ready=lambda done: None)
            self.profiler.start()
            self.started = time.perf_counter()
        elif self.taken == WARM_UP + self.steps:
            self._write(trainer)

    def on_end(self, trainer: Trainer) -> None:
        self._write(trainer)  # of a run that was too short

    def _write(self, trainer: Trainer) -> None:
        if self.profiler is None:
            return
        seconds, steps = time.perf_counter() - self.started, self.taken - WARM_UP
        self.profiler.stop()
        table = io.StringIO()
        with contextlib.redirect_stdout(table):
            self.profiler.summary(op_detail=False, time_unit="ms", views=VIEWS)
        each = f"{1000 * seconds / max(steps, 1):.1f} ms each, hooks included"
        title = f"{counted(steps, 'step')}, {each}\n\n"
        with spared(self.folder):
            write_text(self.folder / "table.txt", title + table.getvalue())
            with writable(self.folder) as place:
                self.profiler.export(str(place / "trace.json"))
        self.profiler = None
        trainer.event(
            "profile", f"profile of {counted(steps, 'step')} is in {self.folder.as_posix()}"
        )
