"""Set the workspace up and use it; needs Python 3.10 or newer and nothing else.

Options of a command: python tools/workspace.py COMMAND --help

examples:
  python tools/workspace.py setup
  python tools/workspace.py doctor
"""

# No `from __future__ import annotations`: an older Python must get as far as the message below.
import argparse
import sys
from pathlib import Path

if sys.version_info < (3, 10):  # noqa: UP036
    found = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"error: this is Python {found}; Python 3.10 or newer is needed")

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from functools import partial

from ppocr_ext.cli import improve
from ppocr_ext.cli.options import make_parser
from ppocr_ext.errors import run_cli

SETUP = """Make .venv and install requirements.txt into it.

examples:
  python tools/workspace.py setup --read
  python tools/workspace.py setup --device gpu
"""
DOCTOR = """Check this machine and the environment, each finding with its cure.

examples:
  python tools/workspace.py doctor
  python -m ppocr_ext doctor
"""
QUICKSTART = """Read Vietnamese at once, then teach the model a new look and report (10 minutes).

examples:
  python tools/workspace.py quickstart
  python tools/report_card.py
"""
TEST = """Run style, types and the whole test suite.

examples:
  python tools/workspace.py test
  python tools/workspace.py test --browser
"""


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__, usage="COMMAND")
    parts = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def part(name: str, about: str) -> argparse.ArgumentParser:
        short = about.partition("\n")[0].rstrip(".")
        made = partial(parts.add_parser, name, prog=f"workspace.py {name}", help=short)
        return make_parser(about, made)

    setup = part("setup", SETUP)
    what = setup.add_mutually_exclusive_group()
    what.add_argument(
        "--device",
        choices=("cpu", "gpu"),
        help="what Paddle is to compute with (default: as installed, else cpu)",
    )
    what.add_argument(
        "--read",
        action="store_true",
        help="only what reads, scores and reports: 14 packages; setup without it adds the rest",
    )
    setup.add_argument(
        "--index-url",
        metavar="URL",
        help="where pip finds paddlepaddle-gpu (default: the variable PADDLE_INDEX_URL, else "
        "PaddlePaddle's own index for the CUDA version that the driver supports)",
    )
    setup.add_argument("--clear", action="store_true", help="delete .venv and make it again")
    part("doctor", DOCTOR)
    part("quickstart", QUICKSTART)
    improve.add_options(part("improve", improve.__doc__ or ""))
    part("test", TEST).add_argument(
        "--browser",
        action="store_true",
        help="install Debian's Chromium, which some tests need, where there is no browser, as is "
        "done under CI=true",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    from ppocr_ext.workspace.child import run_child
    from ppocr_ext.workspace.environment import READ, Environment, set_up

    environment = Environment()
    if options.command == "doctor":
        from ppocr_ext.workspace.doctor import examine

        if environment.python.exists() and not environment.is_current():
            return run_child([environment.python, __file__, "doctor"])
        return examine(environment)
    if options.command == "setup":
        device = READ if options.read else options.device
        set_up(environment, device, options.index_url, options.clear)
        print(f"ready: {environment.python}")
        return 0
    set_up(environment)
    if options.command == "improve":
        words = [options.folder.resolve()]
        words += ["--output", options.output.resolve()] if options.output else []
        return run_child([environment.python, "-m", "ppocr_ext", "improve", *words])
    if options.command == "test":
        from ppocr_ext.workspace.suite import run_suite

        return run_suite(environment.python, options.browser)
    from ppocr_ext.workspace.quickstart import run_quickstart

    return run_quickstart(environment.python)


if __name__ == "__main__":
    sys.exit(run_cli(main))
