"""What a photographed sheet is laid flat by, and what is no sheet."""

from __future__ import annotations

import cv2
import numpy as np

from ppocr_ext.pages.straighten import flattening, moved_back

BOXES = np.array(
    [
        [[x, y], [x + 150, y], [x + 150, y + 20], [x, y + 20]]
        for x in (220, 620)
        for y in (150, 500)
    ],
    np.float32,
)


SIZE = np.array([[0, 0], [1000, 0], [1000, 700], [0, 700]], np.float32)
SEEN = np.array([[60, 30], [960, 90], [990, 690], [10, 640]], np.float32)  # where it then stands
MOVE = cv2.getPerspectiveTransform(SIZE, SEEN)
LINES = cv2.perspectiveTransform(BOXES, MOVE)


def desk(shadow: int = 240) -> np.ndarray:
    """A sheet from (200, 100) to (800, 600), its right half in the shadow, on a desk, seen from
    the side."""
    image = np.full((700, 1000, 3), 70, np.uint8)
    image[100:600, 200:500] = 240
    image[100:600, 500:800] = shadow
    return cv2.warpPerspective(image, MOVE, (1000, 700), borderValue=(70, 70, 70))


def test_a_sheet_by_its_edge() -> None:
    found = flattening(desk(), LINES)
    assert found is not None
    corners = np.array([[[200, 100], [800, 100], [800, 600], [200, 600]]], np.float32)
    seen = cv2.perspectiveTransform(corners, MOVE)[0]
    move, (width, height) = found
    back = moved_back(
        np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32), move
    )
    assert np.abs(back - seen).max() < 8
    level = cv2.perspectiveTransform(LINES, move)
    assert np.abs(level[:, 0, 1] - level[:, 1, 1]).max() < 2


def test_a_half_in_the_sun_is_no_sheet() -> None:
    found = flattening(desk(shadow=100), LINES)
    assert found is None or found[0][2, :2].tolist() == [0, 0]  # no perspective, a turn at most


def test_a_sheet_whose_edge_would_tilt_the_lines_is_none() -> None:
    assert flattening(desk(), BOXES) is None


def test_a_page_that_fills_the_picture_needs_nothing_unless_its_lines_tilt() -> None:
    paper = np.full((700, 1000, 3), 240, np.uint8)
    assert flattening(paper, BOXES) is None
    tilted = BOXES + np.array([[0, 0], [0, 20], [0, 20], [0, 0]], np.float32)  # 7.6 degrees
    found = flattening(paper, tilted)
    assert found is not None and found[1][0] > 1000
    level = cv2.perspectiveTransform(tilted[:1], found[0])[0]
    assert abs(level[0, 1] - level[1, 1]) < 0.5
    assert np.allclose(moved_back(level, found[0]), tilted[0], atol=0.5)
