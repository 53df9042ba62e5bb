"""Damaged logs by the thousand: no crash, and no number that was not in the log."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ppocr_ext.records.lines import decode_lines
from ppocr_ext.records.patterns import load_patterns
from ppocr_ext.records.reading import LogParser
from ppocr_ext.records.records import Point

LOGS = Path(__file__).resolve().parents[2] / "fixtures" / "logs"
PATTERNS = load_patterns()
GARBAGE = (
    b"\xff\xfe",
    b"\0\0\0",
    b"\x1b[31m",
    "Đường".encode(),
    b"\x80",
    b"|#| 3/9 [00:01<",
    b"\r",
    b"{",
)


TEXT = [
    line
    for line in (LOGS / "hand_2_10.log").read_bytes().splitlines()
    if b"global_step" in line or b"cur metric" in line
]
JSON = (LOGS / "overlap.jsonl").read_bytes().splitlines()[2:8]


def read(lines: list[bytes], encoding: str = "utf-8") -> LogParser:
    data = b"\n".join(lines)
    if encoding != "utf-8":
        data = data.decode("utf-8", "replace").encode(encoding)
    parser = LogParser(PATTERNS)
    parser.feed(decode_lines(data, Counter()))
    return parser


def numbers(points: list[Point]) -> dict[str, set[float]]:
    found: dict[str, set[float]] = {}
    for point in points:
        for name, number in point.values.items():
            found.setdefault(name, set()).add(number)
    return found


def known(lines: list[bytes]) -> tuple[dict[int, dict[str, set[float]]], dict[str, set[float]]]:
    """The values of each training step, and those of all evaluations."""
    history = read(lines).history
    return {p.step: numbers([p]) for p in history.train}, numbers(history.evals.points())


KNOWN = {id(lines): known(lines) for lines in (TEXT, JSON)}


def cut_end(lines: list[bytes], line: int, place: int) -> None:
    lines[line] = lines[line][:place]


def rotate(lines: list[bytes], line: int, place: int) -> None:
    """The log begins within a line."""
    lines[0] = lines[0][place:]


def join(lines: list[bytes], line: int, place: int) -> None:
    """The line is cut and the next one follows on the same line."""
    rest = lines.pop(line + 1) if line + 1 < len(lines) else b""
    lines[line] = lines[line][:place] + rest


def drop(lines: list[bytes], line: int, place: int) -> None:
    del lines[line]


def repeat(lines: list[bytes], line: int, place: int) -> None:
    lines.insert(place % (len(lines) + 1), lines[line])


def swap(lines: list[bytes], line: int, place: int) -> None:
    other = place % len(lines)
    lines[line], lines[other] = lines[other], lines[line]


def insert(lines: list[bytes], line: int, place: int) -> None:
    garbage = GARBAGE[place % len(GARBAGE)]
    lines[line] = lines[line][:place] + garbage + lines[line][place:]


def overwrite(lines: list[bytes], line: int, place: int) -> None:
    """A block of the disk that was never written."""
    lines[line] = (
        lines[line][:place] + b"\0" * len(lines[line][place : place + 9]) + lines[line][place + 9 :]
    )


def wide(lines: list[bytes], line: int, place: int) -> None:
    """One line in UTF-16, as PowerShell's >> appends it."""
    lines[line] = lines[line].decode("utf-8", "replace").encode("utf-16-le") + b"\n\0"


def not_a_number(lines: list[bytes], line: int, place: int) -> None:
    parts = lines[line].split(b": ")
    part = place % len(parts)
    _, comma, tail = parts[part].partition(b", ")
    if comma:
        parts[part] = b"nan" + comma + tail
    lines[line] = b": ".join(parts)


DAMAGES = (cut_end, rotate, join, drop, repeat, swap, insert, overwrite, wide, not_a_number)
damages = st.lists(
    st.tuples(st.sampled_from(DAMAGES), st.integers(0, 11), st.integers(0, 300)), max_size=4
)
encodings = st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16", "utf-16-be"])


@settings(max_examples=5000, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([TEXT, TEXT, JSON]), damages, encodings)
def test_every_number_was_in_the_log(sample: list[bytes], todo: list, encoding: str) -> None:
    lines, (steps, evals) = list(sample), KNOWN[id(sample)]
    for damage, line, place in sorted(todo, key=lambda one: one[0] is rotate):
        if lines:
            damage(lines, line % len(lines), place)
    history = read(lines, encoding).history
    for point in history.train:
        assert _unlike(point, steps[point.step]) == {}
    for point in history.evals:
        assert _unlike(point, evals) == {}


def _unlike(point: Point, known: dict[str, set[float]]) -> dict[str, float]:
    """Values that the whole log does not have; speed of an evaluation has no sure end."""
    return {
        name: number
        for name, number in point.values.items()
        if name != "fps" and math.isfinite(number) and number not in known.get(name, ())
    }


def test_the_whole_samples_are_read() -> None:
    assert [(len(steps), len(evals["norm_edit_dis"])) for steps, evals in KNOWN.values()] == [
        (6, 3),
        (4, 2),
    ]
