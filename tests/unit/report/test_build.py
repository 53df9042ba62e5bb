"""A report from the files of one run: what its best evaluation is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ppocr_ext.report.build import make_report
from ppocr_ext.report.summary import summary
from ppocr_ext.runs.logs import find_source

EVALS = (  # acc, cer, wer, loss: each metric has its best at another step
    (10, {"acc": 0.90, "cer": 0.09, "wer": 0.30, "loss": 5.0}),
    (20, {"acc": 0.80, "cer": 0.02, "wer": 0.30, "loss": 5.0}),
    (30, {"acc": 0.80, "cer": 0.09, "wer": 0.10, "loss": 5.0}),
    (40, {"acc": 0.80, "cer": 0.09, "wer": 0.30, "loss": 1.0}),
)


def write_run(folder: Path, metric: str | None = None, best: int | None = None) -> Path:
    """``metrics.jsonl`` of :data:`EVALS`; the one at step ``best`` was saved as the best."""
    records = [
        {"kind": "eval", "epoch": 1, "global_step": step, "time": 1e9, "is_best": step == best, **v}
        for step, v in EVALS
    ]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "metrics.jsonl").write_text(lines, encoding="utf-8")
    if metric:
        text = f"Metric: {{name: RecMetric, main_indicator: {metric}}}\n"
        (folder / "config.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("metric", "step"),
    [(None, 10), ("acc", 10), ("cer", 20), ("wer", 30), ("loss", 40), ("unaccented_acc", 10)],
)
def test_the_best_is_that_of_the_main_indicator(
    tmp_path: Path, metric: str | None, step: int
) -> None:
    write_run(tmp_path)
    make_report(find_source([tmp_path]))  # read before the config was there: its memory is stale
    report = make_report(find_source([write_run(tmp_path, metric)]))
    assert report.best is not None and report.best.step == step
    assert [row.step for row in report.rows if row.is_best] == [step]
    best = next(line.text for line in summary(report) if line.title == "Best")
    assert f"step {step}," in best


def test_what_the_trainer_saved_as_its_best_is_the_best(tmp_path: Path) -> None:
    """Without its config only ``is_best`` shows what the run was judged by."""
    report = make_report(find_source([write_run(tmp_path, best=30)]))
    assert report.best is not None and report.best.step == 30
    again = make_report(find_source([tmp_path]))  # from the memory of the first
    assert again.best is not None and again.best.step == 30
