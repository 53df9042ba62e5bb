"""Shows the report again whenever the log has grown."""

from __future__ import annotations

import time
from collections.abc import Callable

from ppocr_ext.report.render.terminal import clear, print_report
from ppocr_ext.report.report import Report


def watch(
    make: Callable[[], Report], seconds: float, sleep: Callable[[float], None] = time.sleep
) -> Report:
    """Print the report now, and again after each change, until the plan is finished.

    Args:
        make: reads the run anew; a grown log costs only what grew.
        seconds: between two looks.
    """
    shown = None
    while True:
        report = make()
        state = (report.last_step, len(report.evals), len(report.history.events))
        if state != shown:
            clear()
            print_report(report)
            shown = state
        if report.is_finished:
            return report
        sleep(seconds)
