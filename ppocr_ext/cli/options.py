"""Options of the commands: one function for each noun, and what ``--help`` shows."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from ppocr_ext.console import COMMANDS, typed_here
from ppocr_ext.runtime import IS_CLONE

EXAMPLES = "examples:\n"
Options = argparse._ActionsContainer  # a parser, or a group of its options


class Help(argparse.RawDescriptionHelpFormatter):
    """Each option in two columns, its default behind its text."""

    def __init__(self, prog: str, **more: Any) -> None:
        super().__init__(prog, max_help_position=28, **more)

    def format_help(self) -> str:
        """Commands by their installed names, where there is no clone."""
        text = super().format_help()
        for name, module in () if IS_CLONE else COMMANDS.items():
            text = re.sub(rf"(?:tools/)?\b{module}\.py\b", f"ppocr-ext {name}", text)
        return text

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        if not action.option_strings:
            return text
        if action.required:
            return f"{text} (required)"
        if "(default" in text or action.default is argparse.SUPPRESS:
            return text
        if action.nargs == 0:
            return f"{text} (default: off)"
        return f"{text} (default: %(default)s)"

    def _format_action_invocation(self, action: argparse.Action) -> str:
        """``-c, --config FILE``, as Python 3.13 has it."""
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        value = self._format_args(action, self._get_default_metavar_for_optional(action))
        return f"{', '.join(action.option_strings)} {value}"


class Parser(argparse.ArgumentParser):
    """An error about a bare word says which option takes it."""

    def error(self, message: str) -> NoReturn:
        word = message.removeprefix("unrecognized arguments: ").partition(" ")[0]
        option = "-c" if word.endswith((".yml", ".yaml")) else "-o" if "=" in word else ""
        if word != message and not word.startswith("-") and option in self._option_string_actions:
            message += f"; write {option} {word}"
        super().error(message)


def make_parser(
    about: str | None,
    make: Callable[..., argparse.ArgumentParser] = Parser,
    usage: str = "[options]",
) -> argparse.ArgumentParser:
    """A parser whose ``--help`` is a docstring, its ``examples:`` behind the options.

    Args:
        make: of a part of a command ``partial(parts.add_parser, name)``.
        usage: what follows the command's name.
    """
    text, _, examples = (about or "").partition(EXAMPLES)
    shown = "".join(f"  {typed_here(line.strip())}\n" for line in examples.splitlines())
    return make(
        usage=f"%(prog)s {usage}",
        description=text.strip(),
        epilog=f"{EXAMPLES}{shown}" if shown else None,
        formatter_class=Help,
    )


def parsed(
    parser: argparse.ArgumentParser, words: Sequence[str] | None, former: Mapping[str, str]
) -> argparse.Namespace:
    """What ``words`` (default: the command line) say.

    Args:
        former: today's name of each option that had another one in an earlier version; that is
            understood for one release, and shown nowhere.
    """
    return parser.parse_args(renamed(sys.argv[1:] if words is None else words, former))


def renamed(words: Sequence[str], former: Mapping[str, str]) -> list[str]:
    """``words`` with today's names of the options."""
    new = []
    for word in words:
        name, equals, value = word.partition("=")
        new.append(f"{former.get(name, name)}{equals}{value}")
    return new


def add_model(to: Options, shown: str = "the newest run", reads: bool = True) -> None:
    """``--model``: in all spellings of :func:`ppocr_ext.runs.model.find_model`.

    reads: it only has to read, which an export does, too.
    """
    more = ", checkpoint prefix or exported folder" if reads else " or checkpoint prefix"
    to.add_argument("--model", metavar="PATH", help=f"run folder{more} (default: {shown})")


def add_images(to: Options, shown: str, **more: Any) -> None:
    """``--images``: what is read, as :func:`ppocr_ext.infer.sources.open_source` understands it."""
    to.add_argument(
        "--images",
        **{"metavar": "WHAT", **more},
        help="folder, label file, list of paths, glob, image, or - for standard input "
        f"(default: {shown})",
    )


def add_labels(
    to: Options, purpose: str, name: str = "--labels", several: bool = True, **more: Any
) -> None:
    """``--labels``: files of ``path<TAB>text`` lines; more than one by default."""
    if several:
        more = {"nargs": "+", "action": "extend", "default": [], **more}
    what = "label files" if several else "label file"
    more = {"metavar": "FILE", "type": Path, **more}
    to.add_argument(name, help=f"{what}, path<TAB>text per line: {purpose}", **more)


def add_lines(to: Options, purpose: str, name: str = "--lines", **more: Any) -> None:
    """``--lines``: a number of lines, 1 or more."""
    to.add_argument(name, metavar="N", **{"type": positive, **more}, help=f"lines {purpose}")


def add_output(to: Options, what: str, **more: Any) -> None:
    """``--output``: where to write."""
    to.add_argument("--output", **{"type": _named, "metavar": "PATH", **more}, help=what)


def _named(text: str) -> Path:
    """A path; not the current folder for a variable of a script that is empty."""
    if not text:
        raise argparse.ArgumentTypeError("an empty path")
    return Path(text)


def add_config(to: Options, what: str, **more: Any) -> None:
    """``-c``: a YAML file."""
    to.add_argument("-c", "--config", **{"type": Path, "metavar": "FILE", **more}, help=what)


def add_override(to: Options, of: str, example: str) -> None:
    """``-o KEY=VALUE …``, which may be given more than once, as PaddleOCR's own tools have it."""
    to.add_argument(
        "-o",
        "--override",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help=f"replace values of {of}, such as {example} (default: none)",
    )


def add_run(to: Options, more: str) -> None:
    """``--run``, and runs as bare words: the folder of one, or of several."""
    to.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="the same as --run")
    to.add_argument(
        "--run",
        nargs="+",
        action="extend",
        default=[],
        type=Path,
        metavar="RUN",
        help=f"run folder, {more} (default: the newest run under output)",
    )


def add_dict(to: Options, of: str, shown: str, **more: Any) -> None:
    """``--dict``: a dictionary, one character a line."""
    more = {"type": Path, "metavar": "FILE", **more}
    to.add_argument("--dict", **more, help=f"dictionary {of} (default: {shown})")


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


def share(text: str) -> float:
    """For ``argparse``: a confidence from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a confidence from 0 to 1")
    return value
