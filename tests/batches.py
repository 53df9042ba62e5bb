"""Batches of noise for tests of the step."""

from __future__ import annotations

import numpy as np

from ppocr_ext.data.batch import Batch
from ppocr_ext.text.charset import Charset

CHARSET = Charset.from_characters("abcd")


def lines(count: int, seed: int = 0) -> Batch:
    """``count`` lines of 48x64 pixels and three characters."""
    random = np.random.default_rng(seed)
    return Batch(
        images=random.integers(0, 256, (count, 48, 64, 3)).astype("uint8"),
        widths=np.full(count, 64, "int32"),
        labels=random.integers(1, CHARSET.num_classes, (count, 3)).astype("int32"),
        lengths=np.full(count, 3, "int32"),
        texts=["abc"] * count,
        paths=[""] * count,
        indices=np.arange(count),
        problems=[""] * count,
        skipped=[],
    )
