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


def count(text: str) -> int:
    """For ``argparse``: a whole number, 0 or above."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number")
    return int(text)


def positive(text: str) -> int:
    """For ``argparse``: a whole number above 0."""
    if count(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return int(text)
