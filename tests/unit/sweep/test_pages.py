"""A study's tables, pictures, page and best config."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState
from PIL import Image

from ppocr_ext.config import load_config
from ppocr_ext.sweep.pages import export, render_csv, render_markdown
from ppocr_ext.sweep.results import Results, read_results, table_rows, titles
from ppocr_ext.sweep.schema import Sweep
from ppocr_ext.sweep.study import open_study, take, values_of

NASTY = "exit code 2: <img src=x onerror=alert(1)> | `x` </script>"


def evaluation(percent: int, acc: float) -> dict[str, Any]:
    names = dict.fromkeys(("norm_edit_dis", "wer", "unaccented_acc", "loss"), 0.5)
    place = {"step": percent, "percent": percent, "seconds": percent * 1.0, "n": 400}
    return {**place, **names, "acc": acc, "cer": 1 - acc, "cer_of_sets": {"menus": acc / 4}}


@pytest.fixture
def results(make_sweep: Callable[..., Sweep]) -> Results:
    """Three whole trials, one that failed, one that waits."""
    values = {"rate": 0.02, "loss": "ctc"}
    more = dict.fromkeys(("third", "broken", "waiting"), values)
    sweep = make_sweep({"configurations": more})
    study = open_study(sweep, begin=True, join=False)
    for score in (0.6, 0.8, 0.7, None):
        trial, lock = take(study, sweep)
        values_of(trial, sweep)
        trial.set_user_attr("parameters", 3_030_000)
        trial.set_user_attr("batch", 32)
        trial.set_user_attr("rate", 0.001)
        if score is None:
            trial.set_user_attr("reason", NASTY)
            study.tell(trial, state=TrialState.FAIL)
        else:
            trial.set_user_attr("evals", [evaluation(50, score / 2), evaluation(100, score)])
            trial.set_user_attr("resumes", [50] if score == 0.7 else [])
            study.tell(trial, score)
        lock.release()
    return read_results(sweep, study)


def test_the_table_is_ranked(results: Results) -> None:
    rows = [dict(zip(titles(results.sweep), row, strict=True)) for row in table_rows(results)]
    assert [(row["rank"], row["configuration"], row["status"]) for row in rows] == [
        ("1", "second", "complete"),
        ("2", "third", "complete"),
        ("3", "first", "complete"),
        ("–", "broken", "failed"),
        ("–", "waiting", "waiting"),
    ]
    best = rows[0]
    assert (best["parameters"], best["batch"], best["rate"]) == ("3.03 M", "32", "0.001")
    assert (best["loss"], best["best acc"], best["CER"]) == ("focal", "0.8000", "0.2000")
    assert rows[1]["reason"] == "continued from step 50"


def test_importances_are_shares(results: Results) -> None:
    assert set(results.importances) == {"rate", "loss"}
    assert sum(results.importances.values()) == pytest.approx(1)


def test_markdown_and_csv_hold_what_was_found(results: Results) -> None:
    text = render_markdown(results)
    assert "| configuration | menus |" in text and "| second | 0.2000 |" in text
    assert re.search(r"(?<!\\)<", text) is None  # every one is escaped
    assert "**second leads" in text or "**second wins" in text
    assert "Of 3 trials only: a hint, no more." in text
    rows = list(csv.DictReader(io.StringIO(render_csv(results))))
    assert [row["configuration"] for row in rows][:2] == ["second", "third"]
    assert float(rows[0]["best acc"]) == 0.8
    assert rows[3]["reason"] == NASTY


def test_everything_is_written(results: Results, vietnamese_path: Path) -> None:
    folder = vietnamese_path / "kết quả"
    names = {path.name for path in export(results, folder)}
    assert names == {
        *("results.md", "results.csv", "results.html", "curves.png", "parallel.png", "best.yml")
    }
    for name in ("curves.png", "parallel.png"):
        with Image.open(folder / name) as picture:
            assert picture.size[0] > 500
    best = load_config(folder / "best.yml")
    assert best.Optimizer.lr.learning_rate == 0.001
    assert best.Loss.name == "FocalCTCLoss"
    assert best.Global.save_model_dir.endswith("toy_best")


def test_the_page_holds_its_data_and_nothing_runs(results: Results, vietnamese_path: Path) -> None:
    export(results, vietnamese_path)
    page = (vietnamese_path / "results.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["rows"][0]["cells"][1] == "second"
    assert data["curves"][0]["value"] == [0.4, 0.8]
    assert data["parallel"].startswith("data:image/png;base64,")


def test_a_study_without_results_can_be_shown(make_sweep: Callable[..., Sweep]) -> None:
    sweep = make_sweep()
    empty = read_results(sweep, open_study(sweep, begin=True, join=False))
    names = {path.name for path in export(empty, sweep.path)}
    assert "best.yml" not in names
    assert "Nothing yet." in (sweep.path / "results.md").read_text(encoding="utf-8")
