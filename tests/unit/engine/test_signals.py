"""Signals and a console that closes on Windows, by a stand-in for its kernel32."""

from __future__ import annotations

import signal
import threading
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from ppocr_ext.engine.hooks import signals
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


@pytest.mark.parametrize(
    ("launched", "seconds", "code"),
    [
        (True, 1.0, None),  # the launcher passes on what the whole group was sent
        (True, 4.0, 143),
        (False, 1.0, 143),
    ],
)
def test_one_request_that_is_heard_twice_is_one(
    monkeypatch: pytest.MonkeyPatch, launched: bool, seconds: float, code: int | None
) -> None:
    if launched:
        monkeypatch.setenv(signals.LAUNCHED, "1")
    else:
        monkeypatch.delenv(signals.LAUNCHED, raising=False)
    clock, ended = [100.0], []
    monkeypatch.setattr(signals.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(signals.os, "_exit", ended.append)
    trainer = Mock(stop_requested=None)
    trainer.request_stop = lambda name: setattr(trainer, "stop_requested", name)
    hook = signals.StopOnSignal()
    hook.on_start(trainer)
    try:
        signal.raise_signal(signal.SIGTERM)
        clock[0] += seconds
        signal.raise_signal(signal.SIGTERM)
    finally:
        hook.restore()
    assert trainer.stop_requested == "SIGTERM"
    assert ended == ([] if code is None else [code])
