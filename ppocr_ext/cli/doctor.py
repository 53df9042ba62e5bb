"""Check this machine and the installed packages, each finding with its cure."""

from __future__ import annotations

import argparse


def parse(argv: list[str] | None) -> argparse.Namespace:
    return argparse.ArgumentParser(description=__doc__).parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    parse(argv)
    from ppocr_ext.workspace.doctor import examine
    from ppocr_ext.workspace.environment import Environment

    return examine(Environment())
