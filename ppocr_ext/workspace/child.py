"""Run a command line of this project on the same terminal."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ppocr_ext.runtime import REPOSITORY


def run_child(command: Sequence[str | Path]) -> int:
    """Run ``command`` from the repository's root; returns its exit code as a shell reports it.

    Ctrl-C reaches the child through the terminal. It is waited for, so that a training saves
    and stops by itself, and then ``KeyboardInterrupt`` is raised; a second Ctrl-C ends it.
    """
    child: subprocess.Popen[bytes] | None = None
    interrupts = 0

    def terminate(*_: object) -> None:
        if child is not None:
            child.terminate()

    def interrupt(*_: object) -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            terminate()

    # Before the child starts: a Ctrl-C that comes while it does must not leave it alone.
    ours = {signal.SIGINT: interrupt, signal.SIGTERM: terminate}
    before = {number: signal.signal(number, handler) for number, handler in ours.items()}
    try:
        child = subprocess.Popen([str(part) for part in command], cwd=REPOSITORY)
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if interrupts:
        raise KeyboardInterrupt
    return code if code >= 0 else 128 - code
