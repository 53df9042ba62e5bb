"""Proof that an exported model reads as its checkpoint does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ppocr_ext.errors import UserError
from ppocr_ext.export.engines import Engine
from ppocr_ext.text.codec import CTCCodec

LARGEST_DIFFERENCE = 1e-3  # of a probability


@dataclass(frozen=True)
class Comparison:
    """lines compared; largest_difference of any probability; texts that are the same."""

    lines: int
    largest_difference: float
    same_texts: int

    def require(self, engine: str) -> None:
        """Raise :class:`UserError` unless the export may be put in place."""
        if self.same_texts == self.lines and self.largest_difference <= LARGEST_DIFFERENCE:
            return
        raise UserError(
            f"the model exported for {engine} differs from the checkpoint: probabilities by up to "
            f"{self.largest_difference:.1e}, {self.lines - self.same_texts} of {self.lines} texts",
            f"at most {LARGEST_DIFFERENCE:.0e}, and the same texts",
            "nothing was put in place; please report this with the config of the run",
        )


def compare(
    reference: Engine, exported: Engine, images: Iterable[np.ndarray], codec: CTCCodec
) -> Comparison:
    """Run both on each image [1, 3, 48, W] and compare probabilities and texts."""
    lines, same, worst = 0, 0, 0.0
    for image in images:
        expected, found = reference(image), exported(image)
        lines += 1
        if expected.shape != found.shape:
            worst = float("inf")
            continue
        worst = max(worst, _difference(expected, found))
        same += codec.decode_batch(expected)[0][0] == codec.decode_batch(found)[0][0]
    return Comparison(lines, worst, same)


def _difference(expected: np.ndarray, found: np.ndarray) -> float:
    """Largest absolute difference; infinite when either is not a number."""
    difference = float(np.abs(expected - found).max())
    return difference if np.isfinite(difference) else float("inf")
