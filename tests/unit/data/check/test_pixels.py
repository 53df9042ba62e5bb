"""Ink, noise and shade; which way up a line stands."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ppocr_ext.data.check.pixels import (
    at_rows,
    has_ink,
    leans,
    lies_on_its_side,
    looked_at,
    row_edges,
)

_PLOTS = importlib.util.find_spec("matplotlib").submodule_search_locations[0]
FONT = ImageFont.truetype(f"{_PLOTS}/mpl-data/fonts/ttf/DejaVuSans.ttf", 30)


def drawn(text: str, ink: int = 0, paper: int = 255, margin: int = 8) -> np.ndarray:
    """uint8 [H, W]: ``text`` with a margin around its ink."""
    image = Image.new("L", (int(FONT.getlength(text)) + 80, 100), paper)
    ImageDraw.Draw(image).text((40, 30), text, fill=ink, font=FONT)
    pixels = np.asarray(image)
    rows, columns = np.nonzero(pixels != paper)
    return pixels[
        rows.min() - margin : rows.max() + margin, columns.min() - margin : columns.max() + margin
    ]


def is_written(grey: np.ndarray) -> bool:
    return has_ink(*looked_at(grey))


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (170, 200), (120, 100)])
@pytest.mark.parametrize("text", ["Tổng cộng: 1.250.000đ", "1", "-", "·"])
def test_text_is_ink(text: str, ink: int, paper: int) -> None:
    assert is_written(drawn(text, ink, paper))


NOISE = np.random.default_rng(0)
BLANK = {
    "white": np.full((48, 300), 255, np.uint8),
    "black": np.zeros((48, 300), np.uint8),
    "low": np.full((3, 90), 200, np.uint8),
    "narrow": np.full((90, 3), 200, np.uint8),
    "noise": NOISE.normal(200, 12, (48, 300)).clip(0, 255).astype(np.uint8),
    "much noise": NOISE.normal(200, 25, (48, 300)).clip(0, 255).astype(np.uint8),
    "shade": np.repeat(np.linspace(90, 250, 300)[None], 48, axis=0).astype(np.uint8),
}


@pytest.mark.parametrize("blank", BLANK.values(), ids=BLANK.keys())
def test_paper_is_not(blank: np.ndarray) -> None:
    assert not is_written(blank)


def test_marks_show_which_way_up_a_line_stands() -> None:
    lines = [drawn(text) for text in ("Nguyễn Hữu Thể", "Đường số 3", "phường Tân Định")]
    lean = leans(np.array([row_edges(at_rows(line)) for line in lines]))
    turned = leans(
        np.array([row_edges(at_rows(np.ascontiguousarray(x[::-1, ::-1]))) for x in lines])
    )
    assert (lean > 0).all() and (turned < 0).all()
    assert leans(np.zeros((1, 24))).tolist() == [0.0]


@pytest.mark.parametrize("letter", [*"1I7l8(Đ5Ế"])
def test_a_letter_on_its_side(letter: str) -> None:
    upright = drawn(letter, margin=2)
    assert not lies_on_its_side(upright, letter)
    wide_margin = np.pad(upright, ((0, 0), (40, 40)), constant_values=255)
    assert not lies_on_its_side(wide_margin, letter)
    if upright.shape[0] >= 1.5 * upright.shape[1]:
        for turns in (1, 3):
            assert lies_on_its_side(np.rot90(upright, turns), letter)


@pytest.mark.parametrize("letter", [*"-—=~…mW."])
def test_what_is_wide_anyway_does_not(letter: str) -> None:
    assert not lies_on_its_side(drawn(letter, margin=2), letter)
