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
    child = subprocess.Popen([str(part) for part in command], cwd=REPOSITORY)
    before = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    interrupts = 0
    try:
        while True:
            try:
                code = child.wait()
                break
            except KeyboardInterrupt:
                interrupts += 1
                if interrupts > 1:
                    child.terminate()
    finally:
        signal.signal(signal.SIGTERM, before)
    if interrupts:
        raise KeyboardInterrupt
    return code if code >= 0 else 128 - code
