"""Set the workspace up and use it; needs Python 3.10 or newer and nothing else.

setup       make .venv and install requirements.txt into it
doctor      check this machine and the environment, each finding with its cure
quickstart  read Vietnamese at once, then teach the model a new look and report (10 minutes)
test        style, types and the whole test suite
"""

# No `from __future__ import annotations`: an older Python must get as far as the message below.
import argparse
import sys
from pathlib import Path

if sys.version_info < (3, 10):  # noqa: UP036
    found = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"error: this is Python {found}; Python 3.10 or newer is needed")

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ppocr_ext.errors import run_cli


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    setup = commands.add_parser("setup")
    setup.add_argument("--device", choices=("cpu", "gpu"), help="default: as installed, else cpu")
    setup.add_argument(
        "--index-url",
        metavar="URL",
        help="where pip finds paddlepaddle-gpu (default: the variable PADDLE_INDEX_URL)",
    )
    setup.add_argument("--clear", action="store_true", help="delete .venv and make it anew")
    commands.add_parser("doctor")
    commands.add_parser("quickstart")
    test = commands.add_parser("test")
    test.add_argument(
        "--browser",
        action="store_true",
        help="install Debian's Chromium, which some tests need, where there is no browser; "
        "so it is under CI=true",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    from ppocr_ext.workspace.child import run_child
    from ppocr_ext.workspace.environment import Environment, set_up

    environment = Environment()
    if options.command == "doctor":
        from ppocr_ext.workspace.doctor import examine

        if environment.python.exists() and not environment.is_current():
            return run_child([environment.python, __file__, "doctor"])
        return examine(environment)
    if options.command == "setup":
        set_up(environment, options.device, options.index_url, options.clear)
        print(f"ready: {environment.python}")
        return 0
    set_up(environment)
    if options.command == "test":
        from ppocr_ext.workspace.suite import run_suite

        return run_suite(environment.python, options.browser)
    from ppocr_ext.workspace.quickstart import run_quickstart

    return run_quickstart(environment.python)


if __name__ == "__main__":
    sys.exit(run_cli(main))
