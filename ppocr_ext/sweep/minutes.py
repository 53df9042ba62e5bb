"""A budget in minutes as steps: measured once, with the first configuration, kept in the study."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import optuna

from ppocr_ext.config.merge import merge
from ppocr_ext.errors import UserError
from ppocr_ext.report.configs import read_json_lines
from ppocr_ext.sweep.child import Training
from ppocr_ext.sweep.compose import NAME, write_config
from ppocr_ext.sweep.load import planned
from ppocr_ext.sweep.schema import Sweep

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
        records = [
            each for each in read_json_lines(run / "metrics.jsonl") if "avg_batch_cost" in each
        ]
        if code or not records:
            raise UserError(f"the first configuration does not train: {training.last_words()}")
    return float(records[-1]["avg_batch_cost"])


def _with(sweep: Sweep, **budget: int) -> Sweep:
    changed = sweep.budget.model_copy(update={"minutes": None, "lines": None, **budget})
    return sweep.model_copy(update={"budget": changed})
