"""Narrow letters, drawn wider and read a second time.

CTC writes at most one character a step, and needs a step more between two that are equal. Where
a condensed typeface leaves hardly more steps than characters, some are dropped ("1.000.000.000"
becomes "1.000.000"), and only the reading itself tells how narrow the letters are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from ppocr_ext.infer.lines import MAX_WIDTH, Piece, padded
from ppocr_ext.text.codec import written_steps

DENSE = 1.6  # steps a character, below which wider letters are read better (output/LOG.md)
ENOUGH = 1.8  # steps a character of the second reading

Network = Callable[[Sequence[Piece]], list[np.ndarray]]


def read_pieces(pieces: Sequence[Piece], network: Network) -> list[np.ndarray]:
    """Probabilities [T, classes] of each piece by ``network``, of dense ones drawn wider."""
    outputs = network(pieces)
    ratios = [stretch(*each) for each in zip(pieces, outputs, strict=True)]
    dense = [place for place, ratio in enumerate(ratios) if ratio > 1]
    wider = [widened(pieces[place], ratios[place]) for place in dense]
    for place, output in zip(dense, network(wider), strict=True):
        outputs[place] = output
    return outputs


def stretch(piece: Piece, output: np.ndarray) -> float:
    """How much wider to draw a piece that was read as ``output`` [T, classes]; 1: it is fine."""
    steps = len(output) * piece.width / piece.pixels.shape[2]
    characters = int(written_steps(output.argmax(axis=1)).sum())
    if steps >= DENSE * characters:
        return 1.0
    return min(ENOUGH * characters / steps, MAX_WIDTH / piece.width)


def widened(piece: Piece, ratio: float) -> Piece:
    """The same piece, ``ratio`` times as wide."""
    line = piece.pixels[:, :, : piece.width].transpose(1, 2, 0)
    size = (round(piece.width * ratio), line.shape[0])
    wider = cv2.resize(line, size, interpolation=cv2.INTER_LINEAR)
    return Piece(padded(wider.transpose(2, 0, 1)), size[0], piece.glue)
