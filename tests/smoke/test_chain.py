"""Every tool of the way without options: each reads what the one before it wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ppocr_ext.runtime import PUBLISHED, REPOSITORY

SMALLER = {  # in files of the clone: what makes the way short
    "ppocr_ext/synth/presets.py": (
        "replace(_PLAIN, styles=",
        'replace(_PLAIN, lines={"train": 12, "val": 5}, styles=',
    ),
    "configs/rec_quick.yml": ("max_steps: 200", "max_steps: 2\n  cpu_processes: 1"),
    "configs/base_rec.yml": ("batch_size_per_card: 32", "batch_size_per_card: 4"),
}


@pytest.fixture
def clone(vietnamese_path: Path) -> Path:
    for part in ("ppocr_ext", "tools", "configs", "dicts", f"output/{PUBLISHED.name}"):
        without = shutil.ignore_patterns("__pycache__", "inference_cache")
        shutil.copytree(REPOSITORY / part, vietnamese_path / part, ignore=without)
    for name, (old, new) in SMALLER.items():
        path = vietnamese_path / name
        text = path.read_text(encoding="utf-8")
        assert old in text, name
        path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
    return vietnamese_path


@pytest.fixture
def type_it(clone: Path) -> Callable[..., list[str]]:
    """``type_it("train.py", …, code=0)``: the lines that it printed."""

    def run(tool: str, *words: str, code: int = 0) -> list[str]:
        done = subprocess.run(
            [sys.executable, Path("tools", tool), *words],
            cwd=clone,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout.splitlines()

    return run


def test_each_tool_reads_what_the_one_before_it_wrote(
    clone: Path, type_it: Callable[..., list[str]]
) -> None:
    published = f"model: output/{PUBLISHED.name} (the published model)"
    first = type_it("infer_rec.py")
    assert first[0] == published and "wrote predicts_rec.txt" in first
    assert len((clone / "predicts_rec.txt").read_text(encoding="utf-8").splitlines()) == 10

    assert type_it("make_data.py") == ["12 train, 5 val lines in output/data/quick"]
    report = "\n".join(type_it("check_data.py", code=1))  # letters that 12 lines do not have
    assert "fit for training, with warnings" in report
    trained = type_it("train.py")
    assert any("global_step: 2" in line for line in trained)

    second = type_it("infer_rec.py")
    assert second[0] == "model: output/rec_quick/best_accuracy (the newest run with a model)"
    assert "wrote output/rec_quick/predicts_rec.txt" in second
    rows = (clone / "output/rec_quick/predicts_rec.txt").read_text(encoding="utf-8").splitlines()
    labels = (clone / "output/data/quick/val.txt").read_text(encoding="utf-8").splitlines()
    names = [[line.partition("\t")[0] for line in lines] for lines in (rows, labels)]
    assert names[0] == names[1] and len(names[0]) == 5

    card = type_it("report_card.py")
    assert "rec_quick" in card[0] and card[-1].startswith("output/rec_quick/report_card.")

    assert type_it("infer_rec.py", "--images", "output/data/quick/val.txt")[0] == published
