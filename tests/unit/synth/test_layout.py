from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.fonts import Face
from ppocr_ext.synth.furniture import FURNITURE
from ppocr_ext.synth.layout import Faces, Ink, Pen, beside, compose, draw, extent, paste, stretched
from ppocr_ext.synth.style import Style
from ppocr_ext.synth.styles import STYLES

BARE = Style(ground="paper", fonts={"sans": 1.0}, tracking=0, emphasis=0, gaps=0, stretch=(1, 1))


@pytest.fixture(scope="module")
def face(train_factory: LineFactory) -> Face:
    return train_factory.fonts.faces["sans"]["noto-sans"][0]


def no_other_text() -> str:
    raise AssertionError("no neighbouring line was asked for")


def crop_of(style: Style, face: Face, text: str, seed: int) -> np.ndarray:
    return compose(random.Random(seed), style, 1, Faces(face, face), text, lambda: "Ộỵgj Ễ")


def test_ink_is_cut_to_its_pixels_and_stands_on_its_baseline(face: Face) -> None:
    plain, tailed = draw("HE", face, Pen(40)), draw("HEỵ", face, Pen(40))
    assert plain.pixels.shape[0] == plain.baseline  # nothing below
    assert tailed.pixels.shape[0] > tailed.baseline
    for ink in (plain, tailed):
        assert ink.pixels.any(axis=0)[[0, -1]].all()
        assert ink.pixels.any(axis=1)[[0, -1]].all()


def test_tracking_widens_the_line_and_keeps_its_height(face: Face) -> None:
    near, far = draw("Hà Nội", face, Pen(30)), draw("Hà Nội", face, Pen(30, tracking=0.2))
    assert far.pixels.shape[1] > near.pixels.shape[1] + 20
    assert far.pixels.shape[0] == near.pixels.shape[0]


@pytest.mark.parametrize("family", ["great-vibes", "alfa-slab-one", "dejavu-sans"])
def test_nothing_of_a_swash_or_a_wide_letter_is_cut(family, train_factory, val_factory) -> None:
    for factory in (train_factory, val_factory):
        for families in factory.fonts.faces.values():
            for each in families.get(family, []):
                ink = draw("ỄffJQWM@ỵ", each, Pen(40)).pixels
                alone = draw("  ỄffJQWM@ỵ  ", each, Pen(40)).pixels
                assert ink.shape == alone.shape


def test_a_stroke_thickens_the_letters(face: Face) -> None:
    plain, bold = draw("Hà Nội", face, Pen(30)), draw("Hà Nội", face, Pen(30, stroke=0.03))
    assert bold.pixels.sum() > 1.2 * plain.pixels.sum()


def test_a_thermal_head_prints_black_dots_as_high_as_the_letters(face: Face) -> None:
    smooth, dotted = draw("Hà Nội", face, Pen(72)), draw("Hà Nội", face, Pen(72, dots=24))
    assert dotted.pixels.shape == pytest.approx(smooth.pixels.shape, rel=0.1)
    assert dotted.baseline == pytest.approx(smooth.baseline, abs=4)
    same_size = draw("Hà Nội", face, Pen(24, dots=24))
    assert set(np.unique(same_size.pixels)) == {0, 255}


def test_dots_that_need_more_cover_print_thinner_letters(face: Face) -> None:
    thin, thick = (draw("Cẩm Phả", face, Pen(40, dots=18, cover=cover)) for cover in (150, 60))
    assert thin.pixels.sum() < 0.85 * thick.pixels.sum()


def test_two_pieces_share_one_baseline(face: Face) -> None:
    joined = beside(draw("gỵ", face, Pen(30)), draw("Ễ", face, Pen(30)), 7)
    assert joined.baseline == draw("Ễ", face, Pen(30)).baseline
    assert joined.pixels.any(axis=1)[[0, -1]].all()


def test_stretching_changes_the_width_only() -> None:
    ink = Ink(np.full((10, 20), 255, np.uint8), 8)
    assert stretched(ink, 1.5).pixels.shape == (10, 30)
    assert stretched(ink, 0.5).pixels.shape == (10, 10)
    assert stretched(ink, 1.5).baseline == 8


def test_what_lies_outside_the_crop_is_cut_away() -> None:
    crop = np.zeros((10, 10), np.uint8)
    paste(crop, Ink(np.full((6, 6), 200, np.uint8), 6), -3, 3)
    assert crop[:3, :3].min() == 200
    assert np.count_nonzero(crop) == 9
    paste(crop, Ink(np.full((6, 6), 200, np.uint8), 6), 50, 50)
    assert np.count_nonzero(crop) == 9


@pytest.mark.parametrize("tight", [0.0, 1.0])
def test_the_whole_line_is_in_its_crop_at_the_share_of_height_asked_for(
    face: Face, tight: float
) -> None:
    for seed in range(40):
        style = replace(BARE, height=(40, 40), fill=(0.6, 0.6), tight=tight)
        crop = crop_of(style, face, "Ễ gỵ", seed)
        rows = np.flatnonzero(crop.any(axis=1))
        assert crop.any(axis=0)[1:-1].any()
        assert (rows[-1] - rows[0] + 1) / crop.shape[0] == pytest.approx(0.6, abs=0.08)


@pytest.mark.parametrize("name", FURNITURE)
def test_furniture_adds_ink_and_takes_none_away(face: Face, name: str) -> None:
    style = replace(BARE, fill=(0.5, 0.6), tight=0.0)
    added = 0
    for seed in range(20):
        bare = crop_of(style, face, "Quận Gò Vấp", seed)
        full = crop_of(replace(style, furniture={name: 1.0}), face, "Quận Gò Vấp", seed)
        assert (full >= bare).all()
        added += np.count_nonzero(full) - np.count_nonzero(bare)
    assert added > 0


def test_neighbours_reach_into_the_crop_but_hardly_over_the_line(face: Face) -> None:
    style = replace(BARE, height=(48, 48), fill=(0.6, 0.8), tight=1.0)
    for seed in range(40):
        bare = crop_of(style, face, "nét nghiêng", seed)
        full = crop_of(
            replace(style, furniture={"above": 1, "below": 1}), face, "nét nghiêng", seed
        )
        own = bare > 0
        assert np.count_nonzero(full[own] != bare[own]) <= 0.1 * np.count_nonzero(own)


def test_extent_grows_with_the_size(face: Face) -> None:
    assert extent(face, 80) == pytest.approx([2 * rows for rows in extent(face, 40)], abs=1)


def test_no_other_text_is_drawn_without_neighbours(face: Face) -> None:
    compose(random.Random(1), BARE, 1, Faces(face, face), "một mình", no_other_text)


def test_every_look_names_only_what_exists() -> None:
    from ppocr_ext.synth.camera import CAMERA
    from ppocr_ext.synth.catalogue import FAMILIES, MORE
    from ppocr_ext.synth.effects import EFFECTS

    for style in STYLES.values():
        assert set(style.furniture) <= set(FURNITURE)
        assert set(style.effects) <= set(EFFECTS)
        assert set(style.camera) <= set(CAMERA)
        assert set(style.fonts) <= {family.category for family in (*FAMILIES, *MORE)}
        assert set(style.fonts) & {f.category for f in (*FAMILIES, *MORE) if f.archive is None}
