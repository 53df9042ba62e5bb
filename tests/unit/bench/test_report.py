"""The report's benchmark runs through; the speed of this machine is not tested."""

from __future__ import annotations

from itertools import islice

from bench.report import log_lines, measure

from ppocr_ext.records.reading import LogParser


def test_every_row_is_measured() -> None:
    rows = measure(3000)
    assert rows[0].what.startswith("3,000 lines")
    assert [row.measured.split()[-1] for row in rows] == ["lines/s", "MB", "MB", "s"]


def test_the_log_of_the_benchmark_is_understood_whole() -> None:
    parser = LogParser([])
    parser.feed(islice(log_lines(), 2 + 5 * 102))
    kinds = parser.history.account.kinds
    assert kinds == {"event": 2, "train": 500, "eval": 5, "best": 5}
    assert [point.step for point in parser.history.evals] == [1000, 2000, 3000, 4000, 5000]
