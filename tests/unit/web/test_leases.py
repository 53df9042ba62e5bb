"""One person at a time, for a minute."""

from __future__ import annotations

import pytest

from ppocr_ext.web import leases
from ppocr_ext.web.leases import Leases


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(leases, "time", made)
    return made


def test_a_line_is_lent_to_the_first_who_asks(clock: Clock) -> None:
    lent = Leases()
    assert lent.lend("a", "Lan", 7) is None
    assert lent.lend("b", "Minh", 7) == "Lan"
    assert lent.lend("b", "", 8) is None and lent.lend("c", "", 8) == "?"
    assert lent.shown("b") == [
        {"n": 7, "who": "Lan", "mine": False},
        {"n": 8, "who": "", "mine": True},
    ]


def test_who_takes_another_line_or_none_gives_the_first_back(clock: Clock) -> None:
    lent = Leases()
    lent.lend("a", "Lan", 7)
    assert lent.lend("a", "Lan", 9) is None and lent.lend("b", "Minh", 7) is None
    assert lent.lend("a", "Lan", None) is None and lent.lend("c", "", 9) is None
    assert [each["n"] for each in lent.shown("a")] == [7, 9]
    assert lent.lend("b", "Minh", 9) == "?"  # refused, and what b had is free
    assert [each["n"] for each in lent.shown("a")] == [9]


def test_it_ends_after_a_minute_unless_it_is_renewed(clock: Clock) -> None:
    lent = Leases()
    lent.lend("a", "Lan", 7)
    clock.now += 59
    assert lent.lend("b", "Minh", 7) == "Lan" and lent.lend("a", "Lan", 7) is None
    clock.now += 59
    assert lent.lend("b", "Minh", 7) == "Lan"
    clock.now += 2
    assert lent.shown("b") == [] and lent.lend("b", "Minh", 7) is None
