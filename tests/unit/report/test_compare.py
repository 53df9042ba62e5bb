"""Several runs side by side, the best one first."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from ppocr_ext.records.records import Point
from ppocr_ext.report.compare import TITLES, courses, rows, save_comparison
from ppocr_ext.report.report import Report
from ppocr_ext.runs.logs import Source


def run(make: Callable[..., Report], folder: str, acc: float) -> Report:
    train = [(step, {"loss": 1.0, "ips": 30.0, "avg_samples": 32.0}) for step in (10, 20)]
    evals = [(10, {"acc": acc / 2}), (20, {"acc": acc})]
    return make(train, evals, source=Source(Path(folder), ()))


def test_the_best_run_comes_first_and_names_stay_apart(
    make: Callable[..., Report], tmp_path: Path
) -> None:
    runs = courses([run(make, "a/vi", 0.5), run(make, "b/vi", 0.7), run(make, "c", 0.6)])
    assert [one.name for one in runs] == ["b/vi", "c", "a/vi"]
    table = [dict(zip(TITLES, row, strict=True)) for row in rows(runs)]
    assert table[0]["acc"] == "0.7000" and table[0]["lines seen"] == "640"
    paths = save_comparison(runs, tmp_path)
    assert paths[2].read_bytes().startswith(b"\x89PNG")
    with open(paths[1], encoding="utf-8", newline="") as stream:
        assert [row["run"] for row in csv.DictReader(stream)] == ["b/vi", "c", "a/vi"]
    assert {path.suffix for path in paths} == {".md", ".csv", ".png", ".html"}


def test_runs_of_one_main_indicator_are_ranked_by_it(make: Callable[..., Report]) -> None:
    made = []
    for folder, acc, cer in (("a", 0.9, 0.4), ("b", 0.8, 0.1), ("c", 0.7, 0.2)):
        report = make([(10, {"loss": 1.0})], source=Source(Path(folder), ()))
        report.history.metric = "cer"
        report.history.add_eval(Point(10, None, None, {"acc": acc, "cer": cer}))
        made.append(report)
    assert [one.name for one in courses(made)] == ["b", "c", "a"]
    made[0].history.metric = "acc"  # they disagree: the first metric that all have
    assert [one.name for one in courses(made)] == ["a", "b", "c"]


def test_a_run_without_evaluations_comes_last(make: Callable[..., Report], tmp_path: Path) -> None:
    empty = make([(10, {"loss": 1.0})], source=Source(Path("empty"), ()))
    runs = courses([empty, run(make, "good", 0.5)])
    assert [one.name for one in runs] == ["good", "empty"]
    assert all(path.exists() for path in save_comparison(runs, tmp_path))
