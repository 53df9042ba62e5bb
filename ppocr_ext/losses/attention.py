"""Cross-entropy of a decoder that writes one character a step."""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import Tensor

from ppocr_ext.losses.ctc import Targets, full_precision


def decoder_loss(logits: Tensor, targets: Targets, smoothing: float = 0.0) -> Tensor:
    """Mean over the characters of each line, its end included.

    L = −Σ_s Σ_k q(k) ln p_s(k) / (length + 1), with q = 1 − ε for the true class and
    ε / (classes − 1) for each other one. A decoder shorter than a label learns its beginning.

    Args:
        logits: [B, S, classes], before softmax; class 0 is the end of the line.
        smoothing: ε.

    Returns:
        [B].

    Source: Szegedy et al., Rethinking the Inception Architecture, CVPR 2016; with ε = 0.1 for
    text lines: NRTR, https://arxiv.org/abs/1806.00926.
    """
    batch, steps, classes = logits.shape
    truth = np.zeros((batch, steps), dtype="int64")
    known = min(steps, targets.labels.shape[1])
    truth[:, :known] = np.where(targets.inside, targets.labels, 0)[:, :known]
    counts = np.arange(steps) <= targets.lengths[:, None]  # the end counts, what follows does not
    log_p = F.log_softmax(full_precision(logits), axis=-1)
    at_truth = paddle.take_along_axis(log_p, paddle.to_tensor(truth[:, :, None]), 2).squeeze(2)
    other = smoothing / (classes - 1)
    loss = -(1.0 - smoothing - other) * at_truth - other * log_p.sum(axis=-1)
    shares = counts / counts.sum(axis=1, keepdims=True)
    return (loss * paddle.to_tensor(shares).astype(loss.dtype)).sum(axis=1)
