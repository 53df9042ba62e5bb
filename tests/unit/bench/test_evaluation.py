"""The benchmark of evaluation: both scripts score the same lines."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from bench import evaluation
from bench.run_reader import run_reader

SCRIPTS = ("ours_eval.py", "stock_eval.py")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_scores_labelled_lines(
    script: str, line_set: Path, model_folder: Path, tmp_path: Path
) -> None:
    listed = tmp_path / "lines.txt"
    lines = line_set.read_text(encoding="utf-8").splitlines()[:2]
    rows = [f"{line_set.parent / line}\n" for line in lines]
    listed.write_text("".join(rows), encoding="utf-8")
    result = run_reader(script, listed, model_folder)
    scores = ast.literal_eval(result["texts"][0])
    assert {"acc", "norm_edit_dis"} <= set(scores)
    assert result["lines_per_second"] > 0


@pytest.mark.parametrize(("stock", "met"), [(10.0, True), (30.0, False)])
def test_the_goal_is_five_times_as_fast(
    line_set: Path, monkeypatch: pytest.MonkeyPatch, stock: float, met: bool
) -> None:
    given: list[str] = []

    def run(script: str, listed: Path, folder: Path) -> dict[str, object]:
        given.append(listed.read_text(encoding="utf-8"))
        speed = stock if script == "stock_eval.py" else 100.0
        return {"lines_per_second": speed, "processor_ms_per_line": 1.0}

    monkeypatch.setattr(evaluation, "run_reader", run)
    (row,) = evaluation.measure("run", line_set, 4)
    assert row.met is met and row.measured.startswith(f"{100 / stock:.1f}x")
    assert len(set(given)) == 1 and len(given[0].splitlines()) == 4
    assert all(Path(line.split("\t")[0]).is_file() for line in given[0].splitlines())
