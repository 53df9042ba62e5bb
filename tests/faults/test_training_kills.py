"""Exact resume: a run killed again and again ends as one that never stopped, to the bit."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
import toy

from ppocr_ext.checkpoint import Checkpoint, CheckpointStore, read_pdopt, read_pdparams
from ppocr_ext.report.gallery import read_mistakes
from ppocr_ext.runtime import REPOSITORY

sys.path.insert(0, str(Path(__file__).parent))
import trainer

if TYPE_CHECKING:
    from conftest import Ledger

EPOCHS = 3
STEPS = EPOCHS * toy.STEPS_PER_EPOCH
EVENTS_BETWEEN_KILLS = 130  # about one and a half steps, each of which is saved
TIMES = ("time", "seconds", "fps", "ema_seconds", "ema_fps")  # differ from run to run

# Where processes can be forked, from one that has imported paddle: that is most of a short run.
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
PROCESSES = multiprocessing.get_context(METHOD)
PROCESSES.set_forkserver_preload(["ppocr_ext.engine.session"])


def make_run(folder: Path, **changes: Any) -> Path:
    """A config that saves at every step, with an average of the weights beside them."""
    settings: dict[str, Any] = {"Global__epoch_num": EPOCHS, "Global__save_step": 1}
    settings |= {"Global__keep_last": 2, "Global__ema": {"decay": 0.9}}
    return toy.make(folder, **{**settings, **changes})


def start(path: Path, kill_at: int = -1) -> BaseProcess:
    process = PROCESSES.Process(target=trainer.train, args=(str(path), kill_at))
    process.start()
    return process


def was_killed(process: BaseProcess) -> bool:
    process.join()
    return process.exitcode != 0 if os.name == "nt" else process.exitcode == -signal.SIGKILL


def finish(path: Path) -> Path:
    process = start(path)
    process.join()
    assert process.exitcode == 0
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
        with ledger.fault("training: SIGKILL at an event, saving included"):
            assert was_killed(start(path, chance.randrange(EVENTS_BETWEEN_KILLS)))
    assert_as_if_never_stopped(finish(path), unbroken)


def test_killed_at_random_times_with_reading_processes(
    tmp_path: Path, unbroken: Path, ledger: Ledger
) -> None:
    path = make_run(tmp_path, Train__loader={"num_workers": 2, "batch_size_per_card": toy.BATCH})
    chance = random.Random(6)
    for _ in range(4):
        with ledger.fault("training with readers: SIGKILL at a random time"):
            victim = start(path)
            wait_for_steps(tmp_path / "run", chance.randint(1, 3), victim.is_alive)
            time.sleep(chance.random() / 10)
            victim.kill()
            assert was_killed(victim)
    assert_as_if_never_stopped(finish(path), unbroken)


def wait_for_steps(run: Path, count: int, is_alive: Callable[[], bool]) -> None:
    """Until ``count`` more steps have been logged."""
    log = run / "metrics.jsonl"
    before = len(toy.records(run, "train")) if log.exists() else 0
    while is_alive():
        if log.exists() and log.read_bytes().count(b'"kind": "train"') >= before + count:
            return
        time.sleep(0.01)


def is_gone(process: psutil.Process) -> bool:
    """Also when nobody collects what an orphan left, as in a container without an init."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def break_images(folder: Path) -> list[str]:
    """Some images of both sets, in the middle; the paths of the training lines."""
    broken = [f"train/{number}.png" for number in range(0, toy.TRAIN_LINES, 4)]
    for name in [*broken, "val/1.png"]:
        (folder / name).write_bytes((folder / name).read_bytes()[:60])
    return broken


def test_two_processes_killed_and_interrupted(tmp_path: Path, ledger: Ledger) -> None:
    changes = {"Global__cpu_processes": 2, "Global__accumulation": 2, "Global__epoch_num": 3}
    reference, path = make_run(tmp_path / "one", **changes), make_run(tmp_path / "two", **changes)
    broken = break_images(reference.parent)
    break_images(path.parent)
    tool = [sys.executable, str(REPOSITORY / "tools" / "train.py"), "-c"]

    def launch(path: Path, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen([*tool, str(path), *arguments], stdout=subprocess.DEVNULL)

    assert launch(reference).wait() == 0
    expected, run = reference.parent / "run", path.parent / "run"
    with ledger.fault("training in two processes: launcher killed"):
        launcher = launch(path)
        wait_for_steps(run, 3, lambda: launcher.poll() is None)
        ranks = psutil.Process(launcher.pid).children(recursive=True)
        launcher.kill()
        launcher.wait()
        while not all(map(is_gone, ranks)):  # they notice that they are alone
            time.sleep(0.05)
    with ledger.fault("training in two processes: SIGTERM to all, as pkill does"):
        launcher = launch(path, "--resume")
        wait_for_steps(run, 2, lambda: launcher.poll() is None)
        if os.name == "nt":  # where a console's Ctrl-C cannot be sent to a child
            launcher.kill()
        else:
            for each in psutil.Process(launcher.pid).children(recursive=True):
                each.send_signal(signal.SIGTERM)
            launcher.send_signal(signal.SIGTERM)
        assert launcher.wait() == 0 or os.name == "nt"
        assert toy.records(run, "stop") or os.name == "nt"
    assert launch(path, "--resume").wait() == 0
    assert toy.losses(run) == toy.losses(expected)
    found = CheckpointStore(run).load()
    assert_equal(weights(found), weights(CheckpointStore(expected).load()))

    # What either process met is in the one log, and in the one list of mistakes.
    named = [event["text"].split(": ")[1] for event in toy.records(expected, "skip_line")]
    assert set(named) == set(broken)
    (total,) = toy.records(expected, "skipped_lines")
    assert f"left out since the start: {len(broken)} (" in total["text"]
    wrong = {Path(one.image).name for one in read_mistakes(expected, {})}
    assert wrong == {f"{number}.png" for number in range(toy.EVAL_LINES)}
