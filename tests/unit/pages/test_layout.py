"""The order of lines that are only boxes here: columns, headings, signatures, forms, paragraphs."""

from __future__ import annotations

import math

import numpy as np

from ppocr_ext.pages.layout import Placed, reading_order

Line = tuple[float, float, float]  # left, top, right; 20 pixels high


def order(lines: list[Line], way: str = "auto", tilt: float = 0.0) -> list[Placed]:
    boxes = [[[x, y], [r, y], [r, y + 20], [x, y + 20]] for x, y, r in lines]
    angle = math.radians(tilt)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return reading_order(np.array(boxes, np.float32) @ turn.astype(np.float32), way)  # type: ignore[arg-type]


def indices(placed: list[Placed]) -> list[int]:
    return [each.index for each in placed]


COLUMNS: list[Line] = [
    (100, 50, 900),  # the title over both
    *((100, 100 + 30 * n, 480) for n in range(6)),
    *((520, 105 + 30 * n, 900) for n in range(6)),
    (100, 400, 900),
]


def test_columns_of_text_are_read_one_after_the_other() -> None:
    for tilt in (0, 3, -3):
        placed = order(COLUMNS, tilt=tilt)
        assert indices(placed) == [0, *range(1, 7), *range(7, 13), 13]
        assert [each.block for each in placed] == [0] + [1] * 6 + [2] * 6 + [3]
    rows = indices(order(COLUMNS, "rows"))
    assert rows[:5] == [0, 1, 7, 2, 8]


def test_the_two_blocks_of_a_heading() -> None:
    heading = [(100, 50, 300), (450, 50, 850), (120, 85, 280), (500, 85, 800), (150, 120, 250)]
    body = [(100, 200 + 40 * n, 880) for n in range(10)]
    placed = order([*heading, *body])
    assert indices(placed)[:5] == [0, 2, 4, 1, 3]
    assert indices(placed)[5:] == list(range(5, 15))


def test_a_signature_stands_beside_its_recipients() -> None:
    body = [(100, 50 + 40 * n, 880) for n in range(12)]
    low = [(100, 600, 250), (600, 600, 800), (100, 640, 300), (620, 640, 780), (100, 680, 280)]
    placed = order([*body, *low])
    assert indices(placed)[12:] == [12, 14, 16, 13, 15]


def test_short_last_lines_beside_nothing_are_no_signature() -> None:
    body = [(100, 50 + 40 * n, 880) for n in range(12)]
    low = [(100, 560, 140), (150, 600, 800), (150, 640, 800), (100, 680, 145), (150, 720, 800)]
    assert indices(order([*body, *low])) == list(range(17))


def test_forms_and_tables_are_read_row_by_row() -> None:
    form = [(100, 50 + 40 * n, 300 + 20 * n) for n in range(8)]
    form += [(500, 50 + 40 * n, 560 + 37 * (n % 3)) for n in range(8)]
    placed = order(form)
    assert indices(placed) == [n for row in range(8) for n in (row, row + 8)]
    assert [each.before for each in placed] == ["\n", "\t"] * 8


def test_the_lines_of_a_cell_stand_one_below_the_other() -> None:
    table: list[Line] = [(100, 48, 200), (300, 40, 800), (300, 52, 800)]
    assert [(each.index, each.before) for each in order(table)] == [
        *((0, "\n"), (1, "\t"), (2, "\n")),
    ]


def test_a_small_gap_is_a_space() -> None:
    assert [each.before for each in order([(0, 0, 100), (110, 2, 200)])] == ["\n", " "]


def test_paragraphs_begin_after_space_an_indent_or_a_short_line() -> None:
    lines: list[Line] = [
        *((100, 0, 900), (100, 30, 900)),
        *((100, 80, 900), (100, 110, 500)),  # more space; ends short
        *((100, 140, 900), (140, 170, 900), (100, 200, 900)),  # an indent
    ]
    assert [each.paragraph for each in order(lines)] == [0, 0, 1, 1, 2, 3, 3]


def test_nothing_and_a_single_line() -> None:
    assert reading_order(np.zeros((0, 4, 2), np.float32)) == []
    assert order([(5, 5, 50)]) == [Placed(0, 0, 0, "\n")]


def test_a_capital_of_three_lines_stands_before_the_first() -> None:
    lines = [(160, 50 + 30 * n, 600) for n in range(3)] + [
        (100, 140 + 30 * n, 600) for n in range(5)
    ]
    boxes = np.array([[[x, y], [r, y], [r, y + 20], [x, y + 20]] for x, y, r in lines], np.float32)
    capital = np.array([[[100, 48], [150, 48], [150, 130], [100, 130]]], np.float32)
    placed = reading_order(np.concatenate([boxes, capital]))
    assert indices(placed)[:3] == [8, 0, 1]
    assert placed[1].before == " "
