"""Consoles of any code page, and none: what one cannot show is replaced there, and only there."""

from __future__ import annotations

import errno
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePath

from ppocr_ext.runtime import IS_CLONE, REPOSITORY, environment_python, resource

_STREAMS = ("stdin", "stdout", "stderr")  # by descriptor
# Letters that order the text beside them (Unicode's Bidi_Control), and its line separators.
_TURNING = (0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n\r"
} | {code: f"\\u{code:04x}" for code in _TURNING}
_TOOL = "python tools/"
COMMANDS = {  # of ``ppocr-ext``, each with the file of ppocr_ext/cli (and of tools/) that runs it
    "infer": "infer_rec",
    "pages": "read_pages",
    "eval": "eval",
    "report": "report_card",
    "train": "train",
    "make-data": "make_data",
    "import": "import_labels",
    "label": "label",
    "improve": "improve",
    "check-data": "check_data",
    "export": "export_model",
    "language-model": "language_model",
    "publish": "publish_model",
    "base-weights": "base_weights",
    "sweep": "sweep",
    "doctor": "doctor",
}
_CLOSED = (errno.EPIPE, errno.EINVAL)  # Windows reports the latter


def prepare_console() -> None:
    """Make stdout and stderr replace, never raise on, what their encoding cannot show.

    What Windows redirects is UTF-8 unless ``PYTHONIOENCODING`` says otherwise: its code pages lack
    most Vietnamese letters. Every file of the product is opened as UTF-8 explicitly.
    """
    _open_closed()
    is_free = os.name == "nt" and "PYTHONIOENCODING" not in os.environ
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            redirected = is_free and not stream.isatty()
            stream.reconfigure(encoding="utf-8" if redirected else None, errors="replace")


def _open_closed() -> None:
    """Give a stream that the shell closed (``>&-``) the null device.

    Else the next file that is opened gets its number, and libraries print into that file.
    """
    places = {}  # all of them before a stream is made, which needs none of these numbers
    for number, name in enumerate(_STREAMS):
        if getattr(sys, name) is None:
            places[number] = os.open(os.devnull, os.O_RDWR)
            if places[number] != number and not _is_open(number):
                os.dup2(places[number], number)
                os.close(places[number])
                places[number] = number
            os.set_inheritable(places[number], True)
    for number, place in places.items():
        mode = "w" if number else "r"
        stream = open(place, mode, encoding="utf-8", newline="\n", closefd=False)  # noqa: SIM115
        setattr(sys, _STREAMS[number], stream)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def visible(text: str) -> str:
    """``text`` without commands to a terminal or to the order of a page: ESC becomes ``\\x1b``, a
    right-to-left override ``\\u202e``; tabs and line ends stay."""
    return text.translate(_CONTROLS)


def command_line(words: Sequence[str]) -> str:
    """A command as it is typed, quoted for the shell of this system."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def python() -> str:
    """This Python as it is typed: on Windows nothing is activated, and its path is needed."""
    return "python" if os.name != "nt" or _is_found("python") else _typed(Path(sys.executable))


def _is_found(program: str) -> bool:
    """Whether the name alone starts the program that lies beside this Python."""
    found = shutil.which(program)
    return bool(found) and Path(str(found)).parent.samefile(Path(sys.executable).parent)


def _typed(whole: Path) -> str:
    is_below = whole.is_relative_to(Path.cwd())
    return str(whole.relative_to(Path.cwd()) if is_below else whole)


def start_of(tool: str) -> list[str]:
    """The words behind ``python`` that start a tool from any folder, as a child process."""
    if IS_CLONE:
        return [str(REPOSITORY / "tools" / tool)]
    return ["-m", "ppocr_ext", _name_of(tool)]


def _name_of(tool: str) -> str:
    """``ppocr-ext``'s name of a tool: ``infer`` of ``infer_rec.py``."""
    return next(name for name, module in COMMANDS.items() if f"{module}.py" == tool)


def _installed() -> list[str]:
    """``ppocr-ext`` as it is typed here: by its name where that is the one of this Python."""
    python = _typed(Path(sys.executable))
    return ["ppocr-ext"] if _is_found("ppocr-ext") else [python, "-m", "ppocr_ext"]


