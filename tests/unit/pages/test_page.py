"""The text of a page from its lines."""

from __future__ import annotations

from ppocr_ext.pages.formats import text_of
from ppocr_ext.pages.page import Page, PageLine, PageText

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
