"""Order, bounds and errors of the thread pool."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from ppocr_ext.infer.recognizer import chunks, ordered


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_results_come_in_order(workers: int) -> None:
    def slow_for_even(number: int) -> int:
        time.sleep(0.002 if number % 2 == 0 else 0)
        return number * number

    assert list(ordered(slow_for_even, range(40), workers)) == [n * n for n in range(40)]


def test_no_more_is_taken_than_the_threads_need() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = ordered(lambda number: number, items(), 3)
    assert next(results) == 0
    assert len(taken) <= 6
    results.close()


def test_several_threads_work() -> None:
    meeting = threading.Barrier(3, timeout=20)
    assert len(list(ordered(lambda _: meeting.wait(), range(3), 3))) == 3


def test_an_error_ends_the_work() -> None:
    done = []

    def fail_at_five(number: int) -> None:
        if number == 5:
            raise ValueError("five")
        done.append(number)

    with pytest.raises(ValueError, match="five"):
        list(ordered(fail_at_five, range(1000), 2))
    assert len(done) < 20


def test_chunks() -> None:
    assert list(chunks(iter(range(5)), 2)) == [[0, 1], [2, 3], [4]]
    assert list(chunks([], 2)) == []
