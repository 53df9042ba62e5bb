"""What ``tools/sweep.py`` does with its options."""

from __future__ import annotations

import time
from pathlib import Path

from ppocr_ext.errors import EXIT_INTERRUPTED, reason_of
from ppocr_ext.report.render.terminal import print_table
from ppocr_ext.sweep.comparison import compare
from ppocr_ext.sweep.compose import check_configurations
from ppocr_ext.sweep.insights import insights
from ppocr_ext.sweep.pages import export, summary
from ppocr_ext.sweep.results import Results, read_results, table_rows, titles
from ppocr_ext.sweep.run import Runner, in_steps, measure_steps
from ppocr_ext.sweep.schema import Sweep
from ppocr_ext.sweep.study import open_study, queue, storage_errors


def run(sweep: Sweep, resume: bool) -> int:
    """Begin the study, go on with it or join it; returns the exit code."""
    check_configurations(sweep)
    study = open_study(sweep, begin=True, join=resume)
    queue(study, sweep)
    measure_steps(sweep, study)
    sweep = in_steps(sweep, study)

    def publish() -> None:
        export(read_results(sweep, study), sweep.path)

    def publish_if_possible() -> None:
        try:
            publish()
        except OSError as error:  # open in a spreadsheet, say: no reason to end the trials
            _say(f"the results are not written, the sweep continues: {reason_of(error)}")

    with storage_errors(sweep):
        runner = Runner(sweep, study, _say, publish_if_possible)
        reason = runner.run()
    publish()
    results = read_results(sweep, study)
    compare(results, sweep.path)
    _show(results)
    _say(f"{reason}; results in {sweep.path.as_posix()}")
    return EXIT_INTERRUPTED if reason == runner.signal else 0


def status(sweep: Sweep) -> int:
    """Print the study as it is now; nothing is written."""
    _show(_results(sweep))
    return 0


def export_results(sweep: Sweep, folder: Path) -> int:
    """Write the results into ``folder``."""
    results = _results(sweep)
    for path in [*export(results, folder), *compare(results, folder)]:
        print(path)
    return 0


def _results(sweep: Sweep) -> Results:
    study = open_study(sweep, begin=False, join=True)
    return read_results(in_steps(sweep, study), study)


def _show(results: Results) -> None:
    print(summary(results))
    print_table(titles(results.sweep), table_rows(results))
    for one in insights(results):
        print(f"- {one.text} {one.evidence}")


def _say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)
