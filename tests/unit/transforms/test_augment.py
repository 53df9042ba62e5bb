"""Augmentation: seeded, graded, of the same height, and never through a tone mark."""

from __future__ import annotations

from dataclasses import fields

import cv2
import numpy as np
import pytest

from ppocr_ext.transforms import augment
from ppocr_ext.transforms.augment import Augment
from ppocr_ext.transforms.build import Curriculum
from ppocr_ext.transforms.resize import join_lines

OPERATIONS = {operation.__name__: operation for operation in augment._IN_ORDER}
ALWAYS = Augment(**dict.fromkeys(OPERATIONS, 1.0))


def line_image(width: int = 200) -> np.ndarray:
    """Dark strokes on light, coloured paper."""
    image = np.full((48, width, 3), (200, 220, 230), np.uint8)
    for x in range(10, width - 10, 14):
        cv2.line(image, (x, 4), (x + 6, 44), (30, 20, 60), 2)
    return image


def test_every_operation_has_its_probability() -> None:
    assert [field.name for field in fields(Augment)] == list(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("width", [1, 9, 200, 9000])
def test_operations_keep_height_type_and_their_input(name: str, width: int) -> None:
    image = line_image(width) if width > 20 else np.full((48, width, 3), 90, np.uint8)
    before = image.copy()
    for seed in range(5):
        result = OPERATIONS[name](image, np.random.default_rng(seed), 1.0)
        assert result.shape[0] == 48 and result.shape[2] == 3 and result.dtype == np.uint8
        assert 0.5 * width <= result.shape[1] <= 1.3 * width + 50
    assert np.array_equal(image, before)


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_change_the_image_and_follow_the_generator_alone(name: str) -> None:
    image = line_image()
    first, again = (OPERATIONS[name](image, np.random.default_rng(3), 1.0) for _ in range(2))
    assert np.array_equal(first, again)
    changed = [OPERATIONS[name](image, np.random.default_rng(seed), 1.0) for seed in range(4)]
    assert any(not np.array_equal(image, result) for result in changed)


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"invert"}))
def test_less_strength_changes_less(name: str) -> None:
    image = line_image()

    def change(strength: float) -> float:
        total = 0.0
        for seed in range(12):
            result = OPERATIONS[name](image, np.random.default_rng(seed), strength)
            same_size = cv2.resize(result, (image.shape[1], 48))
            total += float(np.abs(same_size.astype(int) - image).mean())
        return total

    assert change(0.15) < change(1.0)


def test_strength_zero_changes_nothing() -> None:
    image = line_image()
    assert ALWAYS(image, np.random.default_rng(0), 0.0) is image


def test_all_at_once_is_seeded() -> None:
    first, again = (ALWAYS(line_image(), np.random.default_rng(5), 1.0) for _ in range(2))
    assert np.array_equal(first, again)


def test_strength_scales_how_often() -> None:
    class Counting:
        calls = 0

        def __call__(self, image: np.ndarray, rng: object, strength: float) -> np.ndarray:
            self.calls += 1
            return image

    counts = []
    for strength in (0.2, 1.0):
        counting = Counting()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(augment, "_IN_ORDER", (counting,) * len(OPERATIONS))
            for seed in range(200):
                Augment()(line_image(30), np.random.default_rng(seed), strength)
        counts.append(counting.calls)
    assert counts[0] == pytest.approx(counts[1] * 0.2, rel=0.25)


def test_erasing_leaves_the_bands_of_the_tone_marks() -> None:
    image = line_image()
    for seed in range(50):
        result = augment.erase(image, np.random.default_rng(seed), 1.0)
        rows = np.flatnonzero((result != image).any(axis=(1, 2)))
        assert rows.min(initial=99) >= 19 and rows.max(initial=0) < 36


def test_erasing_finds_a_line_that_stands_low() -> None:
    image = np.full((48, 200, 3), 240, np.uint8)
    image[22:46, ::3] = 10  # 24 rows of ink: the upper marks in the first nine, the dots at 40
    changed = 0
    for seed in range(50):
        result = augment.erase(image, np.random.default_rng(seed), 1.0)
        rows = np.flatnonzero((result != image).any(axis=(1, 2)))
        changed += len(rows)
        assert rows.min(initial=99) >= 31 and rows.max(initial=0) < 41
    assert changed


@pytest.mark.parametrize("operation", [augment.pad, augment.warp])
def test_geometry_keeps_the_outermost_rows_in_the_picture(operation: object) -> None:
    image = np.full((48, 300, 3), 255, np.uint8)
    image[:3] = (0, 0, 255)  # red above, blue below: where tone marks and dots below stand
    image[-3:] = (255, 0, 0)
    for seed in range(50):
        result = operation(image, np.random.default_rng(seed), 1.0).astype(int)  # type: ignore[operator]
        red = (result[..., 2] - result[..., 0]) > 100
        blue = (result[..., 0] - result[..., 2]) > 100
        width = result.shape[1]
        assert red.any(axis=0).mean() > 0.8 and blue.any(axis=0).mean() > 0.8, (seed, width)


def test_grain_has_the_deviation_asked_for() -> None:
    image = np.full((48, 400, 3), 128, np.uint8)
    deviations = [
        augment.noise(image, np.random.default_rng(seed), 1.0).std() for seed in range(40)
    ]
    assert 1.5 < min(deviations) < 5 and 11 < max(deviations) < 17


def test_joined_lines_keep_their_pixels_and_fade_between() -> None:
    left, right = np.full((48, 20, 3), 250, np.uint8), np.full((48, 30, 3), 50, np.uint8)
    joined = join_lines(left, right, 12)
    assert joined.shape == (48, 62, 3) and joined.dtype == np.uint8
    assert (joined[:, :20] == left).all() and (joined[:, 32:] == right).all()
    assert (np.diff(joined[0, 20:32, 0].astype(int)) <= 0).all()


def test_a_curriculum_goes_in_a_straight_line_and_stays() -> None:
    ramp = Curriculum(0.2, 1.0, 100)
    assert [ramp(step) for step in (0, 50, 100, 9999)] == pytest.approx([0.2, 0.6, 1.0, 1.0])
    assert Curriculum(0.7, 0.7)(0) == 0.7
