"""Ctrl-C, SIGTERM, a closed console: finish the step, save, stop; a second one exits at once."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ppocr_ext.engine.hooks.base import Hook

if TYPE_CHECKING:
    from ppocr_ext.engine.loop import Trainer

# SIGBREAK is Windows' Ctrl-Break.
SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
]
LAUNCHED = "PPOCR_EXT_LAUNCHED"  # set in processes that are to end with the one that started them
SAME_SECONDS = 3.0  # between what a group of processes is sent and what their launcher passes on
CLOSING = (2, 5, 6)  # CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT
_HANDLERS: list[Any] = []  # Windows calls them for as long as we live


class StopOnSignal(Hook):
    """Asks the trainer to stop at the first signal; checkpoints are written by another hook.

    The second signal ends the process at once. That is safe at any instant: a checkpoint is
    complete or it is not there. A launched process may hear of one request twice: ``pkill``,
    ``systemctl stop`` and ``scancel`` signal it and its launcher, which passes it on.
    """

    def on_start(self, trainer: Trainer) -> None:
        self.previous: dict[int, Any] = {}
        first = None

        def on_signal(number: int, frame: object) -> None:
            nonlocal first
            first = first or time.monotonic()
            is_same = LAUNCHED in os.environ and time.monotonic() - first < SAME_SECONDS
            if trainer.stop_requested and not is_same:
                os._exit(128 + number)
            trainer.request_stop(signal.Signals(number).name)

        for number in SIGNALS:
            self.previous[number] = signal.signal(number, on_signal)
        outlast_console(lambda: trainer.request_stop("console closed"))

    def restore(self) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)


class RestoreSignals(Hook):
    """The last hook: a signal that comes while others save must not end the process.

    When a process dies, the others fail in the next message between them, save, and are asked to
    stop by the launcher meanwhile.
    """

    def __init__(self, signals: StopOnSignal) -> None:
        self.signals = signals

    def on_end(self, trainer: Trainer) -> None:
        self.signals.restore()


def outlast_console(on_close: Callable[[], Any], kernel32: Any = None) -> None:
    """On Windows: when the console closes or the user logs off, call ``on_close`` in a thread and
    continue until done.

    Windows ends a process as soon as its handler of such an event returns, or some seconds later:
    so this one does not return. Nothing to do elsewhere, where a hang-up kills like any signal.

    Args:
        kernel32: a stand-in for Windows' own.
    """
    if kernel32 is None:
        if os.name != "nt":
            return
        kernel32 = ctypes.windll.kernel32  # type: ignore[attr-defined]

    def on_event(kind: int) -> bool:
        if kind in CLOSING:
            on_close()
            threading.Event().wait()
        return False  # Python's own handler takes it

    prototype = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
    _HANDLERS.append(prototype(ctypes.c_int, ctypes.c_uint)(on_event))
    kernel32.SetConsoleCtrlHandler(_HANDLERS[-1], True)
