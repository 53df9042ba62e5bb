"""Sets that are evaluated by themselves: from either log to a line each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ppocr_ext.records.forms import format_record, prefixed
from ppocr_ext.records.history import History
from ppocr_ext.records.jsonl import feed_json
from ppocr_ext.records.stock import StockParser
from ppocr_ext.report.render.html import page_data
from ppocr_ext.report.render.png import save_png
from ppocr_ext.report.render.table import render_markdown
from ppocr_ext.report.report import Report
from ppocr_ext.report.sets import set_names, set_rows

MENUS = {"n": 95, "acc": 0.7, "cer": 0.02, "confidence_p95": 0.99, "fps": 9.0}


def test_both_logs_give_the_same_values() -> None:
    record = {"kind": "eval", "epoch": 1, "global_step": 0, "time": 1.0, "acc": 0.9, "fps": 8.0}
    record |= {"best": {"acc": 0.9}, "sets": {"menus": MENUS, "not a name": MENUS, "none": 1}}
    ours, stock = History(), History()
    feed_json(json.dumps(record), ours)
    parser = StockParser(stock)
    for line in format_record({**record, "sets": {"menus": MENUS}}):
        assert parser.feed(prefixed(record, line))
    expected = {"acc": 0.9, "fps": 8.0, **{f"menus/{key}": number for key, number in MENUS.items()}}
    assert ours.evals.points()[0].values == expected
    assert stock.evals.points()[0].values == expected
    assert stock.account.kinds == {"eval": 2, "best": 1}


def report_of(make: Callable[..., Report]) -> Report:
    scores = [(0.5, 0.3), (0.7, 0.4), (0.6, 0.5)]
    evals = [
        (step, {"acc": main, "n": 400, "cer": 1 - main, "menus/acc": menus, "menus/n": 95})
        for step, (main, menus) in zip((40, 80, 120), scores, strict=True)
    ]
    evals[1][1]["signs/acc"] = 0.25  # a set of one evaluation alone
    return make([(step, {"loss": 1.0}) for step in (40, 80, 120)], evals)


def test_a_line_for_each_set(make: Callable[..., Report], tmp_path: Path) -> None:
    report = report_of(make)
    assert set_names(report.evals) == ["main set", "menus", "signs"]
    assert [row[:4] for row in set_rows(report)] == [
        ["main set", "400", "0.5000 → 0.6000 (0.7000)", "0.5000 → 0.4000 (0.3000)"],
        ["menus", "95", "0.3000 → 0.5000 (0.4000)", "–"],
        ["signs", "–", "0.2500", "–"],
    ]
    assert "| menus | 95 | 0.3000 → 0.5000 (0.4000) |" in render_markdown(report)
    data = page_data(report)
    assert data["sets"][1]["latest"] == {"n": 95, "acc": 0.5}
    save_png(report, tmp_path / "card.png")
    assert (tmp_path / "card.png").stat().st_size > 10_000


def test_without_other_sets_nothing_is_shown(make: Callable[..., Report]) -> None:
    report = make([(40, {"loss": 1.0})], [(40, {"acc": 0.5})])
    assert set_rows(report) == [] and "## Sets" not in render_markdown(report)
