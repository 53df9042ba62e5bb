"""Check this machine and the installed packages, each finding with its cure.

examples:
  ppocr-ext doctor
  python -m ppocr_ext doctor
"""

from __future__ import annotations

import argparse

from ppocr_ext.cli.options import make_parser


def parse(argv: list[str] | None) -> argparse.Namespace:
    return make_parser(__doc__).parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    parse(argv)
    from ppocr_ext.workspace.doctor import examine
    from ppocr_ext.workspace.environment import Environment

    return examine(Environment())
