"""``tools/eval.py`` as it is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ppocr_ext.runtime import PUBLISHED


def test_scores_are_printed_and_files_written(vietnamese_path: Path, run_tool: Callable) -> None:
    labels, predictions = vietnamese_path / "val.txt", vietnamese_path / "đọc.txt"
    labels.write_text("1.png\tViệt Nam\n2.png\tế\n", encoding="utf-8")
    predictions.write_text("1.png\tViệt Nam\t0.9\n2.png\tề\t0.5\n", encoding="utf-8")
    done = run_tool("eval.py", "--readings", predictions, "--labels", labels, "--no-plots")
    assert done.code == 0, done.err
    assert "acc: 0.5000" in done.out and "ece: " in done.out
    page = vietnamese_path / "đọc.evaluation" / "evaluation.md"
    assert "| ế | ề | 1 |" in page.read_text(encoding="utf-8")


def test_readings_reach_no_terminal_as_commands(vietnamese_path: Path, run_tool: Callable) -> None:
    labels, predictions = vietnamese_path / "val.txt", vietnamese_path / "p.txt"
    labels.write_text("1.png\tĐỏ\n2.png\tế\n", encoding="utf-8")
    predictions.write_text("1.png\t\x1b[31mĐỏ\x9b1m\x7f\u202eab\u2066\n", encoding="utf-8")
    done = run_tool("eval.py", "--readings", predictions, "--labels", labels, "--no-plots")
    assert done.code == 0, done.err
    assert "1 of 2 labelled lines without a reading" in done.out
    page = (vietnamese_path / "p.evaluation" / "evaluation.md").read_text(encoding="utf-8")
    assert "\\\\x1b\\[31mĐỏ\\\\x9b1m\\\\x7f\\\\u202eab\\\\u2066" in page
    assert not set(page) & {"\x1b", "\x9b", "\x7f", "\u202e", "\u2066"}
    html = (vietnamese_path / "p.evaluation" / "evaluation.html").read_text(encoding="utf-8")
    assert "\\\\u202eab\\\\u2066" in html and not set(html) & {"\x9b", "\u202e", "\u2066"}


def test_a_published_model_is_not_written_into(
    line_set: Path, tmp_path: Path, run_tool: Callable
) -> None:
    before = sorted(PUBLISHED.rglob("*"))
    for model in (PUBLISHED, PUBLISHED / "inference"):
        done = run_tool(
            "eval.py", "--model", model, "--labels", line_set, "--no-plots", cwd=tmp_path
        )
        assert done.code == 0, done.err
        page = tmp_path / "output" / "labels.evaluation" / "evaluation.md"
        assert "acc" in page.read_text(encoding="utf-8")
        page.unlink()
        scores = [line.split(":")[0] for line in done.out.splitlines()]
        assert (scores.count("acc"), scores.count("ece")) == (1, 1)  # scored once
        assert not list(page.parent.glob("*.errors.txt"))  # errors.jsonl holds them
    assert sorted(PUBLISHED.rglob("*")) == before


def test_a_missing_file_is_one_message(tmp_path: Path, run_tool: Callable) -> None:
    done = run_tool(
        "eval.py", "--readings", tmp_path / "none.txt", "--labels", tmp_path / "none.txt"
    )
    assert done.code == 2 and "Traceback" not in done.err and "--labels" in done.err
