"""Terms that keep a recogniser's confidence honest."""

from __future__ import annotations

import math

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import Tensor

from ppocr_ext.losses.ctc import Targets, full_precision
from ppocr_ext.text.codec import written_steps


def entropy_loss(logits: Tensor) -> Tensor:
    """1 − H(p_t) / ln classes, mean over the steps: 0 when undecided, 1 when certain.

    That is KL(p_t ‖ uniform) / ln classes: a small weight keeps CTC from becoming certain of its
    first guesses, as smoothed labels would if CTC had labels for its steps.
    logits: [B, T, classes]. Returns [B].

    Source: Pereyra et al., Regularizing Neural Networks by Penalizing Confident Output
    Distributions, https://arxiv.org/abs/1701.06548; as the label smoothing of CTC: Kim et al.,
    Improved Training for Online End-to-End Speech Recognition, https://arxiv.org/abs/1711.02212.
    """
    log_p = F.log_softmax(full_precision(logits), axis=-1)
    entropy = -(paddle.exp(log_p) * log_p).sum(axis=-1)
    return (1.0 - entropy / math.log(logits.shape[-1])).mean(axis=1)


def calibration_loss(logits: Tensor, targets: Targets) -> Tensor:
    """(confidence − right)² of each line: the Brier score of what a reading reports.

    The confidence is that of :class:`ppocr_ext.text.codec.CTCCodec`: the mean probability of the
    steps that wrote a character. ``right`` is 1 when the greedy reading is the label, else 0. A
    line without characters has confidence 0 and no gradient. logits: [B, T, classes]. Returns [B].

    Source: Brier, Verification of Forecasts Expressed in Terms of Probability, 1950. It is a
    proper score: only the true probability of being right minimises it.
    """
    probabilities = F.softmax(full_precision(logits), axis=-1)
    best = probabilities.argmax(axis=-1).numpy()
    written = written_steps(best)
    right = [
        np.array_equal(row[kept], label[:length])
        for row, kept, label, length in zip(
            best, written, targets.labels, targets.lengths, strict=True
        )
    ]
    shares = written / np.maximum(written.sum(axis=1, keepdims=True), 1)
    dtype = probabilities.dtype
    highest = probabilities.max(axis=-1)
    confidence = (highest * paddle.to_tensor(shares).astype(dtype)).sum(axis=1)
    return (confidence - paddle.to_tensor(np.array(right)).astype(dtype)) ** 2
