"""Training beside stock PaddleOCR's and beside a plain loop; its scaling, overhead and memory."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from bench.child import run_script
from bench.row import Row
from ppocr_ext.engine.launch import cpu_process_count
from ppocr_ext.runtime import REPOSITORY, mkl_cpu_type

TRAINERS = Path(__file__).with_name("trainers")
CORES = cpu_process_count("auto")
STEPS_OF_BOOKKEEPING = 23


def measure(lines: int, width: int, device: str) -> list[Row]:
    """Ours beside the others, in lines a second of the same images and batch."""
    if device != "cpu":
        from ppocr_ext.engine.build import choose_device

        choose_device(device)  # explains what is missing
    shared = ["--lines", str(lines), "--width", str(width), "--device", device]
    processes = CORES if device == "cpu" else 1
    ours = ["ours.py", *shared, "--processes", str(processes)]
    rows = []
    for script, what, goal in (
        ("stock.py", "PP-OCRv6 small here, PP-OCRv4 mobile (CTC+NRTR) by stock ppocr", 10),
        ("plain.py", "PP-OCRv6 small here, the same network in a plain loop", 3),
    ):
        # Ours before and after the other: what disturbs one disturbs both.
        before = _run(ours, ready=True)
        other = _speed(_run([script, *shared, "--steps", "1"], threads=CORES))
        best = max(_speed(before), _speed(_run(ours, ready=True)))
        measured = f"{best:.1f} against {other:.2f} lines/s: {best / other:.1f}x"
        rows.append(Row(what, measured, f">= {goal}x", best / other >= goal))
    if device == "cpu":
        rows.append(_frozen_row(ours))
    return rows


def _frozen_row(ours: Sequence[str], rounds: int = 2) -> Row:
    """A frozen backbone computed by onnxruntime and by Paddle, in turns; the best counts."""
    speeds = {"served": 0.0, "paddle": 0.0}
    for _ in range(rounds):
        for who in speeds:
            speeds[who] = max(speeds[who], _speed(_run([*ours, "--frozen", who], ready=True)))
    times = speeds["served"] / speeds["paddle"]
    measured = f"{speeds['served']:.1f} against {speeds['paddle']:.1f} lines/s: {times:.2f}x"
    what = "backbone frozen, computed by onnxruntime, by Paddle"
    return Row(what, measured, ">= 1.3x", times >= 1.3)


def measure_scaling(lines: int, width: int, rounds: int = 3) -> list[Row]:
    """One process of one thread against two, in turns; the best of each counts."""
    shared = ["ours.py", "--lines", str(lines), "--width", str(width), "--threads", "1"]
    speeds: dict[int, float] = {1: 0.0, 2: 0.0}
    for _ in range(rounds):
        for processes in speeds:
            command = [*shared, "--processes", str(processes)]
            speeds[processes] = max(speeds[processes], _speed(_run(command, ready=True)))
    times = speeds[2] / speeds[1]
    measured = f"{speeds[1]:.1f} and {speeds[2]:.1f} lines/s: {times:.2f}x"
    return [Row("two gloo processes of one thread against one", measured, ">= 1.7x", times >= 1.7)]


def measure_sessions(labels: Path, steps: int) -> list[Row]:
    """What hooks and records cost beside a step, and whether memory grows over ``steps``."""
    with tempfile.TemporaryDirectory() as name:
        book = _session(Path(name), labels, STEPS_OF_BOOKKEEPING, "small", batch=16)
        share = book["bookkeeping_seconds"] / book["step_seconds"]
        measured = f"{1000 * book['bookkeeping_seconds']:.2f} ms of {book['step_seconds']:.2f} s"
        what = "hooks, records and telemetry of a step"
        rows = [Row(what, f"{measured}: {100 * share:.2f} %", "< 1 %", share < 0.01)]
        if steps:
            held = _session(Path(name), labels, steps, "tiny", batch=2)
            growth = held["late_mb"] / held["early_mb"] - 1
            measured = f"{held['early_mb']:.0f} and {held['late_mb']:.0f} MB: {100 * growth:+.1f} %"
            what = f"memory after {steps // 100:,} and {steps:,} steps"
            rows.append(Row(what, measured, "< 3 %", growth < 0.03))
    return rows


def _session(folder: Path, labels: Path, steps: int, network: str, batch: int) -> dict[str, Any]:
    from ppocr_ext.config import dump_yaml

    few = folder / "few.txt"
    with open(labels, encoding="utf-8") as lines:
        few.write_text("".join(islice(lines, batch)), encoding="utf-8", newline="\n")
    data_dir = labels.parent.resolve().as_posix()
    dataset = {"data_dir": data_dir, "label_file_list": [labels.resolve().as_posix()]}
    tree = {
        "_base_": (REPOSITORY / "configs" / "base_rec.yml").as_posix(),
        "Global": {
            "device": "cpu",
            "save_model_dir": (folder / network).as_posix(),
            "character_dict_path": (REPOSITORY / "dicts" / "vi_dict.txt").as_posix(),
            "pretrained_model": None,
            "epoch_num": 100_000,
            "max_steps": steps,
            "eval_at_start": False,
            "eval_batch_step": [10 * steps, 10 * steps],
        },
        "Train": {"dataset": dataset, "loader": {"batch_size_per_card": batch, "num_workers": 0}},
        "Eval": {
            "dataset": {**dataset, "label_file_list": [few.as_posix()]},
            "loader": {"num_workers": 0},
        },
    }
    path = folder / f"{network}.yml"
    path.write_text(dump_yaml(tree), encoding="utf-8", newline="\n")
    return _run(["session.py", str(path), str(steps), network], ready=True)


def _run(arguments: Sequence[str], ready: bool = False, threads: int | None = None) -> Any:
    """The JSON that a trainer prints last.

    ready: with the settings for this processor, which trainers of others must find for
    themselves; those get as many threads as there are cores.
    """
    script, *options = arguments
    environment = _environment(os.environ, ready, threads)
    return run_script(sys.executable, TRAINERS / script, *options, environment=environment)


def _environment(given: Mapping[str, str], ready: bool, threads: int | None) -> dict[str, str]:
    ours = {"MKL_DEBUG_CPU_TYPE", "OMP_NUM_THREADS", "MKL_NUM_THREADS"}
    environment = {name: value for name, value in given.items() if name not in ours}
    if ready and (fast := mkl_cpu_type()) is not None:
        environment["MKL_DEBUG_CPU_TYPE"] = fast
    if threads is not None:
        environment |= {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    return environment


def _speed(told: Mapping[str, Any]) -> float:
    return float(told["lines_per_second"])
