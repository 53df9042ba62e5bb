"""Several processes are one run: same weights, same schedule, one end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
import toy

from ppocr_ext.checkpoint import CheckpointStore, read_pdparams
from ppocr_ext.runtime import REPOSITORY

pytestmark = pytest.mark.smoke

# Sums in another order move weights of float32 by about 1e-6 in six steps; the steps by 1e-2.
TOLERANCE = 1e-5
NECK = {"name": "lightsvtr", "dims": 16, "depth": 1, "drop_rate": 0.0, "attn_drop_rate": 0.0}
ONE_EPOCH = {
    "Global__epoch_num": 1,
    "Optimizer__name": "Momentum",  # Adam divides by gradients that are rounding alone
    "Architecture__Head__head_list": [{"CTCHead": {"Neck": NECK}}],
}
TRAIN = [sys.executable, str(REPOSITORY / "tools" / "train.py"), "-c"]


def make(folder: Path, **changes: object) -> Path:
    """A toy run without augmentation, which widens some lines: ranks pad to their own widest."""
    folder.mkdir()
    toy.make_data(folder)
    tree = toy.config(folder, **{**ONE_EPOCH, **changes})
    tree["Train"]["dataset"]["transforms"].pop(1)
    tree["Eval"]["sets"] = {"seen": (folder / "train.txt").as_posix()}
    return toy.write_config(folder, tree)


def newest(run: Path) -> dict[str, np.ndarray]:
    return read_pdparams(CheckpointStore(run).load().path(".pdparams"))


def largest_difference(one: Path, other: Path) -> float:
    first, second = newest(one), newest(other)
    assert first.keys() == second.keys()
    return max(float(np.abs(first[name] - second[name]).max()) for name in first)


def test_two_processes_give_the_weights_of_one(run_tool: Callable, tmp_path: Path) -> None:
    """Also when the second half is done by another number of processes."""
    single, double, mixed = (make(tmp_path / name) for name in ("single", "double", "mixed"))
    assert run_tool("train.py", "-c", single, "-o", "Global.cpu_processes=1").code == 0
    assert run_tool("train.py", "-c", double, "-o", "Global.cpu_processes=2").code == 0
    assert largest_difference(single.parent / "run", double.parent / "run") < TOLERANCE
    one, two = (toy.records(path.parent / "run", "eval")[-1] for path in (single, double))
    shared = ("n", "acc", "norm_edit_dis", "cer", "loss", "confidence_mean", "confidence_p95")
    for name in shared:  # of all lines, whoever read them
        assert two[name] == pytest.approx(one[name], rel=1e-4), name
        assert two["sets"]["seen"][name] == pytest.approx(one["sets"]["seen"][name], rel=1e-4), name
    assert one["sets"]["seen"]["n"] == toy.TRAIN_LINES and one["n"] == toy.EVAL_LINES

    half = ["-o", "Global.save_step=3", "Global.cpu_processes=2"]
    with subprocess.Popen([*TRAIN, str(mixed), *half], stdout=subprocess.DEVNULL) as started:
        run = mixed.parent / "run"
        wait_for(lambda: any(run.glob("checkpoints/step_*3")), started)
        started.send_signal(signal.SIGTERM)
    done = run_tool("train.py", "-c", mixed, "--resume", "-o", "Global.cpu_processes=1")
    assert done.code == 0, done.err
    assert largest_difference(single.parent / "run", run) < TOLERANCE
    expected = [record["lr"] for record in toy.records(single.parent / "run", "train")]
    assert [record["lr"] for record in toy.records(run, "train")] == pytest.approx(expected)


@pytest.mark.skipif(os.name == "nt", reason="kills with a POSIX signal")
def test_the_death_of_one_ends_all_and_the_rest_is_saved(tmp_path: Path) -> None:
    path = make(tmp_path / "dies", Global__cpu_processes=2, Global__epoch_num=500)
    run = path.parent / "run"
    with subprocess.Popen(
        [*TRAIN, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as launcher:
        wait_for(lambda: (run / "metrics.jsonl").exists() and len(toy.losses(run)) > 2, launcher)
        ranks = {rank_of(child): child for child in psutil.Process(launcher.pid).children()}
        ranks["1"].kill()
        assert launcher.wait(timeout=100) != 0
        assert launcher.stderr is not None
        told = launcher.stderr.read().decode("utf-8", "replace")
    assert "error: another process of this run has ended" in told and "Traceback" not in told
    assert not any(child.is_running() for child in ranks.values())
    saved = CheckpointStore(run).load()
    assert saved.global_step == max(toy.losses(run))


def rank_of(process: psutil.Process) -> str:
    return process.environ()["PADDLE_TRAINER_ID"]


def wait_for(condition: Callable[[], bool], process: subprocess.Popen) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert process.poll() is None and time.monotonic() < end, "it never came"
        time.sleep(0.1)
