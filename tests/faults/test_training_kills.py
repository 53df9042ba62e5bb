"""Exact resume: a run killed again and again ends as one that never stopped, to the bit."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
import toy

from ppocr_ext.checkpoint import Checkpoint, CheckpointStore, read_pdopt, read_pdparams
from ppocr_ext.runtime import REPOSITORY

if TYPE_CHECKING:
    from conftest import Ledger

EPOCHS = 3
STEPS = EPOCHS * toy.STEPS_PER_EPOCH
EVENTS_BETWEEN_KILLS = 130  # about one and a half steps, each of which is saved
TIMES = ("time", "seconds", "fps", "ema_seconds", "ema_fps")  # differ from run to run
VICTIM = Path(__file__).with_name("trainer.py")


def make_run(folder: Path, **changes: Any) -> Path:
    """A config that saves at every step, with an average of the weights beside them."""
    settings: dict[str, Any] = {"Global__epoch_num": EPOCHS, "Global__save_step": 1}
    settings |= {"Global__keep_last": 2, "Global__ema": {"decay": 0.9}}
    return toy.make(folder, **{**settings, **changes})


def start(path: Path, kill_at: int = -1) -> subprocess.Popen[str]:
    command = [sys.executable, str(VICTIM), str(path), str(kill_at)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, encoding="utf-8")


def was_killed(process: subprocess.Popen) -> bool:
    code = process.wait()
    return code != 0 if os.name == "nt" else code == -signal.SIGKILL


def finish(path: Path) -> Path:
    assert start(path).wait() == 0
    return path.parent / "run"


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finish(make_run(tmp_path_factory.mktemp("không dừng")))


def moments(run: Path) -> dict[str, np.ndarray]:
    """The optimizer's state by the parameters' own names, which Paddle's depend on."""
    checkpoint = CheckpointStore(run).load()
    names = {old: new for new, old in checkpoint.state["parameter_names"].items()}
    state = read_pdopt(checkpoint.path("pdopt"))
    owners = {key: max((n for n in names if key.startswith(n)), key=len) for key in state}
    return {names[owner] + key[len(owner) :]: state[key] for key, owner in owners.items()}


def weights(checkpoint: Checkpoint) -> dict[str, np.ndarray]:
    """The weights and their average."""
    both = {kind: read_pdparams(checkpoint.path(kind)) for kind in ("pdparams", "ema")}
    return {f"{kind}: {name}": array for kind in both for name, array in both[kind].items()}


def assert_equal(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert found.keys() == expected.keys()
    different = [name for name in found if not np.array_equal(found[name], expected[name])]
    assert not different


def evaluations(run: Path) -> dict[int, dict[str, Any]]:
    """global_step → scores without times, the last ones of each step."""
    return {
        record["global_step"]: {
            name: value for name, value in record.items() if name not in (*TIMES, "best", "beaten")
        }
        for record in toy.records(run, "eval")
    }


def assert_as_if_never_stopped(run: Path, unbroken: Path) -> None:
    losses = toy.losses(unbroken)
    assert toy.losses(run) == losses and len(losses) == STEPS
    assert evaluations(run) == evaluations(unbroken)
    for name in ("latest", "best_accuracy"):
        found, expected = CheckpointStore(run).load(name), CheckpointStore(unbroken).load(name)
        assert_equal(weights(found), weights(expected))
        assert found.state["train"]["samples"] == expected.state["train"]["samples"]
    assert_equal(moments(run), moments(unbroken))
    assert (run / f"iter_epoch_{EPOCHS}.pdparams").is_file()


def test_killed_before_twenty_random_events(tmp_path: Path, unbroken: Path, ledger: Ledger) -> None:
    """In saves, while publishing, between the loss and the update, while the log is opened."""
    path, chance = make_run(tmp_path / "chạy lại"), random.Random(5)
    for _ in range(20):
        with ledger.fault("training killed at an event, then resumed"):
            assert was_killed(start(path, chance.randrange(EVENTS_BETWEEN_KILLS)))
    assert_as_if_never_stopped(finish(path), unbroken)


def test_killed_at_random_times_with_reading_processes(
    tmp_path: Path, unbroken: Path, ledger: Ledger
) -> None:
    path = make_run(tmp_path, Train__loader={"num_workers": 2, "batch_size_per_card": toy.BATCH})
    chance = random.Random(6)
    for _ in range(4):
        with ledger.fault("training killed from outside, then resumed"):
            victim = start(path)
            wait_for_steps(tmp_path / "run", chance.randint(1, 3), victim)
            time.sleep(chance.random() / 10)
            victim.kill()
            assert was_killed(victim)
    assert_as_if_never_stopped(finish(path), unbroken)


def wait_for_steps(run: Path, count: int, process: subprocess.Popen) -> None:
    """Until ``count`` more steps have been logged."""
    log = run / "metrics.jsonl"
    before = len(toy.records(run, "train")) if log.exists() else 0
    while process.poll() is None:
        if log.exists() and log.read_bytes().count(b'"kind": "train"') >= before + count:
            return
        time.sleep(0.01)


def test_two_processes_killed(tmp_path: Path, ledger: Ledger) -> None:
    changes = {"Global__cpu_processes": 2, "Global__accumulation": 2, "Global__epoch_num": 3}
    train = [sys.executable, str(REPOSITORY / "tools" / "train.py"), "-c"]

    def launch(path: Path, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen([*train, str(path), *arguments], stdout=subprocess.DEVNULL)

    reference, path = make_run(tmp_path / "one", **changes), make_run(tmp_path / "two", **changes)
    assert launch(reference).wait() == 0
    run = path.parent / "run"
    for resume in ([], ["--resume"]):
        with ledger.fault("launcher of two processes killed, then resumed"):
            launcher = launch(path, *resume)
            wait_for_steps(run, 3, launcher)
            ranks = psutil.Process(launcher.pid).children(recursive=True)
            launcher.kill()
            launcher.wait()
            psutil.wait_procs(ranks)  # they notice that they are alone
    assert launch(path, "--resume").wait() == 0
    assert toy.losses(run) == toy.losses(reference.parent / "run")
    found, expected = CheckpointStore(run).load(), CheckpointStore(reference.parent / "run").load()
    assert_equal(weights(found), weights(expected))
