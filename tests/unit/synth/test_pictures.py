"""Print effects, colours, camera: arrays in, arrays out."""

from __future__ import annotations

import random

import numpy as np
import pytest

from ppocr_ext.synth.camera import CAMERA
from ppocr_ext.synth.effects import EFFECTS
from ppocr_ext.synth.factory import reduce, render, stripes, warp
from ppocr_ext.synth.paper import colours
from ppocr_ext.synth.styles import STYLES


def ink_of(height: int, width: int) -> np.ndarray:
    ink = np.zeros((height, width), np.float32)
    ink[height // 4 : height // 2, 2:-2:6] = 1
    return ink


@pytest.mark.parametrize("name", EFFECTS)
@pytest.mark.parametrize("shape", [(32, 200), (8, 6)])
def test_a_print_effect_keeps_shape_and_range_and_some_ink(name, shape) -> None:
    for seed in range(10):
        before = ink_of(*shape)
        after = EFFECTS[name](before, np.random.default_rng(seed), 1.0)
        assert after.shape == shape
        assert after.dtype == np.float32
        assert after.min() >= 0
        assert after.max() <= 1
        assert after.sum() > 0.1 * before.sum()
        again = EFFECTS[name](before, np.random.default_rng(seed), 1.0)
        np.testing.assert_array_equal(after, again)


@pytest.mark.parametrize("name", CAMERA)
@pytest.mark.parametrize("shape", [(32, 200, 3), (8, 6, 3)])
def test_a_camera_step_keeps_type_channels_and_size(name, shape) -> None:
    image = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    for seed in range(10):
        after = CAMERA[name](image, np.random.default_rng(seed), 1.0)
        assert after.dtype == np.float32
        assert np.isfinite(after).all()
        if name in ("enlarge", "pen"):
            assert after.shape[0] >= shape[0]
            assert after.shape[1] >= shape[1]
            assert after.shape[2] == 3
        else:
            assert after.shape == shape


def test_dead_dots_leave_stripes_from_top_to_bottom() -> None:
    ink = np.ones((40, 300), np.float32)
    printed = EFFECTS["dead_dots"](ink, np.random.default_rng(0), 1.0)
    assert (printed == printed[0]).all()
    assert 0 < (printed[0] < 0.7).sum() < 30


@pytest.mark.parametrize("ground", ["paper", "receipt", "screen", "white", "photo", "sign"])
def test_ink_and_paper_can_be_told_apart(ground) -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        ink, paper = colours(rng, ground, 0.5)
        assert abs(float((ink - paper) @ [0.114, 0.587, 0.299])) >= 70


def test_stripes_colour_the_edges_of_letters_red_on_the_left() -> None:
    ink = np.zeros((9, 30), np.float32)
    ink[:, 11:20] = 1
    striped = stripes(ink)
    assert striped.shape == (3, 10, 3)
    blue, green, red = striped[1, 3]
    assert blue > green > red  # the pixel left of the stem: its last stripe, blue, is inked most


def test_print_is_averaged_over_the_larger_drawing() -> None:
    plane = np.zeros((4, 6), np.float32)
    plane[:2, :1] = 1
    np.testing.assert_allclose(reduce(plane, 2)[0], [0.5, 0, 0])


def test_warping_keeps_the_size_and_the_ink() -> None:
    ink = (ink_of(40, 300) * 255).astype(np.uint8)
    total = int(ink.sum())
    for bend in (0.0, 0.05):
        turned = warp(ink, np.random.default_rng(3), 2.0, bend)
        assert turned.shape == ink.shape
        assert not np.array_equal(turned, ink)
        assert int(turned.sum()) == pytest.approx(total, rel=0.1)
    assert warp(ink, np.random.default_rng(3), 0.0, 0.0) is ink


@pytest.mark.parametrize("name", STYLES)
def test_a_look_renders_to_bytes_in_colour(name: str) -> None:
    ink = (ink_of(60, 240) * 255).astype(np.uint8)
    for seed in range(5):
        image = render(ink, random.Random(seed), STYLES[name], 2, False, 1.0)
        assert image.dtype == np.uint8
        assert image.shape[2] == 3
        assert image.std() > 2
        again = render(ink, random.Random(seed), STYLES[name], 2, False, 1.0)
        np.testing.assert_array_equal(image, again)
