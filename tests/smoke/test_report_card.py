"""The report card's command line, on a small log of a stock training."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import pytest

LOGS = Path(__file__).resolve().parents[1] / "fixtures" / "logs"


@pytest.fixture
def workspace(vietnamese_path: Path) -> Path:
    """A folder with two runs under output/, the second one newer."""
    for age, run in enumerate(("vi_new", "vi_old")):
        folder = vietnamese_path / "output" / run
        folder.mkdir(parents=True)
        shutil.copy(LOGS / "hand_2_10.log", folder / "train.log")
        moment = 1_700_000_000 - 1000 * age
        os.utime(folder / "train.log", (moment, moment))
    return vietnamese_path


def test_without_arguments_the_newest_run_is_reported_beside_its_checkpoints(
    run_tool, workspace: Path
) -> None:
    done = run_tool("report_card.py", cwd=workspace)
    assert (done.code, done.err) == (0, "")
    assert "0.036" in done.out
    assert "vi_new" in done.out.splitlines()[0]
    run = workspace / "output" / "vi_new"
    assert (run / "report_card.md").read_text(encoding="utf-8").startswith("# Report card: vi")
    assert (run / "report_card.png").read_bytes().startswith(b"\x89PNG")
    with open(run / "report_card.csv", encoding="utf-8", newline="") as stream:
        assert [row["step"] for row in csv.DictReader(stream)] == ["1000", "2000", "3000"]


def test_a_console_that_cannot_show_the_path_is_no_obstacle(run_tool, workspace: Path) -> None:
    log = workspace / "output" / "vi_old" / "train.log"
    done = run_tool("report_card.py", log, env={"PYTHONIOENCODING": "cp1252"})
    assert (done.code, done.err) == (0, "")
    assert log.with_name("report_card.md").exists()


def test_no_run_is_said_with_its_cure(run_tool, tmp_path: Path) -> None:
    done = run_tool("report_card.py", cwd=tmp_path)
    assert done.code == 2
    assert "there is no run under output" in done.err and "python tools/train.py" in done.err
