"""Contrast, height, padding and cutting of lines."""

from __future__ import annotations

import numpy as np
import pytest

from ppocr_ext.infer.lines import MAX_WIDTH, Piece, find_gap, is_light_on_dark, prepare, to_batch


def _text(width: int, words: int, ink: int = 0, paper: int = 255) -> np.ndarray:
    """Upright strokes in ``words`` blocks with wide spaces between: uint8 [48, width, 3]."""
    line = np.full((48, width, 3), paper, np.uint8)
    size = width // words
    for word in range(words):
        for stroke in range(word * size, (word + 1) * size - 24, 8):
            line[10:38, stroke : stroke + 3] = ink
    return line


@pytest.mark.parametrize(
    ("ink", "paper", "expected"),
    [(0, 255, False), (255, 0, True), (90, 200, False), (180, 60, True), (128, 128, False)],
)
def test_light_on_dark_is_seen(ink: int, paper: int, expected: bool) -> None:
    assert is_light_on_dark(_text(320, 3, ink, paper)) is expected


def test_a_light_line_is_turned_over_unless_told_not_to() -> None:
    light, dark = _text(320, 3, 255, 0), _text(320, 3)
    for invert, image, expected in (
        ("auto", light, dark),
        ("auto", dark, dark),
        ("never", light, light),
        ("always", dark, light),
    ):
        (pixels,) = to_batch(prepare(image, invert))
        np.testing.assert_allclose(pixels, expected.transpose(2, 0, 1) / 127.5 - 1.0, atol=1e-6)


def test_padding_is_the_middle_grey_that_training_pads_with() -> None:
    (piece,) = prepare(np.full((48, 100, 3), 255, np.uint8))
    (pixels,) = to_batch([piece])
    assert pixels.shape == (3, 48, 128)
    assert pixels.dtype == np.float32
    assert (pixels[:, :, :100] == 1).all()
    assert (pixels[:, :, 100:] == 0).all()
    assert (piece.pixels.shape, piece.padded_width, piece.glue) == ((48, 100, 3), 128, "")


def test_lines_of_one_padded_width_are_batched_as_each_alone() -> None:
    grain = np.random.default_rng(0).integers(0, 256, (48, 128, 3), dtype=np.uint8)
    pieces = [Piece(grain[:, :width], "") for width in (97, 128, 100)]
    batch = to_batch(pieces)
    assert batch.shape == (3, 3, 48, 128)
    for piece, image in zip(pieces, batch, strict=True):
        assert (to_batch([piece])[0] == image).all()


def test_a_line_of_another_height_keeps_its_ratio() -> None:
    (piece,) = prepare(np.full((24, 160, 3), 255, np.uint8))
    assert piece.pixels.shape == (48, 320, 3)


def test_wide_lines_are_cut_between_words() -> None:
    line = _text(4000, 20)
    pieces = prepare(line)
    assert [piece.glue for piece in pieces] == [" "] * (len(pieces) - 1) + [""]
    assert all(piece.pixels.shape[1] <= MAX_WIDTH for piece in pieces)
    end = 0
    for piece in pieces[:-1]:
        end += piece.pixels.shape[1]
        assert (line[:, end - 3 : end + 3] == 255).all()  # no stroke was cut through


def test_no_pixel_is_lost_or_repeated_by_cutting() -> None:
    line = np.random.default_rng(0).integers(1, 255, (48, 5000, 3), dtype=np.uint8)
    joined = np.concatenate([piece.pixels for piece in prepare(line, "never")], axis=1)
    assert (joined == line).all()


def test_without_a_gap_the_pieces_are_joined_without_a_space() -> None:
    grain = np.random.default_rng(0).integers(0, 255, (48, MAX_WIDTH, 3), dtype=np.uint8)
    cut, is_space = find_gap(grain)
    assert 0.6 * MAX_WIDTH <= cut <= MAX_WIDTH
    assert not is_space


def test_thirty_thousand_pixels_are_read_in_pieces() -> None:
    pieces = prepare(_text(30_000, 150))
    assert len(pieces) >= 30_000 // MAX_WIDTH
