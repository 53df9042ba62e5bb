from __future__ import annotations

import random

import numpy as np
import pytest

from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.fonts import _HOLDERS, _faces, symbol_face, without_symbols
from ppocr_ext.synth.layout import Faces, Pen, compose, draw
from ppocr_ext.synth.presets import SPLITS, Split
from ppocr_ext.synth.sources import SYMBOLS
from ppocr_ext.synth.style import Style
from ppocr_ext.text import Charset


@pytest.mark.parametrize("split", SPLITS)
def test_every_symbol_is_drawn_from_every_font_that_is_said_to_hold_it(split: Split) -> None:
    """Some fonts map a sign to an empty glyph: its label would then name what nobody sees."""
    for symbol in SYMBOLS:
        faces = _faces(split, frozenset(symbol))
        assert faces, symbol
        for face in faces:
            pixels = draw(symbol, face, Pen(40)).pixels
            assert pixels.shape[0] > 5 and (pixels > 128).sum() > 40, (symbol, face.path)


def test_one_font_of_each_split_holds_all_and_no_font_is_in_two() -> None:
    for holders in _HOLDERS.values():
        assert holders[0][2] == SYMBOLS
    files = [name for holders in _HOLDERS.values() for _, name, _ in holders]
    assert len(set(files)) == len(files)


def test_the_dictionary_has_them(repository) -> None:
    assert Charset.load(repository / "dicts" / "vi_dict.txt").missing(SYMBOLS) == []


def test_a_bullet_stands_before_its_line(train_factory: LineFactory) -> None:
    face = train_factory.fonts.faces["times"]["liberation-serif"][0]
    style = Style("white", {"times": 1.0}, height=(48, 48), fill=(0.8, 0.8), margin=(0, 0))

    def ink(text: str) -> np.ndarray:
        faces = Faces(face, face, symbol_face(random.Random(0), "train", text))
        crop = compose(random.Random(1), style, 1, faces, text, lambda: "")
        return np.flatnonzero(crop.any(axis=0))

    gaps = np.diff(ink("➢ Lẩu"))
    assert gaps[: len(gaps) // 2].max() > 6  # between the bullet and the word
    assert np.ptp(ink("➢ Lẩu")) > np.ptp(ink("Lẩu")) + 20


def test_text_without_symbols_needs_no_face() -> None:
    rng = random.Random(0)
    state = rng.getstate()
    assert symbol_face(rng, "train", "Lẩu cá") is None
    assert rng.getstate() == state
    assert without_symbols("☎: 0909") == ": 0909"
