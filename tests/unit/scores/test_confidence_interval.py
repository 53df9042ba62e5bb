"""Bootstrap intervals against the normal approximation, and their edges."""

from __future__ import annotations

import math

import pytest

from ppocr_ext.scores.recognition import Interval, bootstrap, count_line


def half_right(lines: int) -> list:
    """``lines`` lines of four characters, every second one read with one error."""
    return [count_line("abcx" if index % 2 else "abcd", "abcd") for index in range(lines)]


def test_agrees_with_the_normal_approximation_of_a_proportion() -> None:
    interval = bootstrap(half_right(400))["acc"]
    margin = 1.96 * math.sqrt(0.5 * 0.5 / 400)
    assert interval.low == pytest.approx(0.5 - margin, abs=0.01)
    assert interval.high == pytest.approx(0.5 + margin, abs=0.01)


def test_covers_every_score_and_holds_the_measured_value() -> None:
    intervals = bootstrap(half_right(100))
    assert set(intervals) == {"acc", "norm_edit_dis", "cer", "wer", "unaccented_acc"}
    assert intervals["cer"].low < 0.125 < intervals["cer"].high
    assert intervals["norm_edit_dis"].low < 0.875 < intervals["norm_edit_dis"].high


def test_narrows_with_lines_and_widens_with_the_level() -> None:
    few, many = bootstrap(half_right(50))["acc"], bootstrap(half_right(800))["acc"]
    sure = bootstrap(half_right(50), level=0.99)["acc"]
    assert many.high - many.low < few.high - few.low < sure.high - sure.low


def test_lines_weigh_by_their_characters_in_cer() -> None:
    """One long bad line among short good ones: cer swings far more than acc."""
    lines = [count_line("a", "a")] * 20 + [count_line("x" * 80, "y" * 80)]
    intervals = bootstrap(lines)
    assert intervals["cer"] == Interval(0.0, pytest.approx(0.93, abs=0.04))
    assert intervals["acc"].low > 0.8


def test_lines_that_are_all_alike_leave_no_doubt() -> None:
    assert bootstrap([count_line("ab", "ac")] * 7)["cer"] == Interval(0.5, 0.5)


def test_the_seed_decides() -> None:
    lines = half_right(30)
    assert bootstrap(lines, seed=3) == bootstrap(lines, seed=3)
    assert bootstrap(lines, resamples=50, seed=3) != bootstrap(lines, resamples=50, seed=4)


def test_no_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="no lines"):
        bootstrap([])
