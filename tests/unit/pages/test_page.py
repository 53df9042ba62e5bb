"""The text of a page from its lines."""

from __future__ import annotations

import numpy as np
import pytest

from ppocr_ext.pages.formats import text_of
from ppocr_ext.pages.page import Page, PageLine, PageText
from ppocr_ext.transforms.quads import rotated

QUAD = ((0.0, 0.0), (9.0, 0.5), (9.0, 4.0), (0.0, 4.0))


def line(order: int, text: str, before: str = "\n", is_text: bool = True) -> PageLine:
    return PageLine(QUAD, text, 0.5, 0, 0, order, before, is_text)


def test_rows_cells_and_what_is_left_out() -> None:
    lines = (
        line(0, "Tên hàng"),
        line(1, "Giá", "\t"),
        line(2, "~~", is_text=False),
        line(3, "Phở"),
        line(4, "|", "\n", is_text=False),
        line(5, "bò", " "),
        line(6, "50.000", "\t"),
    )
    page = PageText(Page("a.png", 1, 9, 9), lines)
    assert page.text() == "Tên hàng\tGiá\nPhở\nbò\t50.000\n"
    assert PageText(Page("a.png", 2, 9, 9)).text() == ""
    assert "".join(text_of([page, page])) == page.text() + "\f" + page.text()


def test_a_record_loses_nothing() -> None:
    page = PageText(Page("b/ả.pdf", 3, 9, 8, 270, 300.0), (line(0, "một"), line(1, "2", " ")), "")
    assert PageText.of(page.record()) == page


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_boxes_of_a_turned_page_lie_where_they_were(turn: int) -> None:
    image = np.zeros((60, 100, 3), np.uint8)
    image[10:20, 30:80] = 255  # its text reads upward, downward or on its head
    upright = rotated(image, turn)
    ys, xs = np.nonzero(upright[:, :, 0])
    left, right, top, low = xs.min(), xs.max() + 1, ys.min(), ys.max() + 1
    quad = ((left, top), (right, top), (right, low), (left, low))
    height, width = upright.shape[:2]
    shown = PageLine(quad, "x", 1.0, 0, 0, 0)
    found = PageText(Page("p", 1, width, height, turn), (shown,)).quads_on_file()[0]
    assert {(30, 10), (80, 10), (80, 20), (30, 20)} == set(found)
    assert found[0] == {0: (30, 10), 90: (30, 20), 180: (80, 20), 270: (80, 10)}[turn]
