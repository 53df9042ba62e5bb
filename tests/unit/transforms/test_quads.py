"""Corners of boxes, and what is cut out of the picture."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from ppocr_ext.transforms.quads import crop, ordered


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
