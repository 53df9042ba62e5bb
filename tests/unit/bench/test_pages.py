"""Scores of whole pages."""

from __future__ import annotations

from bench.pages import Scores, score_page


def test_lines_may_stand_anywhere_but_the_order_counts() -> None:
    score = score_page("một hai\nba bốn\n", "ba bốn\nmột hại\n")
    assert score == Scores(14, 12, 13, 1, 8, 3, pages=1)
    assert score.and_(score).cells() == ["0.8571", "0.0769", "0.7500", "0.00"]


def test_quotes_dashes_and_leaders_are_of_one_form() -> None:
    score = score_page("“một” – hai ........ 5\n", '"một" - hai … 5 •')
    assert (score.edits, score.line_edits, score.both) == (0, 0, 4)
    assert score_page("một", "").line_edits == 3
