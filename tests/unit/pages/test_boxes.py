"""Boxes: their corners, what is cut out of the picture, gaps and dashes."""

from __future__ import annotations

import math

import cv2
import numpy as np
import paper
import pytest

from ppocr_ext.pages.boxes import angle_of, cut_at_gaps, with_dash, without_covered
from ppocr_ext.pages.detect import DetectorSettings, boxes_of
from ppocr_ext.transforms.quads import grown, ordered, turned


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def test_a_region_grows_by_the_ratio_of_its_area_and_its_outline() -> None:
    found = np.zeros((100, 200), np.float32)
    found[40:50, 20:120] = 0.9
    found[80:90, 20:120] = 0.4  # too doubtful as a whole
    (grown_box,) = boxes_of(found, DetectorSettings())
    width, height = 100, 10  # and one pixel more by closing gaps
    distance = width * height * 1.6 / (2 * (width + height))
    low, high = grown_box.min(axis=0), grown_box.max(axis=0)
    assert np.allclose(low, [20 - distance, 40 - distance], atol=1.5)
    assert np.allclose(high, [120 + distance, 50 + distance], atol=1.5)


def test_the_angle_is_that_of_the_text() -> None:
    corners = cv2.boxPoints(((150, 100), (200, 30), 10)).astype(np.float32)
    assert angle_of(ordered(corners)[None]) == pytest.approx(math.radians(10), abs=0.01)


def test_turned_reads_another_side_first() -> None:
    upright = box(0, 0, 10, 40)
    assert turned(upright, 1)[0].tolist() == [0, 40]  # upward: its first letter is at the bottom
    assert turned(upright, -1)[0].tolist() == [10, 0]
    assert turned(upright, 2)[0].tolist() == [10, 40]
    assert grown(upright, 0.1)[:, 1].tolist() == [-4, -4, 44, 44]


def test_blocks_side_by_side_are_parted_and_words_are_not() -> None:
    lines = [(40, 30, "QUỐC HỘI"), (420, 30, "CỘNG HÒA XÃ HỘI"), (40, 130, "hai từ  xa")]
    image = paper.page(lines, (800, 200), 32)
    left, right = cut_at_gaps(image, box(36, 28, 720, 74))
    assert left[1, 0] < 250 and 400 < right[0, 0] < 425
    assert len(cut_at_gaps(image, box(36, 128, 260, 174))) == 1


def test_the_dash_of_a_list_is_taken_along() -> None:
    image = paper.page([(40, 30, "–"), (80, 30, "Nơi nhận"), (80, 130, "Nơi nhận")], (400, 200), 32)
    found = with_dash(image, box(76, 30, 240, 74))
    assert found is not None and found[0, 0] < 40
    assert with_dash(image, box(76, 130, 240, 174)) is None
    letters = paper.page([(40, 30, "a"), (80, 30, "Nơi nhận")], (400, 200), 32)
    assert with_dash(letters, box(76, 30, 240, 74)) is None


def test_a_box_inside_another_is_left_out() -> None:
    boxes = [box(0, 0, 20, 20), box(0, 0, 200, 22), box(0, 40, 200, 60), box(150, 0, 300, 22)]
    kept = without_covered(boxes)
    assert [each.tolist() for each in kept] == [each.tolist() for each in boxes[1:]]
    assert without_covered([]) == []


def test_a_short_line_below_a_tilted_one_is_kept() -> None:
    long, short = box(0, 0, 1000, 40), box(0, 45, 90, 85)
    angle = math.radians(3)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    tilted = [(each @ turn).astype(np.float32) for each in (long, short)]
    assert len(without_covered(tilted)) == 2
