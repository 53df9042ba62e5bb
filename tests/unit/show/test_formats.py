"""Numbers as people read them."""

from __future__ import annotations

import re

import pytest

from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.show.formats import counted, duration


@pytest.mark.parametrize(
    ("number", "words", "shown"),
    [
        (0, ("line",), "0 lines"),
        (1, ("line",), "1 line"),
        (1.0, ("line",), "1 line"),
        (55000, ("line",), "55,000 lines"),
        (1, ("process", "processes"), "1 process"),
        (2, ("process", "processes"), "2 processes"),
    ],
)
def test_a_noun_follows_its_number(number: float, words: tuple[str, ...], shown: str) -> None:
    assert counted(number, *words) == shown


def test_no_message_leaves_the_plural_open() -> None:
    """``1 run(s)``; but for the first line of train.log, by which earlier logs are read too."""
    open_plural = re.compile(r"\} [a-z]+\((?:s|es)\)")
    found = [
        f"{path.name}: {each}"
        for path in (REPOSITORY / "ppocr_ext").rglob("*.py")
        for each in open_plural.findall(path.read_text(encoding="utf-8"))
    ]
    assert found == ["build.py: } process(es)"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (45, "45 s"),
        (19_200, "5 h 20 min"),
        (3 * 86400 + 4 * 3600, "3 d 4 h"),
        (700 * 86400, "700 d 0 h"),
        (2141 * 86400 + 23 * 3600, "5.9 years"),
        (None, "–"),
    ],
)
def test_a_duration(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown
