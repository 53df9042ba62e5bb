"""Run pip with one progress line that shows what it is doing and for how long."""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ppocr_ext.console import setup_command
from ppocr_ext.errors import UserError

PLAIN_INTERVAL = 10.0  # seconds between the lines of an output that is not a terminal
TAIL_LINES, TAIL_COLUMNS = 6, 200
CHATTER = ("Ignoring ", "WARNING: Location ")

_COLLECTING = re.compile(r"Collecting ([A-Za-z0-9._-]+)")
_FETCHING = re.compile(
    r"(?:Downloading|Using cached) (?:\S*/)?([A-Za-z0-9._]+?-[0-9][^-\s]*?)"
    r"(?:-\S+\.whl|\.tar\.gz|\.zip)(?:\.metadata)?(?: (\([^)]*\)))?$"
)
_BUILDING = re.compile(r"Building wheels? for ([A-Za-z0-9._-]+)")
_INSTALLING = re.compile(r"Installing collected packages: (.+)")

_CURES = (
    (("No space left", "Errno 28"), "free some 5 GB on this disk, then run the command again"),
    (("Permission denied", "Errno 13"), "check who owns the .venv folder, or delete it"),
    (
        ("Retrying", "No matching distribution", "Could not find a version", "SSLError"),
        "check the network, the proxy and pip's settings (pip config list), then run the command "
        "again: it continues from here",
    ),
)


class StatusLine:
    """One line that is rewritten on a terminal; elsewhere a plain line now and then."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()
        self.printed = -PLAIN_INTERVAL
        self.width = 0

    def show(self, text: str, last: bool = False) -> None:
        seconds = int(time.monotonic() - self.started)
        line = f"{self.title} {seconds // 60}:{seconds % 60:02} {text}"
        if sys.stdout.isatty():
            line = line[: shutil.get_terminal_size().columns - 1]
            print("\r" + line.ljust(self.width), end="\n" if last else "", flush=True)
            self.width = len(line)
        elif last or time.monotonic() - self.printed >= PLAIN_INTERVAL:
            print(line, flush=True)
            self.printed = time.monotonic()


class PipProgress:
    """What a line of pip's output means to a person who waits.

    Args:
        count_installed: says how many packages the environment holds now.
    """

    def __init__(self, count_installed: Callable[[], int]) -> None:
        self.count_installed = count_installed
        self.doing = "looking for packages"
        self.found: set[str] = set()
        self.to_install = self.installed_before = 0

    def read(self, line: str) -> None:
        """Take one line of pip's output."""
        line = line.strip()
        if match := _COLLECTING.match(line):
            self.found.add(match[1].lower())
            self.doing = f"collecting {match[1]}"
        elif match := _FETCHING.match(line):
            self.doing = f"downloading {match[1].replace('-', ' ')} {match[2] or ''}".rstrip()
        elif match := _BUILDING.match(line):
            self.doing = f"building {match[1]}"
        elif match := _INSTALLING.match(line):
            self.to_install = match[1].count(",") + 1
            self.installed_before = self.count_installed()
        elif "Retrying" in line:
            self.doing = "waiting for the network"

    def __str__(self) -> str:
        if self.to_install:
            done = self.count_installed() - self.installed_before
            return f"installing {min(max(done, 0), self.to_install)} of {self.to_install} packages"
        return f"{self.doing} · {len(self.found)} packages"


def pip_install(python: Path, arguments: Sequence[str | Path], packages: Path) -> None:
    """Run ``python -m pip install arguments`` under the user's own pip settings.

    Args:
        packages: the environment's ``site-packages``, watched for progress.

    Raises:
        UserError: with pip's last lines.
    """
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", *map(str, arguments)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}
    child = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    status = StatusLine("environment")
    progress = PipProgress(lambda: sum(1 for _ in packages.glob("*.dist-info")))
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    try:
        for line in _lines(child):
            progress.read(line)
            if line.strip() and not line.startswith(CHATTER):
                tail.append(line.rstrip()[:TAIL_COLUMNS])
            status.show(str(progress))
        code = child.wait()
    finally:
        if child.poll() is None:  # Ctrl-C: leave no pip behind
            child.terminate()
            child.wait()
    status.show("ready" if code == 0 else "failed", last=True)
    if code:
        raise _pip_failed(code, list(tail))


def _lines(child: subprocess.Popen[str]) -> Iterator[str]:
    """The child's lines as they come, and an empty one twice a second while none comes."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True, name="pip-output").start()
    while True:
        try:
            line = lines.get(timeout=0.5)
        except queue.Empty:
            line = ""
        if line is None:
            return
        yield line


def _pip_failed(code: int, tail: Sequence[str]) -> UserError:
    text = "\n".join(tail)
    cure = next(
        (cure for signs, cure in _CURES if any(sign in text for sign in signs)),
        "read pip's lines above; then run the command again, or make the environment again: "
        + setup_command("train", "--clear"),
    )
    quoted = "\n".join(f"  | {line}" for line in tail)
    return UserError(f"pip ended with code {code}. Its last lines:\n{quoted}", cure=cure)
