"""Options that several command lines share."""

from __future__ import annotations

import argparse


def add_override(parser: argparse.ArgumentParser, help: str) -> None:
    """``-o KEY=VALUE …``, which may be given more than once, as PaddleOCR's own tools have it."""
    parser.add_argument(
        "-o",
        "--override",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help=help,
    )
