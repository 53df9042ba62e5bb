"""Configs trained one after another and compared on the same lines, in one table."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ppocr_ext.config import load_config
from ppocr_ext.errors import UserError
from ppocr_ext.evaluation import Evaluation, Pairs, evaluate, read_pairs
from ppocr_ext.evaluation.resample import difference_interval
from ppocr_ext.files import write_text
from ppocr_ext.metrics import Interval
from ppocr_ext.runtime import REPOSITORY

Train = Callable[[Path, Sequence[str], bool], None]
"""(config, overrides, go on) trains to the end."""
Read = Callable[[Path, Path, Path], None]
"""(run folder, label file, prediction file) reads with the newest weights."""
FINISHED = "comparison.json"  # in a run's folder, once it has been trained


@dataclass(frozen=True)
class Trial:
    """One recipe on one set of lines. exact: bool [lines]; minutes: of training."""

    name: str
    evaluation: Evaluation
    exact: np.ndarray
    minutes: float


def run_trial(
    config: Path, labels: Path, overrides: Sequence[str], train: Train, read: Read
) -> Trial:
    """Train a recipe, unless its run has been finished before, and read the labelled lines."""
    run = Path(load_config(config, overrides).Global.save_model_dir)
    seal = run / FINISHED
    if not seal.is_file():
        started = time.perf_counter()
        train(config, overrides, (run / "latest.json").is_file())
        minutes = (time.perf_counter() - started) / 60
        write_text(seal, json.dumps({"minutes": minutes}) + "\n")
    predictions = run / f"{labels.stem}.predictions.txt"
    read(run, labels, predictions)
    pairs = read_pairs(predictions, labels)
    minutes = json.loads(seal.read_text(encoding="utf-8"))["minutes"]
    return Trial(config.stem, evaluate(pairs), _exact(pairs), minutes)


def _exact(pairs: Pairs) -> np.ndarray:
    return np.array([pair.truth == pair.prediction for pair in pairs.lines])


def train_with_tool(config: Path, overrides: Sequence[str], go_on: bool) -> None:
    """``tools/train.py`` as a process of its own."""
    command = [sys.executable, str(REPOSITORY / "tools" / "train.py"), "-c", str(config)]
    command += ["-o", *overrides] if overrides else []
    command += ["--resume"] if go_on else []
    code = subprocess.run(command, check=False).returncode
    if code:
        raise UserError(
            f"training {config} ended with exit code {code}",
            "a run that ends well",
            "its messages are above; start this command again to go on",
        )


def table(trials: Sequence[Trial], labels: Path) -> str:
    """A Markdown page; the first trial is what the others are compared with."""
    first = trials[0]
    lines = [
        f"# Recipes on {labels.as_posix()}, {len(first.exact)} lines",
        "",
        "Newest weights of each run. In brackets 95 % bootstrap intervals over lines; the",
        f"difference to {first.name} is paired, line by line.",
        "",
        f"| recipe | acc | difference to {first.name} | CER | tone errors | minutes |",
        "|---|---|---|---|---|---|",
    ]
    for trial in trials:
        scores, spans = trial.evaluation.scores, trial.evaluation.intervals
        cells = [trial.name, _cell(scores["acc"], spans["acc"])]
        difference = difference_interval(trial.exact, first.exact)
        gain = float(trial.exact.mean() - first.exact.mean())
        cells.append("" if trial is first else _cell(gain, difference, sign="+"))
        cells += [_cell(scores[name], spans[name]) for name in ("cer", "tone_errors")]
        lines.append("| " + " | ".join([*cells, f"{trial.minutes:.1f}"]) + " |")
    return "\n".join(lines) + "\n"


def _cell(value: float, span: Interval, sign: str = "") -> str:
    return f"{value:{sign}.4f} ({span.low:{sign}.4f} to {span.high:{sign}.4f})"
