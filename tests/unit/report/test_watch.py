"""The view is printed again when the log has grown, and ends with the plan."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ppocr_ext.report.commands import watch
from ppocr_ext.report.report import Report


def test_only_changes_are_shown(
    make: Callable[..., Report], capsys: pytest.CaptureFixture[str]
) -> None:
    states = [1, 1, 2, 2, 3]
    looks: list[float] = []

    def look() -> Report:
        last = states[len(looks)]
        report = make([(step, {"loss": 1.0}) for step in range(1, last + 1)])
        report.history.plan.steps = 3
        return report

    report = watch(look, 7.0, sleep=looks.append)
    assert report.last_step == 3
    assert looks == [7.0] * 4
    out = capsys.readouterr().out
    assert [out.count(f"step {step} of 3") for step in (1, 2, 3)] == [1, 1, 1]
