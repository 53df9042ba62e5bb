"""Tables and frames with drawn rules: which lines stand in which cell."""

from __future__ import annotations

import cv2
import numpy as np

from ppocr_ext.pages.layout import reading_order
from ppocr_ext.pages.tables import Ruled, ruled_of

Line = tuple[int, int, int]  # left, top, right; 20 pixels high


def paper(lines: list[Line]) -> tuple[np.ndarray, np.ndarray]:
    """A page on which each line is a row of short strokes, and the boxes of the lines."""
    image = np.full((1000, 1000, 3), 255, np.uint8)
    for left, top, right in lines:
        for x in range(left, right - 8, 12):
            cv2.rectangle(image, (x, top + 4), (x + 6, top + 16), (0, 0, 0), -1)
    boxes = [[[x, y], [r, y], [r, y + 20], [x, y + 20]] for x, y, r in lines]
    return image, np.array(boxes, np.float32)


def tilted(image: np.ndarray, boxes: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    move = cv2.getRotationMatrix2D((500, 500), degrees, 1)
    white = (255, 255, 255)
    return cv2.warpAffine(image, move, (1000, 1000), borderValue=white), cv2.transform(boxes, move)


def rules(image: np.ndarray, across: list[int], down: list[int], grey: int = 0) -> None:
    for y in across:
        cv2.line(image, (down[0], y), (down[-1], y), (grey,) * 3, 2)
    for x in down:
        cv2.line(image, (x, across[0]), (x, across[-1]), (grey,) * 3, 2)


CELLS: list[Line] = [
    (200, 100, 800),  # above the table
    *((110, 220, 380), (420, 220, 480), (520, 220, 860)),
    *((110, 310, 380), (110, 340, 300), (420, 325, 480), (520, 296, 860), (520, 326, 700)),
    (520, 356, 860),
    *((110, 410, 300), (520, 410, 860)),  # the middle cell is empty
    (100, 600, 900),
]


def test_cells_are_read_one_after_the_other() -> None:
    for degrees in (0.0, 1.5, -1.5):
        for grey in (0, 150):
            image, boxes = paper(CELLS)
            rules(image, [200, 280, 400, 450], [100, 400, 500, 900], grey)
            image, boxes = tilted(image, boxes, degrees)
            (table,) = ruled_of(image, boxes)
            assert table.rows == [[[1], [2], [3]], [[4, 5], [6], [7, 8, 9]], [[10], [11]]]
            placed = reading_order(boxes, "auto", [table])
            assert [each.index for each in placed] == list(range(13))
            assert [each.before for each in placed] == [
                *("\n", "\n", "\t", "\t"),
                *("\n", " ", "\t", "\t", " ", " "),
                *("\n", "\t", "\n"),
            ]
            assert [each.block for each in placed] == [0] + [1] * 11 + [2]


def test_a_table_without_its_last_rule_is_closed_there() -> None:
    image, boxes = paper(CELLS)
    rules(image, [200, 280, 400], [100, 400, 500, 900])
    for x in (100, 400, 500, 900):
        cv2.line(image, (x, 400), (x, 450), (0, 0, 0), 2)
    (table,) = ruled_of(image, boxes)
    assert table.rows[-1] == [[10], [11]]


def test_long_cells_are_read_like_columns() -> None:
    columns: list[Line] = [(110, 220 + 30 * n, 480) for n in range(14)]
    columns += [(520, 225 + 30 * n, 880) for n in range(14)]
    image, boxes = paper([(110, 160, 300), (520, 160, 700), *columns])
    rules(image, [140, 200, 680], [100, 500, 900])
    ruled = ruled_of(image, boxes)
    placed = reading_order(boxes, "auto", ruled)
    assert [each.index for each in placed] == list(range(30))
    assert [each.before for each in placed] == ["\n", "\t", *["\n"] * 28]
    assert [each.block for each in placed] == [0] * 2 + [1] * 14 + [2] * 14


def test_a_stamp_is_read_after_the_heading_that_it_touches() -> None:
    heading: list[Line] = [(150, 50, 300), (120, 90, 330), (500, 50, 900), (600, 85, 800)]
    stamp: list[Line] = [(80, 140, 320), (90, 170, 200)]
    body: list[Line] = [(450, 160, 650), *((100, 250 + 40 * n, 900) for n in range(10))]
    image, boxes = paper([*heading, *stamp, *body])
    rules(image, [130, 200], [60, 360])
    image[196:206, 180:240] = 255  # text that was printed over it
    ruled = ruled_of(image, boxes)
    assert ruled == [Ruled([[[4, 5]]], False)]
    placed = reading_order(boxes, "auto", ruled)
    assert [each.index for each in placed][:7] == [0, 1, 2, 3, 4, 5, 6]
    assert [each.before for each in placed if each.index in (4, 5)] == ["\n", "\n"]


def test_the_border_of_a_page_and_rules_alone_are_no_tables() -> None:
    lines: list[Line] = [(150, 100 + 40 * n, 850) for n in range(15)]
    image, boxes = paper(lines)
    rules(image, [60, 940], [60, 940])
    cv2.line(image, (150, 165), (600, 165), (0, 0, 0), 2)
    assert ruled_of(image, boxes) == []
    assert ruled_of(image, boxes[:0]) == []
