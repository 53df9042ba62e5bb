"""What ``tools/report_card.py`` does with its options."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from ppocr_ext.outputs import check_folder
from ppocr_ext.report.build import FILES, make_report, save_report
from ppocr_ext.report.compare import FILES as COMPARISON
from ppocr_ext.report.compare import TITLES, courses, rows, save_comparison
from ppocr_ext.report.forecast import Target
from ppocr_ext.report.journal import NAME, add_entry
from ppocr_ext.report.render.terminal import clear, print_report, print_table
from ppocr_ext.report.report import Report
from ppocr_ext.runs.logs import Source, find_source, one_of_several
from ppocr_ext.runs.run import ROOT, Run
from ppocr_ext.show.progress import progress


def report(options: argparse.Namespace) -> int:
    """Print and save the report of one run; with ``--watch`` until it is finished."""
    source = find_source(options.run or [Run.newest().folder])
    folder = options.output or source.place
    names = [*FILES, *([NAME] if options.journal else [])]
    check_folder("--output", folder, names, [*source.logs, *options.patterns])
    if options.watch is not None:
        made = watch(lambda: _make(source, options), max(options.watch, 0.5))
    else:
        made = _make(source, options)
        print_report(made)
    for path in save_report(made, folder):
        print(path)
    if options.journal:
        is_new = add_entry(made, folder)
        print(folder / NAME if is_new else f"{folder / NAME} already has an entry for this state")
    return 0


def compare(options: argparse.Namespace) -> int:
    """Print and save the comparison of runs, each a folder or a log file."""
    sources = [one_of_several(run) for run in options.run or [Run.newest().folder]]
    folder = options.output or ROOT
    read = [log for source in sources for log in source.logs]
    check_folder("--output", folder, COMPARISON, [*read, *options.patterns])
    ordered = courses([_make(source, options) for source in sources])
    print_table(TITLES, rows(ordered))
    for path in save_comparison(ordered, folder):
        print(path)
    return 0


def watch(
    make: Callable[[], Report], seconds: float, sleep: Callable[[float], None] = time.sleep
) -> Report:
    """Print the report now, and again after each change, until the plan is finished.

    Args:
        make: reads the run again; a grown log costs only what grew.
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


def _make(source: Source, options: argparse.Namespace) -> Report:
    with progress("reading the log", unit="bytes") as advance:
        return make_report(
            source,
            by=options.by,
            targets=[Target.parse(text) for text in options.target],
            patterns=options.patterns,
            output=None if options.compare else options.output,
            remember=not options.compare,  # which writes nothing beside the runs
            progress=advance,
        )
