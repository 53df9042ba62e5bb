"""Corners in any order become one quad, TL TR BR BL as the text reads."""

from __future__ import annotations

import numpy as np
import pytest

from ppocr_ext.transforms.quads import quad_of


def corners(points: list[tuple[float, float]], text: str, **options: object) -> list[list[float]]:
    quad = quad_of(points, text, **options)  # type: ignore[arg-type]
    assert quad is not None
    return [[float(v) for v in point] for point in quad.corners]


def test_tall_boxes_read_downward_unless_the_file_starts_otherwise() -> None:
    tall = [(0.0, 0.0), (20.0, 0.0), (20.0, 80.0), (0.0, 80.0)]
    downward = [[20, 0], [20, 80], [0, 80], [0, 0]]
    assert corners([(0, 0), (20, 80)], "THẺ KHO") == downward
    assert corners(tall, "THẺ KHO") == downward
    assert corners([*tall[1:], tall[0]], "THẺ KHO") == downward
    upward = [[0, 80], [0, 0], [20, 0], [20, 80]]
    assert corners([*tall[3:], *tall[:3]], "THẺ KHO") == upward
    assert corners(tall, "THẺ KHO", direction=(0.0, -1.0)) == upward


@pytest.mark.parametrize("text", ["1", "I", "Ệ"])
def test_a_lone_letter_is_higher_than_wide_and_stands_upright(text: str) -> None:
    assert corners([(0, 0), (10, 30)], text) == [[0, 0], [10, 0], [10, 30], [0, 30]]


def test_corners_of_wildreceipt_go_against_the_clock_from_the_bottom_left() -> None:
    box = [(0.0, 20.0), (90.0, 20.0), (90.0, 0.0), (0.0, 0.0)]
    assert corners(box, "TỔNG") == [[0, 0], [90, 0], [90, 20], [0, 20]]


def test_an_hourglass_and_many_points_become_the_quad_around_them() -> None:
    crossed = [(0.0, 0.0), (90.0, 0.0), (0.0, 20.0), (90.0, 20.0)]
    straight = [[0, 0], [90, 0], [90, 20], [0, 20]]
    assert np.allclose(corners(crossed, "TỔNG"), straight)
    many = [(0.0, 0.0), (40.0, 0.0), (90.0, 0.0), (90.0, 20.0), (45.0, 20.0), (0.0, 20.0)]
    assert np.allclose(corners(many, "TỔNG"), straight)


@pytest.mark.parametrize("points", [[], [(1, 1)], [(0, 0), (0, 50)], [(0, 0), (50, 0), (99, 0)]])
def test_no_quad_without_an_area(points: list[tuple[float, float]]) -> None:
    assert quad_of(points, "x") is None
    assert quad_of([(0, 0), (float("nan"), 9)], "x") is None
