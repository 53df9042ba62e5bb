"""One trial while it trains: its evaluations reported, pruned, brought back after a kill, recorded.

Everything about it is kept in the study's storage, so that any machine can show it:
``configuration``, ``host``, ``folder``, ``batch`` (lines a step), ``rate`` (the highest),
``steps`` (its budget), ``pretrained`` (whether it starts from such weights), ``parameters``,
``evals`` (records of its evaluations), ``seconds`` (trained), ``peak_mb`` (memory), ``resumes``
(steps from which it continued), ``reason``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from optuna.trial import Trial, TrialState

from ppocr_ext.checkpoint import CheckpointStore, read_pdparams
from ppocr_ext.config import Config
from ppocr_ext.locks import Lock
from ppocr_ext.ranking import best_of
from ppocr_ext.records import METRICS
from ppocr_ext.records.jsonl import json_objects
from ppocr_ext.records.lines import LineReader
from ppocr_ext.sweep import compose
from ppocr_ext.sweep.child import Training, stopped_from_outside
from ppocr_ext.sweep.schema import Sweep
from ppocr_ext.sweep.study import values_of

SCORES = ("acc", "norm_edit_dis", "cer", "wer", "unaccented_acc", "loss", "n")
SAVE_SECONDS = 30  # between two updates of the storage
STOP_SECONDS = 300  # in which a trial that was asked to stop finishes its step and saves


class RunningTrial:
    """A trial of the study and the training process behind it."""

    def __init__(self, sweep: Sweep, trial: Trial, lock: Lock) -> None:
        self.sweep, self.trial, self.lock = sweep, trial, lock
        self.folder = sweep.path / folder_name(trial.number, trial.user_attrs.get("configuration"))
        self.evals: list[dict[str, Any]] = list(trial.user_attrs.get("evals", []))
        self.seconds: float = trial.user_attrs.get("seconds", 0.0)
        self.peak_mb: float = trial.user_attrs.get("peak_mb", 0.0)
        self.prune_reason = ""
        self.kills = 0
        self._note(folder=self.folder.as_posix())

    def start(self) -> None:
        """Write its config and start training, from the newest checkpoint if there is one.

        Raises:
            UserError: its values do not make a config.
        """
        values = values_of(self.trial, self.sweep)
        path = self.folder / compose.NAME
        config = compose.write_config(self.sweep, values, path, self.folder)
        lr = config.Optimizer.lr
        self.steps = int(config.Global.max_steps or 0)
        batch = compose.lines_per_step(config)
        self._note(batch=batch, rate=lr.max_lr or lr.learning_rate, steps=self.steps, reason="")
        self._note(pretrained=bool(config.Global.pretrained_model))
        self._start(config)

    def _start(self, config: Config | None = None) -> None:
        newest = CheckpointStore(self.folder).newest()
        if newest is not None:
            self._note(resumes=[*self.trial.user_attrs.get("resumes", []), newest.global_step])
        self.training = Training(self.folder / compose.NAME, self.folder, resume=newest is not None)
        self.started, self.saved, self.seconds_before = time.time(), time.time(), self.seconds
        self._offset = 0

    # ---- while it runs

    def poll(self) -> bool:
        """Read what is new, prune, save; returns whether the trial is over and recorded."""
        code = self.training.exit_code()  # before reading: what it wrote last is read below
        self.seconds = self.seconds_before + time.time() - self.started
        self.peak_mb = max(self.peak_mb, self.training.memory_mb())
        self._read()
        if code is None:
            asked = self.training.stop_asked
            if asked and time.monotonic() - asked > STOP_SECONDS:
                self.training.kill()
            if time.time() - self.saved > SAVE_SECONDS:
                self.save()
            return False
        return self._end(code)

    def save(self) -> None:
        """Bring the storage up to date."""
        self.saved = time.time()
        self._note(seconds=round(self.seconds, 1), peak_mb=round(self.peak_mb), evals=self.evals)

    def interrupt(self, reason: str) -> None:
        """Ask it to stop and leave it unfinished; :meth:`close` when it has."""
        self._note(reason=reason)
        self.training.ask_to_stop()

    def close(self) -> None:
        """Leave it to whoever takes it next."""
        self.save()
        self.lock.release()

    def _read(self) -> None:
        """Report each new evaluation to the study; at one that is too bad, prune."""
        path = self.folder / METRICS
        if not path.is_file():
            return
        reader = LineReader(path, self._offset)
        lines = [line for batch in reader.batches() for line in batch]
        self._offset = reader.offset
        last = self.evals[-1]["step"] if self.evals else -1
        for record in _evaluations(lines):
            if record["step"] > last:
                self._report(record)

    def _report(self, record: dict[str, Any]) -> None:
        value, percent = record[self.sweep.metric], round(100 * record["step"] / self.steps)
        moment = record.pop("time")
        seconds = self.seconds_before + max(moment - self.started, 0.0)
        self.evals.append({**record, "percent": percent, "seconds": round(seconds, 1)})
        self.trial.report(value, percent)
        self.save()
        if percent < 100 and not self.training.stop_asked and self.trial.should_prune():
            self.prune_reason = (
                f"{self.sweep.metric} {value:.4f} at {percent} % of its steps: "
                "others were better there"
            )
            self.training.ask_to_stop()

    # ---- how it ends

    def _end(self, code: int) -> bool:
        """Record the end; ``False`` when it was killed and continues."""
        if self.prune_reason:
            return self.finish(TrialState.PRUNED, self.prune_reason)
        if self.training.stop_asked:
            self.close()
            return True
        if code == 0 and (stopped := stopped_from_outside(self.folder)):
            return self.finish(TrialState.FAIL, stopped)
        if code == 0 and self.evals:
            return self.finish(TrialState.COMPLETE)
        was_killed = code < 0 or code > 128
        if was_killed and self.kills < self.sweep.retries:
            self.kills += 1
            self._start()
            return False
        how = f"killed (exit code {code})" if was_killed else f"exit code {code}"
        return self.finish(TrialState.FAIL, f"{how}: {self.training.last_words()}")

    def finish(self, state: TrialState, reason: str = "") -> bool:
        """Record how the trial ended. Always true."""
        newest = CheckpointStore(self.folder).newest()
        if newest is not None:
            self._note(parameters=count_parameters(newest.path("pdparams")))
        self._note(reason=reason)
        self.save()
        best = best_of(self.evals, self.sweep.metric, dict)
        value = best[self.sweep.metric] if best and state == TrialState.COMPLETE else None
        self.trial.study.tell(self.trial, value, state=state)
        self.lock.release()
        return True

    def _note(self, **attributes: Any) -> None:
        for name, value in attributes.items():
            self.trial.set_user_attr(name, value)


def folder_name(number: int, configuration: str | None) -> str:
    """``003_focal_loss``."""
    return f"{number:03d}_{configuration or 'sampled'}"


def count_parameters(path: Path) -> int:
    """Numbers in a weights file without the running statistics of BatchNorm."""
    arrays = read_pdparams(path).items()
    return sum(each.size for name, each in arrays if not name.endswith(("._mean", "._variance")))


def _evaluations(lines: list[str]) -> Iterator[dict[str, Any]]:
    """Evaluations whose numbers are all there and finite."""
    for record in json_objects(lines):
        values = {name: record.get(name) for name in SCORES}
        if record.get("kind") == "eval" and all(
            isinstance(value, int | float) and abs(value) < float("inf")
            for value in values.values()
        ):
            rounded = {name: float(f"{value:.6g}") for name, value in values.items()}
            sets = {name: scores["cer"] for name, scores in record.get("sets", {}).items()}
            yield {
                **{"step": record["global_step"], "time": record["time"], **rounded},
                **({"cer_of_sets": sets} if sets else {}),
            }
