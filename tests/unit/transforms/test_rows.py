"""Words of sloped lines are put together as they are read."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ppocr_ext.transforms.quads import rectangle
from ppocr_ext.transforms.rows import in_rows

WORDS = [  # x, y, width, height, in the order of no reading
    (130, 10, 60, 20),
    (10, 12, 50, 20),
    (70, 8, 50, 24),
    (10, 50, 90, 20),
    (400, 13, 40, 20),
    (110, 52, 20, 18),
]


@pytest.mark.parametrize("degrees", [0, 7, -30, 90, 180])
def test_rows_of_any_slope(degrees: int) -> None:
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    quads = [(np.array(rectangle(*word)) @ turn).astype(np.float32) for word in WORDS]
    rows = in_rows(quads)
    assert [places for places, _ in rows] == [[1, 2, 0], [4], [3, 5]]
    around = np.array(rectangle(10, 8, 180, 24)) @ turn
    assert np.abs(rows[0][1] - around).max() < 0.1
    assert rows[1][1] is quads[4]


def test_a_word_turned_against_the_others_is_a_row_of_its_own() -> None:
    upright = [np.array(rectangle(*word), np.float32) for word in WORDS[:3]]
    turned = np.roll(np.array(rectangle(195, 0, 20, 60), np.float32), 1, axis=0)
    assert [places for places, _ in in_rows([*upright, turned])] == [[3], [1, 2, 0]]
    assert in_rows([]) == []
