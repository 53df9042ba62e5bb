"""Errors that a user can cure, and how a command line ends on them."""

from __future__ import annotations

import errno
import gc
import sys
from collections.abc import Callable

EXIT_BAD_INPUT = 2
EXIT_UNREAD = 3  # some images, or all, could not be read; each has its reason in the output
EXIT_INTERRUPTED = 130
EXIT_CLOSED_PIPE = 141  # what a shell reports of programs that SIGPIPE ends
CURE_BREAK = "\n            "  # parts several cures, one below the other

_DISK_ERRORS = {
    errno.ENOSPC: ("no space is left on the disk", "free some space or choose another folder"),
    errno.EACCES: ("permission is denied", "choose a folder that you may write to"),
    errno.EPERM: ("the operation is not permitted", "choose a folder that you may write to"),
    errno.EDQUOT: ("your quota of the disk is used up", "free some space or choose another folder"),
    errno.EFBIG: ("the file is too large for this disk", "choose a folder on another file system"),
    errno.ENOTDIR: ("a file is in the place of a folder", "choose another folder"),
    errno.EEXIST: ("a file is in the place of a folder", "choose another folder"),
    errno.ENAMETOOLONG: ("a name in this path is too long", "correct the path, or shorten it"),
    errno.EROFS: ("the file system is read-only", "choose a folder on a writable disk"),
}


class InUseError(PermissionError):
    """A file (``filename``) that Windows does not replace: another program has it open."""


def printable(text: str) -> str:
    """``text`` in one line that no terminal obeys: what is not printable as Python's escapes."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


class UserError(Exception):
    """Bad input: what was found, what was expected, and the cure.

    Raised anywhere, shown once by :func:`run_cli` without a traceback, exit code 2. Line breaks
    part the lines of a message; a name that may hold one goes through :func:`printable` before.
    """

    def __init__(self, found: str, expected: str = "", cure: str = "") -> None:
        self.found, self.expected, self.cure = found, expected, cure
        message = found
        if expected:
            message += f"\n  expected: {expected}"
        if cure:
            message += f"\n  cure:     {cure}"
        super().__init__("\n".join(map(printable, message.split("\n"))))

    def __reduce__(self) -> tuple[type[UserError], tuple[str, str, str]]:
        """Keep the three parts when the error crosses a process boundary."""
        return UserError, (self.found, self.expected, self.cure)


_EXTRAS = {  # of pyproject.toml; all else: train
    **{"openvino": "fast", "matplotlib": "report"},
    **dict.fromkeys(("rapidocr", "pypdfium2", "pillow_heif", "ocrmypdf"), "pages"),
    **dict.fromkeys(("starlette", "uvicorn"), "label"),
}


def missing_package(name: str) -> UserError:
    """For a package, by the name of its import, that reading and scoring do without."""
    from ppocr_ext.console import in_environment, setup_command

    return UserError(
        f"the package {name} is not installed",
        "the packages that this command needs",
        in_environment() or setup_command(_EXTRAS.get(name, "train")),
    )


def disk_error(error: Exception) -> UserError | None:
    """The :class:`UserError` for a full, read-only or forbidden disk, else ``None``."""
    if isinstance(error, InUseError):
        return UserError(
            f"{error.filename} is open in another program",
            cure="close it there, then run the same command again",
        )
    if not isinstance(error, OSError) or error.errno not in _DISK_ERRORS:
        return None
    found, cure = _DISK_ERRORS[error.errno]
    return UserError(f"{error.filename or 'writing'}: {found}", cure=cure)


def reason_of(error: OSError) -> str:
    """What went wrong on a disk, in a few words."""
    known = disk_error(error)
    return known.found if known else str(error)


def run_cli(main: Callable[[], int | None]) -> int:
    """Run a tool's ``main`` and return its exit code.

    0, 2 for bad input, 130 for Ctrl-C, 141 when nobody reads what it prints any more (``| head``).
    """
    from ppocr_ext.console import is_closed_pipe, prepare_console

    prepare_console()
    try:
        code = _exit_code(main)
        sys.stdout.flush()
        if "paddle" not in sys.modules:  # whose communicators must be closed before the end
            gc.freeze()  # looking for garbage takes longer than reading a line
    except OSError as error:
        if not is_closed_pipe(error):
            raise
        return EXIT_CLOSED_PIPE
    return code


def _exit_code(main: Callable[[], int | None]) -> int:
    try:
        return main() or 0
    except SystemExit as answered:  # by argparse: --help, or what is wrong with the options
        return int(answered.code or 0)
    except UserError as error:
        failure: UserError | None = error
    except ModuleNotFoundError as error:
        package = (error.name or "ppocr_ext").partition(".")[0]
        if package in {"ppocr_ext", *sys.stdlib_module_names}:
            raise
        failure = missing_package(package)
    except OSError as error:
        failure = disk_error(error)
        if failure is None:
            raise
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    print(f"error: {failure}", file=sys.stderr)
    return EXIT_BAD_INPUT
