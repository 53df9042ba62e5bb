from __future__ import annotations

import pytest

from ppocr_ext.publishing.scores import FLOORS, Score, below_floor
from ppocr_ext.synth.presets import TEST_PARTS


def score(name: str, acc: float, unaccented: float) -> Score:
    return Score(name, 500, 1.0, acc, acc, acc, acc, unaccented, 0.1, 0.1, 0.1, 0.2, acc, 0.1)


@pytest.mark.parametrize(
    ("acc", "unaccented", "findings"),
    [(0.778, 0.778, 0), (0.9, 0.95, 0), (0.777, 0.9, 1), (0.9, 0.777, 1)],
)
def test_a_set_may_not_be_read_worse_than_by_the_model_that_training_began_with(
    acc: float, unaccented: float, findings: int
) -> None:
    scores = [score("test_clean", 0.1, 0.1), score("test_no_marks", acc, unaccented)]
    found = below_floor(scores)
    assert len(found) == findings
    assert all("test_no_marks" in text and "0.778" in text for text in found)


def test_floors_are_of_parts_of_the_synthetic_test() -> None:
    assert set(FLOORS) <= set(TEST_PARTS)
