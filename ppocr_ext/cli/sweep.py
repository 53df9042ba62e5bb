"""Train many settings side by side: python tools/sweep.py -c configs/sweeps/phase3.yml"""

from __future__ import annotations

import argparse
from pathlib import Path

from ppocr_ext.arguments import add_override
from ppocr_ext.outputs import check_folder
from ppocr_ext.runtime import prepare_cpu


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Each trial is an ordinary run of tools/train.py in output/STUDY/TRIAL. After each, "
        "results.md, .csv, .html, two pictures and best.yml in output/STUDY are brought up to "
        "date. Ctrl-C lets running trials save; --resume goes on with them.",
    )
    add = parser.add_argument
    add("-c", "--config", required=True, type=Path, help="sweep file, e.g. configs/sweeps/*.yml")
    add_override(
        parser, "replace values of the sweep file, e.g. -o budget.hours=2 config.Global.device=gpu"
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--resume",
        action="store_true",
        help="go on with a study after a stop or a crash, or join it from another machine",
    )
    group.add_argument("--status", action="store_true", help="show the table and the insights")
    group.add_argument(
        "--export",
        nargs="?",
        const=Path(),
        type=Path,
        metavar="FOLDER",
        help="write tables, pictures and best.yml anew (default: into output/STUDY)",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    check_folder("--export", options.export)
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
    if options.export is not None:
        folder = sweep.path if options.export == Path() else options.export
        check_folder("--export", folder, files, read)
        return commands.export_results(sweep, folder)
    check_folder("folder", sweep.path, files, read)
    return commands.run(sweep, resume=options.resume)
