"""What losses know of a batch; connectionist temporal classification, and its soft alignment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import Tensor

from ppocr_ext.tensors import to_device


@dataclass(frozen=True)
class Targets:
    """Labels of B lines, on the host.

    labels: int32 [B, L] classes, 1 to classes - 1, padded with 0; lengths: int32 [B].
    """

    labels: np.ndarray
    lengths: np.ndarray

    @cached_property
    def inside(self) -> np.ndarray:
        """bool [B, L]: positions that hold a class, not padding."""
        return np.arange(self.labels.shape[1]) < self.lengths[:, None]

    @cached_property
    def min_steps(self) -> np.ndarray:
        """int64 [B]: fewest steps that CTC needs; equal neighbours take a blank between them."""
        repeats = (self.labels[:, 1:] == self.labels[:, :-1]) & self.inside[:, 1:]
        return self.lengths + repeats.sum(axis=1)

    def rows(self, rows: list[int]) -> Targets:
        """The lines at these places."""
        return Targets(self.labels[rows], self.lengths[rows])


def ctc_loss(logits: Tensor, targets: Targets) -> Tensor:
    """Negative log-likelihood of each label, summed over its alignments.

    L = −ln Σ_π Π_t p(π_t | t), over the paths π [T] that collapse to the label (repeats merged,
    then blanks dropped). An empty label has one path, of blanks; Paddle's kernel reads beyond
    its label there and can crash, so that case is computed apart. A label that needs more than
    T steps has no path: the loss is exactly 0, without a gradient (readers leave those out).

    Every step takes part, padding included: the network must learn to read blanks there, as
    it will be asked to when lines of several widths share a batch.

    Args:
        logits: [B, T, classes], before softmax; class 0 is the blank.

    Returns:
        [B], float32 (float64 for float64 logits).

    Source: Graves et al., Connectionist Temporal Classification, ICML 2006.
    """
    logits = full_precision(logits)
    batch, steps, _ = logits.shape
    empty = targets.lengths == 0
    labels = np.where(empty[:, None], 1, targets.labels)
    loss = F.ctc_loss(
        logits.transpose([1, 0, 2]),
        to_device(labels.astype("int32")),
        paddle.full([batch], steps, dtype="int64"),
        to_device(np.maximum(targets.lengths, 1).astype("int64")),
        blank=0,
        reduction="none",
    )
    if empty.any():
        blanks = -F.log_softmax(logits, axis=-1)[:, :, 0].sum(axis=1)
        loss = paddle.where(paddle.to_tensor(empty), blanks, loss)
    return loss


def focal(loss: Tensor, alpha: float = 0.25, gamma: float = 2.0) -> Tensor:
    """α (1 − p)^γ L with p = e^−L, the probability of the label: lines read well weigh little.

    loss: [B], of :func:`ctc_loss`. Source: Feng, Yao & Zhang, Focal CTC Loss for Chinese Optical
    Character Recognition on Unbalanced Datasets, Complexity 2019.
    """
    return alpha * (1.0 - paddle.exp(-loss)) ** gamma * loss


def alignment(logits: Tensor, targets: Targets) -> Tensor:
    """The probability γ [B, T, classes] that each class is written at each step, given the label.

    The gradient of the loss by the logits is p − γ (equation 16 of Graves et al.), so γ is read
    off one backward pass. It is a constant, and 0 for a label without a path.
    """
    logits = full_precision(logits).detach()
    logits.stop_gradient = False
    with paddle.enable_grad():
        loss = ctc_loss(logits, targets).sum()
    (gradient,) = paddle.grad(loss, logits)
    possible = paddle.to_tensor(targets.min_steps <= logits.shape[1]).astype(logits.dtype)
    gamma = (F.softmax(logits, axis=-1) - gradient).clip(0.0, 1.0) * possible.reshape([-1, 1, 1])
    return gamma.detach()


def full_precision(logits: Tensor) -> Tensor:
    """float32, or float64 as it is: losses of half precision logits overflow."""
    return logits if logits.dtype == paddle.float64 else logits.astype("float32")
