"""The report card's command line, on a small log of a stock training."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
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
    assert "there is no run under output" in done.err and "tools/train.py" in done.err


def test_journal_target_and_rows_by_epoch(run_tool, workspace: Path) -> None:
    arguments = ["--journal", "--by", "epoch", "--target", "acc=0.5"]
    done = run_tool("report_card.py", *arguments, cwd=workspace)
    assert done.code == 0 and "Target: acc 0.5 cannot be predicted" in done.out
    run = workspace / "output" / "vi_new"
    assert (run / "journal.md").read_text(encoding="utf-8").count("## ") == 1
    with open(run / "report_card.csv", encoding="utf-8", newline="") as stream:
        assert [row["step"] for row in csv.DictReader(stream)] == ["1500", "3000"]
    again = run_tool("report_card.py", "--journal", cwd=workspace)
    assert "already has an entry" in again.out


def test_runs_are_compared(run_tool, workspace: Path) -> None:
    runs = [workspace / "output" / name for name in ("vi_old", "vi_new")]
    done = run_tool("report_card.py", "--compare", "--run", *runs, cwd=workspace)
    assert (done.code, done.err) == (0, "")
    assert "vi_old" in done.out and "vi_new" in done.out
    assert (workspace / "output" / "report_compare.png").exists()


def test_another_folder_may_take_the_report(run_tool, workspace: Path, tmp_path: Path) -> None:
    run, folder = workspace / "output" / "vi_old", tmp_path / "reports"
    done = run_tool("report_card.py", run, "--output", folder)
    assert done.code == 0
    assert [path.name for path in run.iterdir()] == ["train.log"]
    assert (folder / "report_card.html").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["--target", "speed=1"], "--target speed=1"),
        (["--patterns", "none.yml"], "none.yml does not exist"),
    ],
)
def test_bad_input_ends_with_one_message(
    run_tool, workspace: Path, arguments: list[str], words: str
) -> None:
    done = run_tool("report_card.py", *arguments, cwd=workspace)
    assert done.code == 2 and words in done.err and "Traceback" not in done.err


@pytest.mark.parametrize("how", [[], ["--watch"], ["--journal"], ["--compare", "output/vi_new"]])
def test_a_log_that_nobody_understands_is_no_success(
    run_tool, workspace: Path, how: list[str]
) -> None:
    log = workspace / "server log.txt"
    log.write_text("starting\nlistening on port 80\n", encoding="utf-8")
    before = sorted(workspace.rglob("*"))
    arguments = [*how, log.name] if "--compare" in how else [log.name, *how]
    done = run_tool("report_card.py", *arguments, cwd=workspace)
    assert done.code == 2 and "Traceback" not in done.err
    assert "of its 2 lines none is understood" in done.err and "listening on port 80" in done.err
    assert "'server log.txt' --patterns own.yml" in done.err.replace('"', "'")
    assert sorted(workspace.rglob("*")) == before


def test_a_watched_run_ends_when_its_plan_does(run_tool, tmp_path: Path) -> None:
    shutil.copy(LOGS / "stock_2_10.log", tmp_path / "train.log")
    done = run_tool("report_card.py", tmp_path, "--watch", "1")
    assert done.code == 0 and done.out.count("the plan is finished") == 1


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys; sys.path.insert(0, '.'); import ppocr_ext.report.commands\n"
        "heavy = 'paddle', 'matplotlib', 'numpy', 'pydantic', 'PIL', 'rich', 'yaml'\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.stdout.strip() == "[]", done.stderr
