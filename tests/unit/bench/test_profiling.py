"""The table of what each step of a reading costs."""

from __future__ import annotations

from pathlib import Path

from bench.profiling import HEADER, STEPS, format_table, measure


def test_every_step_of_a_reading_has_its_column(model_folder: Path, line_set: Path) -> None:
    (row,) = measure(model_folder, [line_set], "float32", 4)
    assert (row.name, row.lines) == (line_set.parent.name, 4)
    assert row.pixels >= 32
    assert len(row.steps) == len(STEPS) + 1
    assert row.steps[-1] > 0
    head, _, line = format_table([row]).splitlines()
    assert [cell.strip() for cell in head.strip("|").split("|")] == [*HEADER, *STEPS, "whole"]
    assert line.count("|") == head.count("|")
