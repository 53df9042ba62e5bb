"""Capitals of several lines: parted from the line beside them, joined to what it says."""

from __future__ import annotations

import numpy as np
import pytest

from ppocr_ext.pages.capitals import around, beside_capitals, joined


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def test_what_a_line_holds_of_its_capital_is_cut_off() -> None:
    image = np.full((200, 700, 3), 250, np.uint8)
    image[20:30, 20:98] = 0  # the arm of a T, which reaches into the box of the first line
    image[20:110, 50:66] = 0
    lines = [box(90, 15, 600, 45), box(92, 55, 600, 85), box(10, 135, 600, 165)]
    for each in lines[:2]:
        top = round(float(each[0, 1]))
        image[top + 8 : top + 24, 104:590:9] = 0
    found, pairs = beside_capitals(image, lines, [box(10, 10, 103, 122)])
    assert 98 < found[0][0, 0] < 104 and found[0][1, 0] == 600
    assert [each.tolist() for each in found[1:]] == [each.tolist() for each in lines[1:]]
    assert [(c[0].tolist(), first is found[0]) for c, first in pairs] == [([10, 10], True)]
    assert around(*pairs[0])[:, 0].tolist() == pytest.approx([10, 600, 600, 10], abs=0.1)
    assert len(beside_capitals(image, lines, [box(10, 15, 103, 105)])[1]) == 1  # as an N: wide
    assert beside_capitals(image, lines, [box(-90, 15, 103, 105)])[1] == []  # a picture
    assert beside_capitals(image, [lines[0], lines[2]], [box(10, 10, 103, 122)])[1] == []
    assert beside_capitals(image, [], []) == ([], [])


def test_a_capital_is_joined_unless_it_is_a_word() -> None:
    assert joined("T", "RONG những năm") == "TRONG những năm"
    assert joined("Đ", "Ể đáp ứng") == "ĐỂ đáp ứng"
    assert joined("A", "nh em") == "Anh em"
    assert joined("Ở", "đây có") is joined("T", "- một") is joined("1", "ngày") is None
    assert joined("TR", "ONG") is joined("t", "rong") is None
