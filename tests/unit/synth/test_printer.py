from __future__ import annotations

import string
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from ppocr_ext.synth.printer import PRINTERS, printer_font


@pytest.mark.parametrize("name", PRINTERS)
def test_a_printer_has_all_of_ascii_in_one_width(name: str, tmp_path: Path) -> None:
    path = printer_font(name, tmp_path)
    font = TTFont(path)
    assert set(map(chr, font.getBestCmap())) == {chr(code) for code in range(32, 127)}
    widths = {name: width for name, (width, _) in font["hmtx"].metrics.items()}
    assert len({width for name, width in widths.items() if name != ".notdef"}) == 1


def test_a_font_is_drawn_once_and_to_the_same_bytes(tmp_path: Path) -> None:
    first = printer_font("printer-round", tmp_path / "a")
    assert printer_font("printer-round", tmp_path / "a") == first
    assert printer_font("printer-round", tmp_path / "b").read_bytes() == first.read_bytes()


def test_no_two_signs_look_alike(tmp_path: Path) -> None:
    font = ImageFont.truetype(printer_font("printer-narrow", tmp_path), 48)

    def drawn(sign: str) -> np.ndarray:
        canvas = Image.new("L", (40, 80))
        ImageDraw.Draw(canvas).text((5, 60), sign, fill=255, font=font, anchor="ls")
        return np.asarray(canvas, np.float64)

    signs = {sign: drawn(sign) for sign in string.printable[:94]}
    for sign, picture in signs.items():
        assert picture.any()
        others = [np.abs(picture - other).sum() for name, other in signs.items() if name != sign]
        assert min(others) > 0.05 * picture.sum(), sign


def test_fonts_differ_between_splits() -> None:
    looks = [(each.column, each.row, each.stroke) for each in PRINTERS.values()]
    assert len(set(looks)) == len(looks)
    assert {each.split for each in PRINTERS.values()} == {"train", "val", "test"}
