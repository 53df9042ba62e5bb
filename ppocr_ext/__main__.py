"""Runs one command: ``ppocr-ext infer --images lines``, or ``python -m ppocr_ext infer …``."""

from __future__ import annotations

import re
import sys
from importlib import import_module

from ppocr_ext import __version__
from ppocr_ext.console import COMMANDS, start_of
from ppocr_ext.errors import EXIT_BAD_INPUT, UserError, run_cli
from ppocr_ext.runtime import IS_CLONE


def usage() -> str:
    """One line for each command: what its file says first."""
    lines = ["usage: ppocr-ext COMMAND [options]", ""]
    for name, module in COMMANDS.items():
        said = (import_module(f"ppocr_ext.cli.{module}").__doc__ or "").splitlines()[0]
        lines.append(f"  {name:<16}{re.split('[:;]', said)[0].rstrip('.')}")
    return "\n".join([*lines, "", "Options of a command: ppocr-ext COMMAND --help"])


def main() -> int:
    words = sys.argv[1:]
    if not words or words[0] in ("-h", "--help"):
        print(usage())
        return 0 if words else EXIT_BAD_INPUT
    if words[0] == "--version":
        print(f"ppocr-ext {__version__}")
        return 0
    name = words[0]
    if name not in COMMANDS:
        raise UserError(f"{name} is not a command", ", ".join(COMMANDS), "ppocr-ext --help")
    module = COMMANDS[name]
    is_tool = IS_CLONE and name not in ("doctor", "improve")
    sys.argv = [start_of(f"{module}.py")[0] if is_tool else f"ppocr-ext {name}", *words[1:]]
    return int(import_module(f"ppocr_ext.cli.{module}").main())


def run() -> int:
    """What ``ppocr-ext`` starts."""
    return run_cli(main)


if __name__ == "__main__":
    sys.exit(run())
