"""What ``tools/sweep.py`` does, and its loop: trials started while budget and memory allow."""

from __future__ import annotations

import math
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import optuna
import psutil
from optuna.trial import TrialState

from ppocr_ext.config.merge import merge
from ppocr_ext.engine.hooks.signals import SIGNALS
from ppocr_ext.errors import EXIT_INTERRUPTED, UserError, reason_of
from ppocr_ext.locks import Lock
from ppocr_ext.records import METRICS
from ppocr_ext.records.jsonl import read_json_lines
from ppocr_ext.report.render.terminal import print_table
from ppocr_ext.sweep.child import Training
from ppocr_ext.sweep.comparison import compare
from ppocr_ext.sweep.compose import NAME, check_configurations, write_config
from ppocr_ext.sweep.insights import insights
from ppocr_ext.sweep.load import planned
from ppocr_ext.sweep.pages import export, summary
from ppocr_ext.sweep.results import Results, read_results, table_rows, titles
from ppocr_ext.sweep.schema import Sweep
from ppocr_ext.sweep.study import is_held, open_study, queue, storage_errors, take
from ppocr_ext.sweep.trial import RunningTrial

STEPS = "steps"  # attribute of the study
TIMED_STEPS = 20  # of which the first half warms up


def in_steps(sweep: Sweep, study: optuna.Study) -> Sweep:
    """``sweep`` with steps instead of minutes, once they have been measured."""
    steps = study.user_attrs.get(STEPS)
    if sweep.budget.minutes is None or steps is None:
        return sweep
    return _with(sweep, steps=steps)


def measure_steps(sweep: Sweep, study: optuna.Study) -> None:
    """Let the study know how many steps of its first configuration take ``budget.minutes`` here.

    Raises:
        UserError: that configuration does not train.
    """
    if sweep.budget.minutes is not None and STEPS not in study.user_attrs:
        seconds = _seconds_per_step(sweep)
        study.set_user_attr(STEPS, max(math.floor(sweep.budget.minutes * 60 / seconds), 1))


