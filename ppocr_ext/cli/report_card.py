"""Report where a run stands: trends, diagnosis, and what to do next.

examples:
  python tools/report_card.py
  python tools/report_card.py output/rec_quick --target cer=0.01 --journal
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ppocr_ext.cli.options import add_output, add_run, make_parser
from ppocr_ext.outputs import check_folder


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__, usage="[options] [RUN ...]")
    add = parser.add_argument
    add_run(parser, "or log files of one run, in any order")
    add(
        "--by",
        choices=("eval", "step", "epoch", "hour", "day"),
        default="eval",
        metavar="WHAT",
        help="what a row of the table covers: eval (from one evaluation to the next), step, epoch, "
        "hour or day",
    )
    add(
        "--target",
        action="append",
        default=[],
        metavar="METRIC=NUMBER",
        help="estimate when a metric gets there (default: none)",
    )
    add("--journal", action="store_true", help="add a dated entry to journal.md of the run")
    add(
        "--compare",
        action="store_true",
        help="show the runs side by side; LOG#1 is the first of several runs in one log",
    )
    add(
        "--watch",
        nargs="?",
        const=10.0,
        type=float,
        metavar="SECONDS",
        help="show it again whenever the log has grown, looking every 10 s, or as often as given "
        "(default: show it once)",
    )
    add_output(
        parser,
        "folder to save into (default: beside the checkpoints; of a published model "
        "output/<model>.report; of --compare output)",
    )
    add(
        "--patterns",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="forms of other trainers' log lines, as ppocr_ext/records/patterns.yml has them "
        "(default: none)",
    )
    # Intermixed: --compare stood between the runs in earlier versions.
    options = parser.parse_intermixed_args(sys.argv[1:] if argv is None else argv)
    options.run = [*options.runs, *options.run]
    del options.runs
    return options


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    check_folder("--output", options.output)
    from ppocr_ext.report import commands

    if options.compare:
        return commands.compare(options)
    return commands.report(options)
