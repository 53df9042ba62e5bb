"""A console that closes on Windows, by a stand-in for its kernel32."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from ppocr_ext.engine.hooks.signals import CLOSING, outlast_console


@pytest.mark.parametrize("kind", CLOSING)
def test_a_closing_console_asks_to_stop_and_is_held(kind: int) -> None:
    handlers: list[Any] = []
    closed = threading.Event()
    kernel32 = SimpleNamespace(SetConsoleCtrlHandler=lambda handler, add: handlers.append(handler))
    outlast_console(closed.set, kernel32)
    (handler,) = handlers
    assert handler(0) == 0 and handler(1) == 0 and not closed.is_set(), "Ctrl-C is Python's"
    thread = threading.Thread(target=handler, args=(kind,), daemon=True)
    thread.start()
    assert closed.wait(60)
    assert thread.is_alive(), "Windows would end the process now"