def _seconds_per_step(sweep: Sweep) -> float:
    timed = _with(sweep, steps=TIMED_STEPS, evaluations=1)
    timed.config = merge(sweep.config, {"Global": {"print_batch_step": TIMED_STEPS // 2}})
    sweep.path.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="timing_", dir=sweep.path) as folder:
        run = Path(folder)
        write_config(timed, planned(sweep)[0][1], run / NAME, run)
        training = Training(run / NAME, run)
        try:
            code = training.process.wait()
        finally:
            training.kill()
        records = [each for each in read_json_lines(run / METRICS) if "avg_batch_cost" in each]
        if code or not records:
            raise UserError(f"the first configuration failed to train: {training.last_words()}")
    return float(records[-1]["avg_batch_cost"])


def _with(sweep: Sweep, **budget: int) -> Sweep:
    changed = sweep.budget.model_copy(update={"minutes": None, "lines": None, **budget})
    return sweep.model_copy(update={"budget": changed})


POLL_SECONDS = 0.5
RESERVE = 1.1  # times the memory that trials have needed
Say = Callable[[str], None]


def has_room(available_mb: float, taken_mb: Sequence[float], need_mb: float | None) -> bool:
    """Whether the running trials and one more can all grow to ``need_mb``.

    Args:
        available_mb: what the system could give to processes now.
        taken_mb: what each running trial holds already.
        need_mb: the most that a trial takes; ``None`` while that is unknown.
    """
    if not taken_mb:
        return True  # without this one, nothing would ever run
    if need_mb is None:
        return False
    growth = sum(max(need_mb - taken, 0.0) for taken in taken_mb)
    return available_mb >= growth + RESERVE * need_mb


class Runner:
    """Runs the trials of a study on this machine.

    Args:
        publish: called whenever a trial has ended, to bring tables and plots up to date.
    """

    def __init__(
        self, sweep: Sweep, study: optuna.Study, say: Say, publish: Callable[[], None]
    ) -> None:
        self.sweep, self.study, self.say, self.publish = sweep, study, say, publish
        self.running: list[RunningTrial] = []
        self.signal = self.stop_reason = ""

    def run(self) -> str:
        """Work until the queue or the budget is empty, or a signal; returns why it ended."""
        with self._signals():
            while True:
                self._follow()
                late = "the time budget is used up" if self._out_of_time() else ""
                if not self.stop_reason and (self.signal or late):
                    self._stop(self.signal or late)
                if self.stop_reason:
                    if not self.running:
                        return self.stop_reason
                elif not self._start_next() and not self.running:
                    return "every trial has ended"
                time.sleep(POLL_SECONDS)

    def _follow(self) -> None:
        for each in list(self.running):
            before, kills = len(each.evals), each.kills
            is_over = each.poll()
            for record in each.evals[before:]:
                value = record[self.sweep.metric]
                self.say(
                    f"{each.folder.name}: {record['percent']} %, {self.sweep.metric} {value:.4f}"
                )
            if each.kills > kills:
                self.say(f"{each.folder.name}: killed; continues{_from_where(each)}")
            if is_over:
                self.running.remove(each)
                self._tell_end(each)
                self.publish()

    def _tell_end(self, each: RunningTrial) -> None:
        frozen = self.study.trials[each.trial.number]
        state = "stopped" if frozen.state == TrialState.RUNNING else frozen.state.name.lower()
        reason = frozen.user_attrs.get("reason", "")
        self.say(f"{each.folder.name}: {state}" + (f", {reason}" if reason else ""))

    # ---- what is next

    def _start_next(self) -> bool:
        """Start a trial if there is one and it may run now; whether one was started or waits."""
        guard = Lock(self.sweep.path / "locks" / "next.lock")
        if not guard.acquire():
            return True  # another sweep of this machine is looking
        try:
            if not self._has_room():
                return True
            taken = take(self.study, self.sweep)
        finally:
            guard.release()
        if taken is None:
            return False
        trial = RunningTrial(self.sweep, *taken)
        try:
            trial.start()
        except UserError as error:
            trial.finish(TrialState.FAIL, str(error))
            self._tell_end(trial)
            return True
        self.say(f"{trial.folder.name}: started{_from_where(trial)}")
        self.running.append(trial)
        return True

    def _has_room(self) -> bool:
        trials = self.study.get_trials(deepcopy=False)
        mine = {each.trial.number: each.training.memory_mb() for each in self.running}
        taken = list(mine.values())
        for frozen in trials:
            is_here = frozen.user_attrs.get("host") == socket.gethostname()
            if frozen.state == TrialState.RUNNING and is_here and frozen.number not in mine:
                if not is_held(self.sweep, frozen.number):
                    continue  # of a sweep that is gone: it is the next one
                taken.append(frozen.user_attrs.get("peak_mb", 0.0))
        if taken and len(taken) >= self.sweep.parallel.trials:
            return False
        given = self.sweep.parallel.memory_gb
        known = [t.user_attrs.get("peak_mb", 0.0) for t in trials if t.state.is_finished()]
        need = given * 1000 if given is not None else max(known, default=0.0) or None
        return has_room(psutil.virtual_memory().available / 1e6, taken, need)

    # ---- the end

    def _out_of_time(self) -> bool:
        hours = self.sweep.budget.hours
        if hours is None:
            return False
        mine = {each.trial.number: each.seconds for each in self.running}
        trials = self.study.get_trials(deepcopy=False)
        others = [t.user_attrs.get("seconds", 0.0) for t in trials if t.number not in mine]
        return sum(others) + sum(mine.values()) >= hours * 3600

    def _stop(self, reason: str) -> None:
        """Stop every trial; each saves its ``latest``, and ``--resume`` continues from there."""
        self.stop_reason = reason
        self.say(f"{reason}: running trials save and stop")
        for each in self.running:
            each.interrupt(reason)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """The first Ctrl-C or SIGTERM stops cleanly, the second at once."""

        def on_signal(number: int, frame: object) -> None:
            if self.signal:
                raise KeyboardInterrupt
            self.signal = signal.Signals(number).name

        previous = {number: signal.signal(number, on_signal) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            for each in self.running:
                each.training.kill()
                each.close()


def _from_where(running: RunningTrial) -> str:
    resumes = running.trial.user_attrs.get("resumes", [])
    return f" from step {resumes[-1]}" if resumes else ""


def run(sweep: Sweep, resume: bool) -> int:
    """Start the study, continue it or join it; returns the exit code."""
    check_configurations(sweep)
    study = open_study(sweep, begin=True, join=resume)
    queue(study, sweep)
    measure_steps(sweep, study)
    sweep = in_steps(sweep, study)

    def publish() -> None:
        export(read_results(sweep, study), sweep.path)

    def publish_if_possible() -> None:
        try:
            publish()
        except OSError as error:  # open in a spreadsheet, say: no reason to end the trials
            _say(f"the results are not written, the sweep continues: {reason_of(error)}")

    with storage_errors(sweep):
        runner = Runner(sweep, study, _say, publish_if_possible)
        reason = runner.run()
    publish()
    results = read_results(sweep, study)
    compare(results, sweep.path)
    _show(results)
    _say(f"{reason}; results in {sweep.path.as_posix()}")
    return EXIT_INTERRUPTED if reason == runner.signal else 0


def status(sweep: Sweep) -> int:
    """Print the study as it is now; nothing is written."""
    _show(_results(sweep))
    return 0


def export_results(sweep: Sweep, folder: Path) -> int:
    """Write the results into ``folder``."""
    results = _results(sweep)
    for path in [*export(results, folder), *compare(results, folder)]:
        print(path)
    return 0


def _results(sweep: Sweep) -> Results:
    study = open_study(sweep, begin=False, join=True)
    return read_results(in_steps(sweep, study), study)


def _show(results: Results) -> None:
    print(summary(results))
    print_table(titles(results.sweep), table_rows(results))
    for one in insights(results):
        print(f"- {one.text} {one.evidence}")


def _say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)
