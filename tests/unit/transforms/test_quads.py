"""Corners of boxes, and what is cut out of the picture."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from ppocr_ext.transforms.quads import crop, ordered, quad_of


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


@pytest.mark.parametrize("degrees", [-44, -5, 0, 5, 44])
def test_corners_begin_at_the_top_left_whatever_their_order(degrees: int) -> None:
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    for shape in (box(-50, -8, 50, 8), box(-8, -50, 8, 50)):  # the second one stands upright
        right = (shape @ turn.T).astype(np.float32)
        for start in range(4):
            for mixed in (np.roll(right, start, axis=0), np.roll(right, start, axis=0)[::-1]):
                assert np.array_equal(ordered(mixed), right)


def test_a_tilted_box_is_cut_out_level() -> None:
    image = np.full((200, 300, 3), 255, np.uint8)
    corners = cv2.boxPoints(((150, 100), (200, 30), 10)).astype(np.float32)
    cv2.fillPoly(image, [corners.astype(np.int32)], (30, 30, 30))
    pixels = crop(image, ordered(corners))
    assert pixels.shape[:2] == (30, 200)
    assert pixels[4:-4, 4:-4].max() < 40


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
