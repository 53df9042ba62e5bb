"""How long the command lines take to answer."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.row import Row
from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.runtime import REPOSITORY

TOOLS = REPOSITORY / "tools"
ROUNDS = 4


def measure(run: Path, config: Path) -> list[Row]:
    """The slowest --help, the report card of ``run``, and training by ``config`` up to a step."""
    helps = {tool.name: _best(lambda tool=tool: _answer(tool, "--help")) for tool in _tools()}
    slowest = max(helps, key=helps.__getitem__)
    with tempfile.TemporaryDirectory() as folder:
        report = _best(lambda: _answer(TOOLS / "report_card.py", run, "--output", folder))
        first_step = _until_first_step(config, Path(folder) / "run")
    return [
        _row(f"--help of {len(helps)} tools, the slowest ({slowest})", helps[slowest], 0.3),
        _row("report_card.py", report, 1.0),
        _row(f"train.py -c {config.name} to the first step", first_step, 15.0),
    ]


def _row(what: str, seconds: float, goal: float) -> Row:
    return Row(what, f"{seconds:.2f} s", f"< {goal:g} s", seconds < goal)


def _tools() -> list[Path]:
    return sorted(TOOLS.glob("*.py"))


def _best(run: Callable[[], None]) -> float:
    """Seconds of the fastest of some rounds, files in the system's cache."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def _answer(tool: Path, *arguments: str | Path) -> None:
    command = [sys.executable, str(tool), *map(str, arguments)]
    subprocess.run(command, capture_output=True, check=True)


def _until_first_step(config: Path, run: Path) -> float:
    """Without the evaluation that comes before training, which is not part of starting.

    Raises :class:`UserError` where training ends before it.
    """
    command = [sys.executable, str(TOOLS / "train.py"), "-c", str(config), "-o"]
    command += [f"Global.save_model_dir={run.as_posix()}", "Global.eval_at_start=false"]
    command += ["Global.print_batch_step=1"]
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if "global_step: 1," in line:
                child.terminate()
                return time.perf_counter() - started
    raise UserError(
        f"{config.as_posix()} did not come to its first step",
        "a config that trains",
        f"see why: {tool_command('train.py', '-c', config.as_posix(), '--dry-run')}",
    )
