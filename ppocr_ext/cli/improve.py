"""Train on the lines that were labelled in FOLDER with label.py.

Checks them, trains from the published model until val.txt is read no better, builds a language
model if that helps, and says what was gained on val.txt, whose pages are not trained on. label.py
then reads what nobody labelled with the better model, also if it is running.

examples:
  python tools/workspace.py improve scans
  python tools/workspace.py improve scans --output output/scans_2
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ppocr_ext.cli.options import add_output, make_parser


def add_options(parser: argparse.ArgumentParser) -> None:
    """Of ``workspace.py improve``, too."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="what label.py was given")
    add_output(parser, "folder of the run (default: output/<FOLDER>_improved, or a free number)")


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__, usage="FOLDER [options]")
    add_options(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    from ppocr_ext.workspace.improve import improve

    return improve(options.folder, options.output, Path(sys.executable))
