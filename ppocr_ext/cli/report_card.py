"""Where a run stands: python tools/report_card.py [run folder or log files]"""

from __future__ import annotations

import argparse
from pathlib import Path

from ppocr_ext.outputs import check_folder


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        type=Path,
        metavar="RUN",
        help="a run's folder, or log files of one run; default: the newest run under output/",
    )
    add(
        "--by",
        choices=("eval", "step", "epoch", "hour", "day"),
        default="eval",
        help="what one row of the table covers (default: from one evaluation to the next)",
    )
    add(
        "--target",
        action="append",
        default=[],
        metavar="METRIC=NUMBER",
        help="estimate when a metric gets there, e.g. --target cer=0.01",
    )
    add("--journal", action="store_true", help="add a dated entry to journal.md of the run")
    add(
        "--compare",
        nargs="+",
        default=[],
        type=Path,
        metavar="RUN",
        help="several runs side by side; LOG#1 is the first of several runs in one log",
    )
    add(
        "--watch",
        nargs="?",
        const=10.0,
        type=float,
        metavar="SECONDS",
        help="show it again whenever the log has grown (default: look every 10 s)",
    )
    add("--output", type=Path, metavar="FOLDER", help="save there, not beside the checkpoints")
    add(
        "--patterns",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="forms of other trainers' log lines; see ppocr_ext/records/patterns.yml",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    check_folder("--output", options.output)
    from ppocr_ext.report import commands

    if options.compare:
        return commands.compare([*options.paths, *options.compare], options)
    return commands.report(options)
