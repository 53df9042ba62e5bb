"""``tools/sweep.py`` on the toy network: killed, gone on with, one trial that fails, results."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import toy

from ppocr_ext.config import dump_yaml, load_config
from ppocr_ext.runtime import REPOSITORY

pytestmark = pytest.mark.smoke

STEPS = 60


@pytest.fixture
def sweep(vietnamese_path: Path) -> Path:
    """A sweep of two trials, the second of which has a loss that its network has no head for."""
    toy.make(vietnamese_path)
    tree = {
        "study": "toy",
        "base": "toy.yml",
        "folder": (vietnamese_path / "study").as_posix(),
        "config": {"Global": {"epoch_num": 100, "save_step": 1, "print_batch_step": 1}},
        "budget": {"steps": STEPS, "evaluations": 3},
        "dimensions": {
            "rate": {"key": "Optimizer.lr.learning_rate", "low": 1e-5, "high": 0.1, "log": True},
            "loss": {"choices": {"ctc": {}, "structure": {"Loss": {"name": "StructureLoss"}}}},
        },
        "configurations": {
            "good": {"rate": 0.002, "loss": "ctc"},
            "broken": {"rate": 0.002, "loss": "structure"},
        },
    }
    path = vietnamese_path / "sweep.yml"
    path.write_text(dump_yaml(tree), encoding="utf-8")
    return path


def kill_at_step(sweep: Path, step: int) -> None:
    """Run the sweep and kill it, and it alone, when its first trial has taken ``step`` steps."""
    metrics = sweep.parent / "study" / "000_good" / "metrics.jsonl"
    command = [sys.executable, str(REPOSITORY / "tools" / "sweep.py"), "-c", str(sweep)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None:
                if metrics.exists() and max(toy.losses(metrics.parent), default=0) >= step:
                    break
                time.sleep(0.02)
        finally:
            process.kill()
    assert process.returncode in (-getattr(signal, "SIGKILL", 9), 1), "it ended before the kill"


def test_a_killed_study_continues_and_a_failed_trial_is_recorded(
    sweep: Path, run_tool: Callable
) -> None:
    kill_at_step(sweep, 5)
    folder = sweep.parent / "study"
    refused = run_tool("sweep.py", "-c", sweep)
    assert refused.code == 2
    assert "--resume" in refused.err

    done = run_tool("sweep.py", "-c", sweep, "--resume")
    assert done.code == 0, done.err
    with open(folder / "results.csv", encoding="utf-8") as stream:
        good, broken = csv.DictReader(stream)
    assert (good["configuration"], good["status"]) == ("good", "complete")
    assert 4 <= int(good["resumed at"]) < STEPS  # the fifth was perhaps not saved yet
    assert max(toy.losses(folder / "000_good")) == STEPS
    assert (broken["configuration"], broken["status"]) == ("broken", "failed")
    assert "StructureLoss needs base, shape, tone" in broken["reason"]
    assert load_config(folder / "best.yml").Optimizer.lr.learning_rate == 0.002
    assert json.loads((folder / "000_good" / "latest.json").read_text(encoding="utf-8"))

    status = run_tool("sweep.py", "-c", sweep, "--status")
    assert "1 complete, 1 failed" in status.out
    exported = run_tool("sweep.py", "-c", sweep, "--output", sweep.parent / "copy")
    assert exported.code == 0, exported.err
    assert (sweep.parent / "copy" / "results.html").is_file()


@pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl-C cannot be sent to a child")
def test_ctrl_c_lets_the_trial_save(sweep: Path) -> None:
    metrics = sweep.parent / "study" / "000_good" / "metrics.jsonl"
    command = [sys.executable, str(REPOSITORY / "tools" / "sweep.py"), "-c", str(sweep)]
    command += ["-o", "config.Global.save_step=1000", "config.Global.save_epoch_step=1000"]
    pipes = {"stdout": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(command, cwd=REPOSITORY, **pipes) as process:
        while not metrics.exists() or max(toy.losses(metrics.parent), default=0) < 2:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 130, out
    assert "stopped, SIGINT" in out
    assert (metrics.parent / "latest.json").is_file()


def test_trials_of_so_many_minutes_are_compared_on_the_same_lines(vietnamese_path: Path) -> None:
    toy.make(vietnamese_path)
    tree = {
        "study": "compared",
        "base": "toy.yml",
        "folder": (vietnamese_path / "study").as_posix(),
        "config": {"Global": {"epoch_num": 100}},
        "budget": {"minutes": 0.0001, "evaluations": 1},
        "compare_on": [(vietnamese_path / "val.txt").as_posix()],
        "dimensions": {"rate": {"key": "Optimizer.lr.learning_rate", "choices": [0.001, 0.002]}},
        "configurations": {"slow": {"rate": 0.001}, "fast": {"rate": 0.002}},
    }
    path = vietnamese_path / "sweep.yml"
    path.write_text(dump_yaml(tree), encoding="utf-8")
    command = [sys.executable, str(REPOSITORY / "tools" / "sweep.py"), "-c", str(path)]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, encoding="utf-8")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    text = (vietnamese_path / "study" / "comparison.md").read_text(encoding="utf-8")
    slow, fast = (line.split(" | ") for line in text.splitlines()[-2:])
    assert (slow[0], slow[4], fast[0]) == ("| slow", "", "| fast")
    assert fast[6] in ("better", "worse", "not shown")
    assert "2 trials of 1 step" in (vietnamese_path / "study" / "results.md").read_text("utf-8")
    assert not list((vietnamese_path / "study").glob("timing_*"))
