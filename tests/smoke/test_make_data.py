"""tools/make_data.py as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "make_data.py"
pytestmark = pytest.mark.smoke


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(TOOL), *arguments], capture_output=True, encoding="utf-8", timeout=120
    )


def test_a_small_set_is_made_and_then_reused(tmp_path: Path) -> None:
    folder = tmp_path / "dữ liệu nhỏ"
    arguments = (
        "--output",
        str(folder),
        "--train-lines",
        "30",
        "--val-lines",
        "10",
        "--workers",
        "2",
    )
    first, second = run(*arguments), run(*arguments)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("30 train, 10 val lines in ")
    assert len((folder / "train.txt").read_text("utf-8").splitlines()) == 30
    assert second.returncode == 0
    assert second.stderr == ""
    assert second.stdout.startswith("30 train, 10 val lines in ")


def test_two_processes_of_a_launcher_make_the_set_of_one(tmp_path: Path) -> None:
    sizes = ("--train-lines", "30", "--val-lines", "10", "--workers", "1")
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    assert run("--output", str(alone), *sizes).returncode == 0
    command = [sys.executable, str(TOOL), "--output", str(shared), *sizes]
    started = []
    for rank in ("1", "0"):
        told = {"PADDLE_TRAINER_ID": rank, "PADDLE_TRAINERS_NUM": "2"}
        started.append(subprocess.Popen(command, env={**os.environ, **told}))
    try:
        assert [process.wait(timeout=60) for process in started] == [0, 0]
    finally:
        for process in started:
            process.kill()
    assert files(shared) == files(alone)


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--preset", "hug"),
        ("--texts", "no such folder"),
        ("--train-lines", "0"),
        ("--fonts", str(TOOL)),
    ],
)
def test_bad_input_ends_with_one_message(arguments: tuple[str, ...], tmp_path: Path) -> None:
    ended = run("--output", str(tmp_path / "out"), *arguments)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: ")
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "out").exists()
