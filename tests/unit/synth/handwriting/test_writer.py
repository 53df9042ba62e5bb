from __future__ import annotations

import random
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ppocr_ext.synth import factory as factory_module
from ppocr_ext.synth.corpus import as_written, form_address
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.fonts import Face, FontLibrary
from ppocr_ext.synth.handwriting.marks import Box, drawn, habit
from ppocr_ext.synth.handwriting.skeleton import strokes, x_height
from ppocr_ext.synth.handwriting.writer import Writer, _glyph, drawn_as, write, writer
from ppocr_ext.synth.presets import PRESETS, split_of
from ppocr_ext.text import VIETNAMESE_LETTERS, decompose

BOX = Box(left=0.0, right=1.0, top=-1.0, bottom=0.0, stem=0.9)


@pytest.fixture(scope="module")
def face(train_factory: LineFactory) -> Face:
    faces = train_factory.fonts.faces["arial"]["liberation-sans"]
    return next(face for face in faces if face.path.endswith("Sans-Regular.ttf"))


@pytest.fixture(scope="module")
def script(train_factory: LineFactory) -> Face:
    return train_factory.fonts.faces["script"]["dancing-script"][0]


def own(face: Face, **changes: object) -> Writer:
    calm = writer(random.Random(3), (face,))._replace(
        slant=0.0,
        fading=0.0,
        worn=0,
        crossed=False,
        uneven=0.0,
        drift=0.0,
        bending=0.0,
        pressure=0.0,
        joins=0.0,
        pen=0.04,
    )
    return calm._replace(**changes)


def test_a_letter_becomes_the_strokes_of_a_pen(face: Face) -> None:
    (stem,) = strokes(face.path, face.axes, "l")
    assert stem[:, 0].max() - stem[:, 0].min() < 0.1
    assert stem[:, 1].min() < -1.2 and stem[:, 1].max() < 0.05
    assert len(strokes(face.path, face.axes, "t")) == 2  # a stem and its bar, straight through
    (ring,) = strokes(face.path, face.axes, "o")
    assert np.hypot(*(ring[0, :2] - ring[-1, :2])) < 0.1
    assert len(strokes(face.path, face.axes, "i")) == 2
    assert strokes(face.path, face.axes, " ") == ()
    assert 0.45 < x_height(face.path, face.axes) < 0.6


def test_the_width_of_the_strokes_is_known(face: Face, train_factory: LineFactory) -> None:
    bold = train_factory.fonts.faces["display"]["anton"][0]
    thin, thick = (np.median(strokes(f.path, f.axes, "l")[0][:, 2]) for f in (face, bold))
    assert thin < 0.2 < thick


@pytest.mark.parametrize("letter", VIETNAMESE_LETTERS[:67])
def test_marks_are_where_vietnamese_has_them(letter: str) -> None:
    _, shape, tone = decompose(letter)
    for seed in range(20):
        rng = random.Random(seed)
        made = drawn(rng, habit(rng), BOX, shape, tone)
        assert len(made) == (shape != "none") + (tone != "level")
        middles = [stroke[:, :2].mean(axis=0) for stroke in made]
        if tone == "dot":
            assert middles[-1][1] > 0.1
        elif tone != "level":
            assert middles[-1][1] < -1.0
        if shape in ("breve", "circumflex"):
            assert middles[0][1] < -1.0
        if shape == "horn":
            assert middles[0][0] > 0.6 and middles[0][1] < -0.3


def test_tones_are_late_not_early() -> None:
    rng = random.Random(1)
    places = [drawn(rng, habit(rng), BOX, "none", "acute")[0][:, 0].mean() for _ in range(300)]
    assert 0.6 < np.mean(places) < 1.2
    assert np.min(places) > 0.1


@pytest.mark.parametrize("letter", ["ấ", "Ệ", "ợ", "đ", "ỉ", "y"])
def test_every_mark_is_drawn(face: Face, letter: str) -> None:
    plain, _ = write(random.Random(5), own(face), decompose(letter).base + "x", 80)
    marked, _ = write(random.Random(5), own(face), letter + "x", 80)
    assert plain.shape[0] == pytest.approx(80, abs=4)
    assert marked.shape[0] == pytest.approx(80, abs=4)
    if letter != "y":
        assert marked.shape != plain.shape or (marked != plain).any()


