"""A grown log costs only what grew, and gives what reading it all would give."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.records import reading
from ppocr_ext.records.lines import LineReader
from ppocr_ext.records.patterns import load_patterns
from ppocr_ext.records.reading import read_logs

PATTERNS = load_patterns()


@pytest.fixture
def offsets(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Where each log was read from."""
    seen: list[int] = []

    class Noting(LineReader):
        def __init__(self, path: Path, offset: int = 0) -> None:
            seen.append(offset)
            super().__init__(path, offset)

    monkeypatch.setattr(reading, "LineReader", Noting)
    return seen


@pytest.mark.parametrize("cut", [100, 1500, 3000, 4321, 6000])
def test_growing_equals_reading_all(cut: int, logs: Path, tmp_path: Path, offsets: list) -> None:
    data = (logs / "hand_2_10.log").read_bytes()
    log, memory = tmp_path / "train.log", tmp_path / "memory.json"
    log.write_bytes(data[:cut])
    read_logs([log], PATTERNS, memory)
    log.write_bytes(data)
    grown = read_logs([log], PATTERNS, memory)
    assert offsets[1] == data.rfind(b"\n", 0, cut) + 1
    whole = read_logs([log], PATTERNS).to_dict()
    assert {**grown.to_dict(), "account": 0} == {**whole, "account": 0}
    assert grown.account.kinds == read_logs([log], PATTERNS).account.kinds


def test_a_log_that_was_replaced_is_read_anew(logs: Path, tmp_path: Path, offsets: list) -> None:
    log, memory = tmp_path / "train.log", tmp_path / "memory.json"
    log.write_bytes((logs / "hand_2_10.log").read_bytes())
    read_logs([log], PATTERNS, memory)
    log.write_bytes((logs / "stock_2_10.log").read_bytes())
    history = read_logs([log], PATTERNS, memory)
    assert offsets == [0, 0]
    assert [point.step for point in history.evals] == [4, 8, 12, 16]


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", '{"format": 1}', "\ud800".encode("utf-8", "surrogatepass")]
)
def test_a_damaged_memory_is_no_obstacle(content: str | bytes, logs: Path, tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    memory.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert len(read_logs([logs / "hand_2_10.log"], PATTERNS, memory).evals.points()) == 3


def test_the_line_that_is_being_written_is_shown_but_not_remembered(tmp_path: Path) -> None:
    log, memory = tmp_path / "train.log", tmp_path / "memory.json"
    line = "epoch: [1/9], global_step: {}, loss: 2.0, ips: 9.0 samples/s, eta: 0:00:0{}"
    log.write_text(line.format(10, 9) + "\n" + line.format(20, ""), encoding="utf-8")
    first = read_logs([log], PATTERNS, memory)
    assert first.train.points()[-1].step == 20
    assert "eta_seconds" not in first.train.points()[-1].values
    with open(log, "a", encoding="utf-8", newline="\n") as stream:
        stream.write("7\n")
    second = read_logs([log], PATTERNS, memory)
    assert [point.step for point in second.train] == [10, 20]
    assert second.train.points()[-1].values["eta_seconds"] == 7


def test_progress_ends_at_the_size_of_the_logs(logs: Path) -> None:
    told: list[tuple[int, int]] = []
    both = [logs / "stock_2_10.log", logs / "stock_2_10_resumed.log"]
    read_logs(both, PATTERNS, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (sum(log.stat().st_size for log in both),) * 2


OTHERS = {
    "hello.log": b"hello\nworld\n",
    "page.html": b"<html><body><p>epoch</p></body></html>\n",
    "data.json": b'{\n "a": 1\n}\n{"kind": "train"}\n',
    "picture.png": bytes(range(256)) * 20,
    "crash.log": b"Traceback (most recent call last):\nMemoryError\n",
    "server.log": b"[2026-11-30 10:00:00,000] [    INFO] - served\n" * 50,
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_log_that_nobody_understands_is_refused_and_nothing_is_written(
    name: str, vietnamese_path: Path
) -> None:
    log = vietnamese_path / name
    log.write_bytes(OTHERS[name])
    with pytest.raises(UserError) as refused:
        read_logs([log], PATTERNS, vietnamese_path / "memory.json")
    error = refused.value
    number = len(OTHERS[name].splitlines())
    read = f"of its {number} line{'s' * (number > 1)} none is understood"
    assert read in error.found or name[-3:] == "png"
    first = OTHERS[name].splitlines()[0].decode("latin-1").strip()[:40]
    assert first in error.found or name[-3:] == "png"
    assert all(character.isprintable() or character == "\n" for character in error.found)
    assert "--patterns own.yml" in error.cure and name in error.cure
    assert [path.name for path in vietnamese_path.iterdir()] == [name]


@pytest.mark.parametrize("content", [b"", b"\n \n\n"])
def test_an_empty_log_is_said_to_be_empty(content: bytes, tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_bytes(content)
    with pytest.raises(UserError, match=r"train\.log is empty"):
        read_logs([log], PATTERNS)


def test_own_patterns_make_a_log_understood(tmp_path: Path) -> None:
    log, own = tmp_path / "my.log", tmp_path / "own.yml"
    log.write_text("round 1 score 0.5\nround 2 score 0.7\n", encoding="utf-8")
    own.write_text("[{name: mine, kind: eval, find: 'round <step> score <acc>'}]", encoding="utf-8")
    with pytest.raises(UserError):
        read_logs([log], PATTERNS)
    assert [p.values["acc"] for p in read_logs([log], load_patterns(own)).evals] == [0.5, 0.7]


def test_a_log_of_words_alone_is_a_start_without_a_step(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text("[2026/03/01 08:00:00] ppocr INFO: Architecture : \n", encoding="utf-8")
    assert read_logs([log], PATTERNS).train.last is None
