"""``tools/eval.py`` as it is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def test_scores_are_printed_and_files_written(vietnamese_path: Path, run_tool: Callable) -> None:
    labels, predictions = vietnamese_path / "val.txt", vietnamese_path / "đọc.txt"
    labels.write_text("1.png\tViệt Nam\n2.png\tế\n", encoding="utf-8")
    predictions.write_text("1.png\tViệt Nam\t0.9\n2.png\tề\t0.5\n", encoding="utf-8")
    done = run_tool("eval.py", "--pred", predictions, "--gt", labels, "--no-plots")
    assert done.code == 0, done.err
    assert "acc: 0.5000" in done.out and "ece: " in done.out
    page = vietnamese_path / "đọc.evaluation" / "evaluation.md"
    assert "| ế | ề | 1 |" in page.read_text(encoding="utf-8")


def test_a_missing_file_is_one_message(tmp_path: Path, run_tool: Callable) -> None:
    done = run_tool("eval.py", "--pred", tmp_path / "none.txt", "--gt", tmp_path / "none.txt")
    assert done.code == 2 and "Traceback" not in done.err and "--gt" in done.err