def test_a_line_stands_on_its_baseline(face: Face) -> None:
    ink, baseline = write(random.Random(2), own(face), "nam", 60)
    assert baseline == pytest.approx(ink.shape[0], abs=4)
    tailed, above = write(random.Random(2), own(face), "gam", 60)
    assert above < tailed.shape[0] - 10


def test_letters_are_joined_by_writers_who_join(script: Face) -> None:
    apart, joined = (
        write(random.Random(4), own(script, joins=share, spacing=1.3), "minhanh", 60)[0]
        for share in (0.0, 1.0)
    )
    assert joined.sum() > apart.sum()
    gaps = [int((~ink.any(axis=0)).sum()) for ink in (apart, joined)]
    assert gaps[1] < gaps[0]


def test_a_final_ng_or_nh_in_haste_makes_no_other_syllable() -> None:
    made = set()
    for seed in range(200):
        rng = random.Random(seed)
        for word in ("Trung", "Thanh", "thịnh", "nga", "An"):
            made.add("".join(drawn_as(rng, 0.9, c, word, at) for at, c in enumerate(word)))
    assert {"Trung", "Truny", "Truuy", "Thanl", "Thauh", "thịul"} <= made
    assert made & {"nga", "An"} == {"nga", "An"}
    assert not {word for word in made if word.startswith(("ug", "Au", "nl"))}
    careful = [drawn_as(random.Random(seed), 0.0, "g", "Trung", 4) for seed in range(50)]
    assert set(careful) == {"g"}


def test_a_seven_may_be_crossed(face: Face) -> None:
    bare, crossed = (
        write(random.Random(1), own(face, crossed=each), "7", 60)[0] for each in (False, True)
    )
    assert crossed.sum() > bare.sum()


def test_haste_rounds_letters_off(face: Face) -> None:
    heights = []
    for worn in (0, 1, 2):
        glyph = _glyph(face.path, face.axes, "w", worn)
        heights.append(max(stroke[:, 1].max() for stroke in glyph.strokes))
        assert glyph.box.left == pytest.approx(0.0, abs=0.25)  # its ends stay
    assert heights[0] > heights[1] + 0.02 > heights[2] + 0.03  # the points of the w do not


def test_the_same_letter_looks_different_each_time(script: Face) -> None:
    uneven = own(script, uneven=0.06, bending=0.05)
    first, second = (write(random.Random(seed), uneven, "a", 40)[0] for seed in (1, 2))
    assert first.shape != second.shape or (first != second).any()


def test_a_line_is_a_function_of_its_generator(script: Face) -> None:
    lines = [
        write(rng, writer(rng, (script,)), "Hà Nội", 50)[0]
        for rng in (random.Random(9), random.Random(9))
    ]
    np.testing.assert_array_equal(*lines)


def test_forms_have_capitals_and_few_commas() -> None:
    rng = random.Random(0)
    made = [as_written(rng, "Xã Hòa An, Huyện Cao Lãnh, Tỉnh Đồng Tháp") for _ in range(300)]
    assert sum("," in text for text in made) < 150
    assert {"Hoà", "Hòa"} <= {word for text in made for word in text.split()}
    assert any(text.startswith("Hòa An") for text in made)
    assert all("Cao Lãnh" in text and "Tháp" in text for text in made)
    assert as_written(random.Random(1), "quý báu") in ("quý báu", "Quý Báu")  # qu is a consonant
    assert all(ward in form_address(rng, ward) for ward in ["Xã A"] * 50)


def test_handwritten_lines_are_of_their_split(tmp_path: Path, monkeypatch) -> None:
    installed = partial(FontLibrary, fetched=tmp_path)
    monkeypatch.setattr(factory_module, "FontLibrary", installed)
    preset = replace(PRESETS["handwriting"], lines={"val": 30})
    factory = LineFactory(preset, "val", 1)
    for index in range(30):
        image, text = factory.line(index)
        assert split_of(text) == "val"
        assert image.dtype == np.uint8 and image.ndim == 3
        assert image.std() > 2
