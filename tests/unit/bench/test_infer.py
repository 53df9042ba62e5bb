"""The benchmark of recognisers: its scripts run, what is missing is said, rows know their goal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from bench import infer
from bench.infer import RIVALS, Rival
from bench.run_reader import READERS, Engine, run_reader

from ppocr_ext.runtime import PUBLISHED


@pytest.fixture(scope="module")
def listed(line_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("benchmark") / "images.txt"
    images = sorted(line_set.parent.glob("*.png"))
    path.write_text("\n".join(map(str, images)), encoding="utf-8")
    return path


def test_our_script_reads_all_lines(listed: Path, model_folder: Path) -> None:
    result = run_reader("ours.py", listed, model_folder)
    assert len(result["texts"]) == 6
    assert result["texts"][3] == "(028) 3829 4567"
    assert result["lines_per_second"] > 0
    assert result["processor_ms_per_line"] > 0


def test_a_start_is_timed_beside_a_script_that_reads() -> None:
    image = PUBLISHED / "samples" / "0.jpg"
    command = [sys.executable, READERS / "bare.py", PUBLISHED / "inference/inference.onnx", image]
    text = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout.strip()
    first = (PUBLISHED / "samples" / "labels.txt").read_text(encoding="utf-8").splitlines()[0]
    assert text == first.split("\t")[1]
    assert infer._seconds(["-c", "import time; time.sleep(0.01)"]) > 0.01


def test_every_rival_has_a_script() -> None:
    assert all((READERS / rival.engine.script).is_file() for rival in RIVALS)


def test_a_program_that_is_not_installed_is_said(listed: Path, model_folder: Path) -> None:
    absent = Engine("other", "none.py", program="no-such-ocr")
    row = infer._against(Rival(absent, 2), listed, model_folder)
    assert row == ("other", "no-such-ocr is not installed", ">= 2x", False)


@pytest.mark.parametrize(("theirs", "met"), [(50.0, True), (90.0, False)])
def test_a_goal_is_met_by_the_ratio(monkeypatch, theirs: float, met: bool) -> None:
    def run(script: str, *_: object) -> dict:
        rate = 100.0 if script == "ours.py" else theirs
        return {"lines_per_second": rate, "processor_ms_per_line": 1.0, "settings": "s"}

    monkeypatch.setattr(infer, "run_reader", run)
    monkeypatch.setattr("bench.run_reader.run_reader", run)
    row = infer._against(Rival(Engine("other", "other.py"), 1.5), Path(), Path())
    assert row.met is met
    assert row.measured.startswith(f"{100 / theirs:.2f}x")
