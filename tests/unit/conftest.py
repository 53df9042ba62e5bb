"""Histories and reports in a few words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ppocr_ext.records.history import History
from ppocr_ext.records.records import Event, Point
from ppocr_ext.report.report import Report
from ppocr_ext.report.trends import trend_rows
from ppocr_ext.runs.logs import Source

LOGS = Path(__file__).resolve().parents[1] / "fixtures" / "logs"
NOW = 1_800_000_000.0

Row = tuple[int, dict[str, float]]


@pytest.fixture
def logs() -> Path:
    """The folder of the sample logs."""
    return LOGS


@pytest.fixture
def make() -> Callable[..., Report]:
    """``make(train=[(10, {"loss": 5.0})], evals=[(20, {"acc": 0.1})], events=[("stop", 20)])``.

    A step takes a second, and the last one is a minute before the report.
    """

    def build(
        train: Sequence[Row] = (),
        evals: Sequence[Row] = (),
        events: Sequence[tuple[str, int]] = (),
        **parts: Any,
    ) -> Report:
        history = History()
        history.trainer = "ours"
        last = max([step for step, _ in [*train, *evals]], default=0)
        began = NOW - 60 - last
        records = [(step, 1, name) for name, step in events]
        records += [(step, 2, values) for step, values in train]
        records += [(step, 3, values) for step, values in evals]
        for step, kind, content in sorted(records, key=lambda record: record[:2]):
            if kind == 1:
                history.add_event(Event(content, f"{content} at {step}", step, began + step))
            elif kind == 2:
                history.add_train(Point(step, None, began + step, dict(content)))
            else:
                history.add_eval(Point(step, None, began + step, dict(content)))
        report = Report(Source(Path("run"), ()), NOW, history, trend_rows(history))
        for name, content in parts.items():
            setattr(report, name, content)
        return report

    return build
