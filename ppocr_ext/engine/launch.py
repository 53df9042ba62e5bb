"""Run a command as several data-parallel processes of this machine's CPU.

Two processes of one thread each train faster than one of two threads (x1.3 to 1.9 measured):
most of Paddle's CPU kernels do not use a second thread. Needs no paddle itself.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO, Any

from ppocr_ext.engine.hooks.signals import LAUNCHED, SIGNALS, outlast_console
from ppocr_ext.errors import UserError
from ppocr_ext.runtime import prepare_cpu, usable_processors

MOST_PROCESSES = 8
POLL_SECONDS = 0.2
GRACE_SECONDS = 60


def is_launched() -> bool:
    """Whether this process is one of several already, by us or by paddle.distributed.launch."""
    return "PADDLE_TRAINER_ID" in os.environ


def cpu_process_count(setting: int | str) -> int:
    """``auto``: one process per core, at most 8 (gradient messages grow with each).

    Raises :class:`UserError` for more than 8 that are more than the cores: they would take
    minutes and the memory of the machine to start.
    """
    cores = usable_processors()
    if setting == "auto":
        return min(cores, MOST_PROCESSES)
    if int(setting) > max(cores, MOST_PROCESSES):
        raise UserError(
            f"Global.cpu_processes: {setting}, but this machine has {cores} cores",
            f"auto, or at most {max(cores, MOST_PROCESSES)}",
            "add: -o Global.cpu_processes=auto",
        )
    return int(setting)


def launch(arguments: Sequence[str], processes: int) -> int:
    """Run ``python arguments`` as ``processes`` ranks; returns the first bad exit code, or 0.

    Ctrl-C and SIGTERM are passed on to every rank, which save and stop together; when one
    dies, the others are stopped rather than left waiting for it; when this process dies, they
    notice (:func:`end_with_parent`). What is wrong for all of them is said once.
    """
    prepare_cpu(threads=1)
    children = [
        subprocess.Popen(
            [sys.executable, *arguments],
            env=environment,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **own_group(),
        )
        for environment in _environments(processes)
    ]
    listeners = [_Listener(child.stderr) for child in children if child.stderr is not None]

    def forward(number: int, frame: object) -> None:
        for child in children:
            ask_to_stop(child, number)

    for number in SIGNALS:
        signal.signal(number, forward)
    outlast_console(lambda: None)  # the ranks hear of it themselves, and end when we do
    code = _wait(children)
    last_words = [words for listener in listeners if (words := listener.last_words())]
    if last_words:
        os.write(2, last_words[0])
    return code


def own_group() -> dict[str, Any]:
    """Arguments of ``Popen`` for a child that a console's Ctrl-C does not reach."""
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined]
    return {"start_new_session": True}


def ask_to_stop(child: subprocess.Popen, number: int = signal.SIGTERM) -> None:
    """Send a training process of its own group the signal at which it saves and ends."""
    if child.poll() is None:
        windows = os.name == "nt"
        child.send_signal(signal.CTRL_BREAK_EVENT if windows else number)  # type: ignore[attr-defined]


class _Listener(threading.Thread):
    """Passes on a rank's stderr, all but the message that it ends with (see ``run_cli``)."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream, self._last_words = stream, b""
        self.start()

    def run(self) -> None:
        for line in self._stream:
            if self._last_words or line.startswith((b"error: ", b"interrupted")):
                self._last_words += line
            else:
                os.write(2, line)

    def last_words(self) -> bytes:
        self.join()
        return self._last_words


def end_with_parent() -> None:
    """In a launched process: exit as soon as the launching one is gone, however it died.

    Its end closes the pipe that was our standard input. Processes that we start get an empty one
    instead: on Windows a Python that inherits a pipe somebody reads from hangs at its start
    (https://github.com/python/cpython/issues/78961).
    """

    if os.environ.get(LAUNCHED) != "1":
        return
    pipe = os.dup(0)
    os.set_inheritable(pipe, False)  # on Windows a copy of a standard stream is
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def watch() -> None:
        while os.read(pipe, 1024):  # the raw descriptor: Python closes its own streams at exit
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


def _environments(processes: int) -> list[dict[str, str]]:
    endpoints = [f"127.0.0.1:{port}" for port in _free_ports(processes)]
    return [
        {
            **os.environ,
            "PADDLE_TRAINER_ID": str(rank),
            "PADDLE_TRAINERS_NUM": str(processes),
            "PADDLE_CURRENT_ENDPOINT": endpoint,
            "PADDLE_TRAINER_ENDPOINTS": ",".join(endpoints),
            "PADDLE_DISTRI_BACKEND": "gloo",
            LAUNCHED: "1",
        }
        for rank, endpoint in enumerate(endpoints)
    ]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _wait(children: list[subprocess.Popen]) -> int:
    """Wait for all; after the first failure the rest get a grace period, then are killed."""
    failed, deadline = 0, None
    while None in (codes := [child.poll() for child in children]):
        alive = [child for child, code in zip(children, codes, strict=True) if code is None]
        if not failed and any(codes):
            failed = next(code for code in codes if code)
            deadline = time.monotonic() + GRACE_SECONDS
            for child in alive:
                child.terminate()
        if deadline is not None and time.monotonic() > deadline:
            for child in alive:
                child.kill()
        time.sleep(POLL_SECONDS)
    failed = failed or next((code for code in codes if code), 0)
    return failed if failed >= 0 else 128 - failed  # killed by a signal: as a shell reports it