def setup_command(extra: str = "train", *words: str) -> str:
    """What installs the packages that are missing: all of them in a clone, else an extra's."""
    if IS_CLONE:
        return tool_command("workspace.py", "setup", *words)
    start = ["pip"] if _is_found("pip") else [_typed(Path(sys.executable)), "-m", "pip"]
    return command_line([*start, "install", f"ppocr-ext[{extra}]"])


def in_environment() -> str:
    """This command with the Python of the clone's environment; empty where that runs it."""
    own = environment_python()
    if not (IS_CLONE and own.exists()) or own.parents[1].samefile(sys.prefix):
        return ""
    return command_line([_typed(own), *this_command()[1:]])


def this_command() -> list[str]:
    """The words that started this process, as they are typed here."""
    if IS_CLONE:
        return [python(), Path(sys.argv[0]).as_posix(), *sys.argv[1:]]
    return [*_installed(), *sys.argv[0].split(" ")[1:], *sys.argv[1:]]


def tool_command(tool: str, *words: object) -> str:
    """``python tools/<tool> words`` as it is typed in this folder, quoted for this shell.

    Without a clone ``ppocr-ext <command> words``.
    """
    if not IS_CLONE:
        name = [] if tool == "workspace.py" else [_name_of(tool)]  # of which doctor is there
        return command_line([*_installed(), *name, *map(str, words)])
    script = Path("tools", tool)
    is_here = script.exists() and script.samefile(REPOSITORY / script)
    found = script if is_here else REPOSITORY / script
    return command_line([python(), found.as_posix(), *map(str, words)])


def override(key: str, value: object) -> str:
    """``key=value`` for ``-o``, whose YAML is ``value`` again: a text, path, number, list or dict.

    A path such as ``my [1] #2`` is quoted, else it would be a list or end before the mark.
    """
    import yaml

    if not isinstance(value, (str, PurePath)):
        return f"{key}={json.dumps(value, ensure_ascii=False)}"
    text, read = str(value), None
    with suppress(yaml.YAMLError):
        read = yaml.safe_load(text)
    return f"{key}={text if read == text else json.dumps(text, ensure_ascii=False)}"


def typed_here(command: str) -> str:
    """A command as files of this repository hold it, as it is typed in this folder."""
    if command.startswith("git checkout"):  # weights, of which a wheel has none
        if IS_CLONE:
            is_here = Path.cwd().samefile(REPOSITORY)
            there = "" if is_here else command_line(["-C", str(REPOSITORY)]) + " "
            return f"git {there}{command.removeprefix('git ')}"
        then = "-o Global.pretrained_model=output/base_weights/PP-OCRv6_small_rec"
        return f"{tool_command('base_weights.py')}  (then add {then})"
    if not command.startswith(_TOOL):
        return command
    tool, *rest = command.removeprefix(_TOOL).split(" ", 1)
    words = rest[0].split(" ") if rest else []
    return " ".join([tool_command(tool), *map(_found, words)])


def _found(word: str) -> str:
    """A file that comes with the product by its whole path, where ``word`` leads nowhere here."""
    held = resource(word)
    is_missing = word.startswith("output/") and not Path(word).exists() and held.exists()
    return command_line([held.as_posix()]) if is_missing else word


def way_to(path: str | Path) -> str:
    """For a path that is missing here: the command into the repository, if it is there."""
    if not (REPOSITORY / path).exists():
        return ""
    return command_line(["pushd" if os.name == "nt" else "cd", str(REPOSITORY)])


def is_closed_pipe(error: OSError) -> bool:
    """Whether ``error`` says that nobody reads stdout or stderr; such a stream is then discarded.

    What it still holds would otherwise raise again when the interpreter ends
    (https://docs.python.org/3/library/signal.html#note-on-sigpipe).
    """
    for stream in (sys.stdout, sys.stderr) if error.errno in _CLOSED else ():
        try:
            stream.write("\n")  # other pipes break, too: of a child process, say
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            return True
    return False
