"""Consoles of any code page: what one cannot show is replaced there, and only there."""

from __future__ import annotations

import errno
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence

_CLOSED = (errno.EPIPE, errno.EINVAL)  # Windows reports the latter


def prepare_console() -> None:
    """Make stdout and stderr replace, never raise on, what their encoding cannot show.

    Files are not concerned: every file of the product is opened as UTF-8 explicitly.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def command_line(words: Sequence[str]) -> str:
    """A command as it is typed, quoted for the shell of this system."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def is_closed_pipe(error: OSError) -> bool:
    """Whether ``error`` says that nobody reads stdout or stderr; such a stream then goes nowhere.

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
