"""Recipes trained one after another, for as many steps each, and read on the same lines."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from ppocr_ext.config import completed, load_config
from ppocr_ext.config.diff import diff, format_table
from ppocr_ext.engine.launch import LAUNCHED
from ppocr_ext.errors import UserError
from ppocr_ext.evaluation import Pairs, read_pairs
from ppocr_ext.files import read_text, write_text
from ppocr_ext.report.configs import read_json_lines
from ppocr_ext.sweep.child import stopped_from_outside, train_command

Train = Callable[[Path, Sequence[str], bool], None]
"""(config, overrides, go on) trains to the end."""
Read = Callable[[Path, Path, Path], None]
"""(run folder, label file, prediction file) reads with the weights that training ended with."""
FINISHED = "finished.json"  # in a run's folder, once it has been trained
TIMED_STEPS = 20  # of the first config, to learn how many steps fit; its first half warms up


@dataclass(frozen=True)
class Bench:
    """Where recipes are compared, and how.

    folder: of the runs; labels: files to read; overrides: of every config, ``KEY=VALUE``.
    """

    folder: Path
    labels: Sequence[Path]
    overrides: Sequence[str]
    train: Train
    read: Read

    def run_of(self, recipe: Path) -> Path:
        return self.folder / recipe.stem

    def settings(self, run: Path, steps: int) -> list[str]:
        """Overrides of a run. It is evaluated at its end only: what is best, and the best average,
        is then what training ended with, and no recipe is flattered by a choice on these lines."""
        return [
            *self.overrides,
            f"Global.save_model_dir={run.as_posix()}",
            f"Global.max_steps={steps}",
            f"Global.epoch_num={steps}",  # never the limit
            f"Global.eval_batch_step=[0, {steps}]",
            "Global.eval_at_start=false",
            "Global.save_step=50",
            "Global.watch_config=false",
        ]


@dataclass(frozen=True)
class Trial:
    """One trained recipe. pairs: readings of each label file; minutes: of training."""

    name: str
    pairs: list[Pairs]
    minutes: float


def steps_in(bench: Bench, recipe: Path, minutes: float) -> int:
    """How many steps of ``recipe`` take ``minutes`` here, measured once and kept in the folder."""
    kept = bench.folder / "steps.json"
    if not kept.is_file():
        run = bench.folder / "timing"
        timed = bench.settings(run, TIMED_STEPS)
        timed.append(f"Global.print_batch_step={TIMED_STEPS // 2}")
        bench.train(recipe, timed, (run / "latest.json").is_file())
        seconds = _train_records(run)[-1]["avg_batch_cost"]
        write_text(kept, json.dumps({"seconds_per_step": seconds}) + "\n")
    seconds = json.loads(read_text(kept))["seconds_per_step"]
    return max(math.floor(minutes * 60 / seconds), 1)


def run_trial(bench: Bench, recipe: Path, steps: int) -> Trial:
    """Train a recipe and read the labelled lines; what was finished before is not done again.

    Raises:
        UserError: the run's folder holds one of other settings, or its training was stopped.
    """
    run = bench.run_of(recipe)
    settings = bench.settings(run, steps)
    _refuse_another(run, recipe, settings)
    if not (run / FINISHED).is_file():
        bench.train(recipe, settings, (run / "latest.json").is_file())
        if stopped := stopped_from_outside(run):
            raise UserError(f"{run.as_posix()} {stopped}", cure="start this command again to go on")
        write_text(run / FINISHED, json.dumps({"minutes": _minutes(run)}) + "\n")
    pairs = []
    for labels in bench.labels:
        predictions = run / f"{name_of(labels).replace('/', '.')}.predictions.txt"
        if not predictions.is_file():
            bench.read(run, labels, predictions)
        pairs.append(read_pairs(predictions, labels))
    return Trial(recipe.stem, pairs, json.loads(read_text(run / FINISHED))["minutes"])


def name_of(labels: Path) -> str:
    """``set/val.txt``: enough to tell label files apart, and nothing of this machine."""
    return "/".join(labels.resolve().parts[-2:])


def _refuse_another(run: Path, recipe: Path, settings: Sequence[str]) -> None:
    if not (run / "config.yml").is_file():
        return
    before = completed(yaml.safe_load(read_text(run / "config.yml")))
    changes = diff(before, load_config(recipe, settings).to_dict())
    if changes:
        raise UserError(
            f"{run.as_posix()} holds a run of other settings:\n{format_table(changes)}",
            "a run of this recipe, of as many steps",
            "choose another folder with --output, or remove this one",
        )


def _train_records(run: Path) -> list[dict]:
    records = read_json_lines(run / "metrics.jsonl")  # a kill may have left half a line
    return [record for record in records if record.get("kind") == "train"]


def _minutes(run: Path) -> float:
    """Of its training steps; one taken twice, before and after a kill, counts once."""
    costs = {record["global_step"]: record["avg_batch_cost"] for record in _train_records(run)}
    steps = sorted(costs)
    counts = (step - before for before, step in zip([0, *steps], steps, strict=False))
    return sum(count * costs[step] for count, step in zip(counts, steps, strict=True)) / 60


def train_with_tool(config: Path, overrides: Sequence[str], go_on: bool) -> None:
    """``tools/train.py`` as a process of its own, which ends with this one."""
    command = train_command(config, overrides, go_on)
    environment = {**os.environ, LAUNCHED: "1"}
    child = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE)
    try:
        code = child.wait()
    except KeyboardInterrupt:
        child.wait()  # Ctrl-C reached it as well: it saves
        raise
    if code:
        raise UserError(
            f"training {config} ended with exit code {code}",
            "a run that ends well",
            "its messages are above; start this command again to go on",
        )
