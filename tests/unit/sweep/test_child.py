"""The training process: what it said last, and that it does not outlive its sweep."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from ppocr_ext.records.records import Event, EventName
from ppocr_ext.records.writers import JsonLines
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.sweep import child
from ppocr_ext.sweep.child import Training, stopped_from_outside, train_command

WAITING = """\
import sys
sys.path.insert(0, sys.argv[1])
from ppocr_ext.engine.launch import end_with_parent
import time
end_with_parent()
time.sleep(60)
"""
PARENT = """\
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from ppocr_ext.sweep import child
command = [sys.executable, sys.argv[2], sys.argv[1]]
child.train_command = lambda config, resume: command
training = child.Training(Path(), Path(sys.argv[2]).parent)
print(training.process.pid, flush=True)
time.sleep(60)
"""


def test_the_command() -> None:
    command = train_command(Path("a b.yml"), resume=True)
    assert command[1:] == [
        str(REPOSITORY / "tools" / "train.py"),
        *("-c", "a b.yml", "--resume"),
    ]


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("[2026] step 1\nerror: no data\n  expected: some\n", "error: no data\n  expected: some"),
        ("Traceback:\n  File x\nMemoryError: đầy\n\n", "MemoryError: đầy"),
        ("step 1\nstep 2\n", "step 2"),
        ("", "no output"),
    ],
)
def test_last_words(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, words: str
) -> None:
    code = f"import sys; sys.stdout.write({output!r})"
    monkeypatch.setattr(child, "train_command", lambda *_, **__: [sys.executable, "-c", code])
    training = Training(Path(), vietnamese_path)
    assert training.process.wait() == 0
    assert training.last_words() == words
    assert training.memory_mb() == 0


def test_training_ends_when_its_sweep_is_killed(vietnamese_path: Path) -> None:
    script = vietnamese_path / "waiting.py"
    script.write_text(WAITING, encoding="utf-8")
    command = [sys.executable, "-c", PARENT, str(REPOSITORY), str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as parent:
        assert parent.stdout is not None
        training = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    training.wait(timeout=60)


def test_it_is_asked_to_stop_once_and_may_be_killed(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import time; time.sleep(60)"
    monkeypatch.setattr(child, "train_command", lambda *_, **__: [sys.executable, "-c", code])
    training = Training(Path(), vietnamese_path)
    assert training.exit_code() is None
    assert training.memory_mb() > 0
    training.ask_to_stop()
    assert training.process.wait() != 0  # a process that knows nothing of signals dies of it
    other = Training(Path(), vietnamese_path)
    other.kill()
    assert other.exit_code() not in (None, 0)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([("stop", "stopped (SIGTERM)", {"reason": "signal", "signal": "SIGTERM"})], True),
        ([("stop", "stopped (early stop: no gain)", {"reason": "early_stop"})], False),
        ([("stop", "its words are for people", {"reason": "early_stop"})], False),
        ([("stop", "stopped (SIGTERM); go on with: …", {})], True),  # until 2026-11-30
        ([("stop", "stopped (early stop: no gain); go on with: …", {})], False),
        ([("stop", "stopped (…)", {"reason": "signal"}), ("save", "save model in a", {})], False),
        ([], False),
    ],
)  # fmt: skip
def test_whether_somebody_stopped_it(
    tmp_path: Path, events: list[tuple[EventName, str, dict[str, Any]]], said: bool
) -> None:
    log = JsonLines(tmp_path / "metrics.jsonl")
    for name, text, fields in events:
        log.write(Event(name, text, 3, epoch=1, fields=fields).to_record())
    log.close()
    today = events[0][1].replace("go on", "continue") if events else ""
    assert stopped_from_outside(tmp_path) == (today if said else "")
