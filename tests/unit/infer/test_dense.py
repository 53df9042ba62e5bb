"""Narrow letters are drawn wider and read again; others are read once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from ppocr_ext.infer.language import ENOUGH, read_pieces, stretch, widened
from ppocr_ext.infer.lines import MAX_WIDTH, Piece, prepare, to_batch

STEP = 8  # pixels that a step of the networks here sees


def _piece(width: int) -> Piece:
    pixels = np.random.default_rng(width).integers(0, 255, (48, width, 3), dtype=np.uint8)
    (piece,) = prepare(pixels, "never")
    return piece


def _output(piece: Piece, characters: int) -> np.ndarray:
    """Probabilities [T, 3] of a reading that many characters long."""
    best = np.zeros(piece.padded_width // STEP, int)
    best[:characters] = 1 + np.arange(characters) % 2
    return np.eye(3, dtype=np.float32)[best]


@pytest.mark.parametrize(
    ("width", "characters", "ratio"),
    [
        (160, 0, 1.0),
        (160, 5, 1.0),
        (160, 12, 1.0),  # 1.67 steps a character
        (160, 13, ENOUGH * 13 / 20),
        (160, 20, ENOUGH),
        (168, 15, ENOUGH * 15 / 21),  # 24 steps, 3 of them on padding
        (1600, 190, 1.0),  # no wider than the widest piece
        (1200, 140, MAX_WIDTH / 1200),
    ],
)
def test_how_much_wider(width: int, characters: int, ratio: float) -> None:
    piece = _piece(width)
    assert stretch(piece, _output(piece, characters)) == pytest.approx(ratio)


def test_a_wider_piece_is_the_wider_picture() -> None:
    step = np.repeat(np.array([0, 255], np.uint8), 100)
    (piece,) = prepare(np.broadcast_to(step[None, :, None], (48, 200, 3)), "never")
    wider = widened(piece._replace(glue=" "), 1.5)
    assert (wider.pixels.shape, wider.padded_width, wider.glue) == ((48, 300, 3), 320, " ")
    (pixels,) = to_batch([wider])
    assert (pixels[:, :, :148] == -1).all()
    assert (pixels[:, :, 152:300] == 1).all()
    assert (pixels[:, :, 300:] == 0).all()


def test_only_dense_pieces_are_read_again_and_order_is_kept() -> None:
    pieces, seen = [_piece(160), _piece(200), _piece(240)], []

    def network(batch: Sequence[Piece]) -> list[np.ndarray]:
        seen.append([piece.pixels.shape[1] for piece in batch])
        return [_output(piece, {200: 25}.get(piece.pixels.shape[1], 9)) for piece in batch]

    outputs = read_pieces(pieces, network)
    assert seen == [[160, 200, 240], [360]]
    assert [len(output) for output in outputs] == [20, 48, 32]
