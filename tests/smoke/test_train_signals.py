"""Ctrl-C, SIGTERM, a second signal: the run is stopped, saved, and can continue."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import toy

from ppocr_ext.checkpoint import CheckpointStore
from ppocr_ext.runtime import REPOSITORY

pytestmark = [
    pytest.mark.smoke,
    pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl-C cannot be sent to a child"),
]

Start = Callable[..., subprocess.Popen]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts ``tools/train.py``; ends at the end of the test what is still running."""
    started: list[subprocess.Popen] = []

    def run(path: Path, *overrides: str) -> subprocess.Popen:
        command = [sys.executable, "tools/train.py", "-c", str(path), "-o", *overrides]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
        process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, **pipes)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def endless(folder: Path) -> Path:
    never = {"Global__eval_batch_step": [0, 10_000], "Global__save_epoch_step": 10_000}
    return toy.make(folder, Global__epoch_num=100_000, **never)


def wait_for_step(run: Path, step: int, process: subprocess.Popen) -> None:
    while process.poll() is None:
        if (run / "metrics.jsonl").exists() and max(toy.losses(run), default=0) >= step:
            return
        time.sleep(0.02)
    raise AssertionError(process.communicate())


def signalled(process: subprocess.Popen, *numbers: int) -> tuple[int, str, str]:
    for number in numbers:
        process.send_signal(number)
    out, err = process.communicate()
    return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])  # of two: tests/faults
def test_a_signal_saves_and_tells_how_to_continue(
    start: Start, vietnamese_path: Path, number: signal.Signals
) -> None:
    path, run = endless(vietnamese_path), vietnamese_path / "run"
    process = start(path, "Optimizer.lr.learning_rate=0.001")
    wait_for_step(run, 3, process)
    code, out, err = signalled(process, number)
    assert (code, err) == (0, "")
    saved = CheckpointStore(run).load()
    assert saved.global_step == max(toy.losses(run)) >= 3
    last = out.splitlines()[-1]
    assert f"stopped ({number.name}); continue with: python tools/train.py -c" in last
    command = shlex.split(last.split("continue with: ")[1])
    override = "Optimizer.lr.learning_rate=0.001"
    assert command[2:] == ["-c", path.as_posix(), "-o", override, "--resume"]
    toy.train(path, override, f"Global.max_steps={saved.global_step + 2}", resume=True)
    assert list(toy.losses(run)) == list(range(1, saved.global_step + 3))


def test_a_second_signal_ends_at_once_and_nothing_is_lost(start: Start, tmp_path: Path) -> None:
    path, run = endless(tmp_path), tmp_path / "run"
    process = start(path, "Global.save_step=1")
    wait_for_step(run, 3, process)
    # Held while both are sent, so that the second comes before the step is done.
    code, out, _ = signalled(process, signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT)
    assert code == 128 + signal.SIGTERM
    assert "continue with" not in out
    assert CheckpointStore(run).load().global_step >= max(toy.losses(run)) - 1
