"""Train many settings side by side.

Each trial is an ordinary run of tools/train.py in output/STUDY/TRIAL. After each, results.md, .csv,
.html, two plots and best.yml in output/STUDY are brought up to date. Ctrl-C lets running trials
save.

examples:
  python tools/sweep.py -c configs/sweeps/phase3.yml
  python tools/sweep.py -c configs/sweeps/phase3.yml -o budget.hours=2 --resume
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ppocr_ext.cli.options import add_config, add_output, add_override, make_parser, parsed
from ppocr_ext.outputs import check_folder
from ppocr_ext.runtime import prepare_cpu

FORMER = {"--export": "--output"}


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__)
    add_config(parser, "sweep file, one of configs/sweeps/*.yml or your own", required=True)
    add_override(parser, "the sweep file", "budget.hours=2 config.Global.device=gpu")
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--resume",
        action="store_true",
        help="continue a study after a stop or a crash, or join it from another machine",
    )
    group.add_argument("--status", action="store_true", help="only show the table and the insights")
    add_output(
        group,
        "only write tables, plots and best.yml again, into this folder or else output/STUDY "
        "(default: they are written after each trial)",
        nargs="?",
        const=Path(),
        metavar="FOLDER",
    )
    return parsed(parser, argv, FORMER)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    check_folder("--output", options.output)
    prepare_cpu()
    from ppocr_ext.sweep import run as commands
    from ppocr_ext.sweep.comparison import PAGE
    from ppocr_ext.sweep.load import load_sweep
    from ppocr_ext.sweep.pages import FILES

    sweep = load_sweep(options.config, options.override)
    if options.status:
        return commands.status(sweep)
    files = [*FILES, *([PAGE] if sweep.compare_on else [])]
    read = [options.config, Path(sweep.base), *map(Path, sweep.compare_on)]
    if options.output is not None:
        folder = sweep.path if options.output == Path() else options.output
        check_folder("--output", folder, files, read)
        return commands.export_results(sweep, folder)
    check_folder("folder", sweep.path, files, read)
    return commands.run(sweep, resume=options.resume)
