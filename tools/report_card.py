"""Where a run stands: python tools/report_card.py [run folder or log files]"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ppocr_ext.errors import run_cli


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="RUN",
        help="a run's folder, or log files of one run; default: the newest run under output/",
    )
    parser.add_argument(
        "--by",
        choices=("eval", "step", "epoch", "hour", "day"),
        default="eval",
        help="what one row of the trend table covers (default: from evaluation to evaluation)",
    )
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="METRIC=NUMBER",
        help="estimate when a metric gets there, e.g. --target cer=0.01",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where the report is saved; default: beside the checkpoints",
    )
    parser.add_argument(
        "--patterns",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="YAML file with forms of other trainers' log lines; see ppocr_ext/report/patterns.yml",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    from ppocr_ext.report.build import make_report
    from ppocr_ext.report.forecast import Target
    from ppocr_ext.report.render.terminal import print_report
    from ppocr_ext.report.save import save_report
    from ppocr_ext.report.sources import find_source, newest_run

    source = find_source(options.paths) if options.paths else newest_run(Path("output"))
    report = make_report(
        source,
        by=options.by,
        targets=[Target.parse(text) for text in options.target],
        patterns=options.patterns,
        output=options.output,
    )
    print_report(report)
    for path in save_report(report, options.output or source.folder):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(run_cli(main))
