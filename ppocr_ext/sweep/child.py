"""``tools/train.py`` as a separate process: started, asked to stop, and its last words."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil

from ppocr_ext.console import start_of
from ppocr_ext.engine.hooks.signals import LAUNCHED
from ppocr_ext.engine.launch import ask_to_stop, own_group
from ppocr_ext.records import METRICS
from ppocr_ext.records.jsonl import event_of, read_json_lines

CONSOLE = "console.log"
_LAST_WORDS = re.compile(r"^(error: |interrupted|\w[\w.]*(Error|Exception|Interrupt)\b)")


def train_command(config: Path, resume: bool = False) -> list[str]:
    """The command line that trains ``config``."""
    command = [sys.executable, *start_of("train.py"), "-c", str(config)]
    return command + (["--resume"] if resume else [])


def stopped_from_outside(folder: Path) -> str:
    """What the run in ``folder`` said last when somebody sent it a signal; else empty."""
    records = read_json_lines(folder / METRICS)
    events = [event_of(record) for record in records if record.get("kind") == "event"][-1:]
    asked = (e for e in events if e.name == "stop" and e.fields.get("reason") != "early_stop")
    return next((event.text for event in asked), "")


class Training:
    """A run of ``tools/train.py`` that ends with this process, however that dies.

    What it prints goes to ``console.log`` in ``folder``.
    """

    def __init__(self, config: Path, folder: Path, resume: bool = False) -> None:
        self.console = folder / CONSOLE
        self.stop_asked = 0.0  # when
        environment = {**os.environ, LAUNCHED: "1", "PYTHONIOENCODING": "utf-8"}
        with open(self.console, "wb") as output:
            self.process = subprocess.Popen(
                train_command(config, resume=resume),
                env=environment,
                stdin=subprocess.PIPE,  # never written to: its end signals ours
                stdout=output,
                stderr=subprocess.STDOUT,
                **own_group(),
            )

    def exit_code(self) -> int | None:
        """``None`` while it runs."""
        return self.process.poll()

    def ask_to_stop(self) -> None:
        """Let it finish its step, save ``latest`` and end."""
        if not self.stop_asked:
            self.stop_asked = time.monotonic()
            ask_to_stop(self.process)

    def kill(self) -> None:
        """End it at once; its ranks notice."""
        self.process.kill()
        self.process.wait()

    def memory_mb(self) -> float:
        """Resident memory of the process and its children, 0 when it is gone."""
        total = 0
        with contextlib.suppress(psutil.Error):
            whole = psutil.Process(self.process.pid)
            for each in [whole, *whole.children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    total += each.memory_info().rss
        return total / 1e6

    def last_words(self) -> str:
        """The message that it ended with, else the last line that it printed."""
        lines = self.console.read_text(encoding="utf-8", errors="replace").splitlines()
        lines = [line.rstrip() for line in lines if line.strip()]
        for number in range(len(lines) - 1, -1, -1):
            if _LAST_WORDS.match(lines[number]):
                return "\n".join(lines[number:])[:2000]
        return lines[-1][:2000] if lines else "no output"
