"""Consoles of any code page: what one cannot show is replaced there, and only there."""

from __future__ import annotations

import io
import sys


def prepare_console() -> None:
    """Make stdout and stderr replace, never raise on, what their encoding cannot show.

    Files are not concerned: every file of the product is opened as UTF-8 explicitly.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
