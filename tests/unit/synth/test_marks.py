from __future__ import annotations

import numpy as np
import pytest

from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.fonts import Face
from ppocr_ext.synth.layout import Pen, draw
from ppocr_ext.synth.marks import MARKED, marks_stand_clear


@pytest.fixture(scope="module")
def face(train_factory: LineFactory) -> Face:
    return train_factory.fonts.faces["times"]["liberation-serif"][0]


def test_the_letter_below_keeps_its_horn_and_its_dot() -> None:
    assert {letter: MARKED[letter] for letter in "ấậờẶÍ"} == {
        **{"ấ": "a", "ậ": "ạ", "ờ": "ơ", "Ặ": "Ạ", "Í": "I"}
    }
    assert not {"ạ", "ơ", "ị", "đ", "í", "a"} & MARKED.keys()


def test_the_tone_stands_on_the_circumflex(face: Face) -> None:
    beside, stacked = draw("ấ", face, Pen(60)), draw("ấ", face, Pen(60, stack=1.0))
    assert stacked.baseline > 1.1 * beside.baseline
    rows = draw("á", face, Pen(60)).baseline - draw("a", face, Pen(60)).baseline
    columns = np.flatnonzero(stacked.pixels[: rows // 2].any(axis=0)) / stacked.pixels.shape[1]
    assert 0.3 < columns.mean() < 0.8


@pytest.mark.parametrize("pen", [Pen(40), Pen(40, tracking=0.1), Pen(40, stroke=0.03)])
def test_marks_of_one_letter_stay_where_the_face_has_them(face: Face, pen: Pen) -> None:
    font, redrawn = (draw("Nhà cũ", face, pen._replace(stack=stack)) for stack in (0.0, 1.0))
    assert font.pixels.shape == pytest.approx(redrawn.pixels.shape, abs=2)
    assert redrawn.pixels.sum() == pytest.approx(int(font.pixels.sum()), rel=0.05)


def test_squeezed_marks_are_lower(face: Face) -> None:
    high, low = (draw("Ế", face, Pen(60, stack=stack)).baseline for stack in (1.0, 0.7))
    assert low < high - 4


def test_every_face_keeps_every_mark(train_factory, val_factory) -> None:
    hidden = set()
    for factory in (train_factory, val_factory):
        for families in factory.fonts.faces.values():
            for family, faces in families.items():
                each = faces[0]
                if not marks_stand_clear(each.path, each.axes):
                    hidden.add(family)
                for letter in "ẪỄỗỷỜ":
                    marked = draw(letter, each, Pen(24, stack=0.7)).pixels
                    bare = draw(MARKED[letter], each, Pen(24)).pixels
                    assert int(marked.sum()) > int(bare.sum()), (family, letter)
    assert hidden == {"great-vibes"}  # a script whose swashes are higher than its marks
