"""A line cut out of its page: with its marks, without its neighbours."""

from __future__ import annotations

import numpy as np

from ppocr_ext.infer.crops import look_at, rows_in
from ppocr_ext.transforms.quads import quad_of

TEXT = "Số 15, đường Lê Lợi"


def letters(height: int = 100) -> np.ndarray:
    """Ink from row 40 to 60 with a mark above it, rows 33 to 37, and a dot at rows 62 to 65."""
    image = np.full((height, 200, 3), 255, np.uint8)
    for x in range(20, 180, 8):
        image[40:60, x : x + 4] = 0
    image[33:38, 60:64] = image[33:38, 70:74] = image[33:38, 80:84] = 0
    image[62:66, 60:64] = image[62:66, 72:76] = 0
    return image


def test_marks_that_the_box_cuts_off_are_in_the_crop() -> None:
    """A box at the letters' tops would lose the tones; its crop begins above them."""
    image = letters()
    quad = quad_of([(20, 36), (180, 64)], TEXT)
    assert quad is not None
    crop = look_at(image, quad.corners).crop
    dark = np.flatnonzero((crop[..., 0] < 128).any(axis=1))
    assert (dark[0], len(crop) - dark[-1]) == (1, 2)
    assert dark[-1] - dark[0] == 65 - 33


def test_a_neighbouring_line_that_touches_does_not_come_in() -> None:
    image = np.tile(letters()[30:66], (3, 1, 1))
    quad = quad_of([(20, 40), (180, 66)], TEXT)
    assert quad is not None
    assert len(look_at(image, quad.corners).crop) <= 26 * 1.5


def test_a_crop_is_the_pixels_of_its_box() -> None:
    image = np.random.default_rng(0).integers(0, 255, (90, 200, 3), np.uint8)
    quad = quad_of([(30, 40), (120, 60)], TEXT)
    assert quad is not None
    assert np.array_equal(look_at(image, quad.corners).box, image[40:60, 30:120])
    turned = np.ascontiguousarray(np.rot90(image, -1))  # clockwise: reads downward
    tall = quad_of([(30, 30), (50, 120)], TEXT)
    assert tall is not None
    found = look_at(turned, tall.corners).box
    assert np.abs(found.astype(int) - image[40:60, 30:120]).max() <= 1


def test_rows_of_a_box_are_counted() -> None:
    """Also where quiet rows alone do not part them: an ``i``'s dot is no line."""
    one, two = letters(), np.vstack([letters()[20:80], letters()[20:80]])
    for image, count in ((one, 1), (two, 2)):
        quad = quad_of([(10, 5), (190, len(image) - 5)], TEXT)
        assert quad is not None
        assert rows_in(look_at(image, quad.corners)) == count
