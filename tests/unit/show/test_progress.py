"""Progress: a bar where somebody looks and waits, a line now and then elsewhere."""

from __future__ import annotations

import io
import re

import pytest

from ppocr_ext.show import progress as module
from ppocr_ext.show.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, width: int, what: str) -> str:
    """What a terminal of this width shows, without its commands."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("sys.stderr", stream := Terminal())
    with progress(what, 6000) as advance:
        advance(1234)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


@pytest.mark.parametrize("width", [120, 80, 40, 30])
def test_a_narrow_terminal_loses_no_word(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(module, "_SHORT", 0.0)
    text = shown(monkeypatch, width, "images of [x] {y} tên.txt")
    for word in ("images", "of", "[x]", "{y}", "tên.txt", "1,234", "6,000", "lines/s", "left"):
        assert word in text
    assert max(map(len, re.split(r"[\r\n]", text))) <= width


def test_no_bar_flashes_for_what_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, 80, "reading") == ""


def test_a_pipe_gets_a_line_each_half_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
    with progress("reading", 6000, done=1000) as advance:
        for seconds, done in ((29, 1200), (40, 1400), (69, 1900), (70, 2050)):
            now[0] = 100.0 + seconds
            advance(done)
    with progress("part", unit="bytes") as advance:
        now[0] += 40
        advance(2_000_000, 4_000_000)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "reading: 1,400 of 6,000 lines, 10.0 lines/s, 7 min 40 s left",
        "reading: 2,050 of 6,000 lines, 15.0 lines/s, 4 min 23 s left",
        "part: 2 MB of 4 MB, 50 kB/s, 40 s left",
    ]
