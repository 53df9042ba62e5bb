"""Connectionist temporal classification (Graves et al., ICML 2006)."""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
from paddle import Tensor


def ctc_loss(logits: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
    """Negative log-likelihood of each label, summed over its alignments.

    Every step takes part, padding included: the network must learn to read blanks there, as
    it will be asked to when lines of several widths share a batch.

    Args:
        logits: [B, T, classes] float32, before softmax; class 0 is the blank.
        labels: [B, L] int32, padded with anything.
        lengths: [B] int64, characters of each label.

    Returns:
        [B] float32. Every label needs a character: Paddle crashes on an empty one. A label that needs more than T steps has no alignment: Paddle's warp-ctc
        returns exactly 0 for it, and no gradient; readers must leave such samples out.
    """
    batch, steps, _ = logits.shape
    return F.ctc_loss(
        logits.astype("float32").transpose([1, 0, 2]),
        labels,
        paddle.full([batch], steps, dtype="int64"),
        lengths,
        blank=0,
        reduction="none",
    )
