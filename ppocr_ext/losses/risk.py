"""Minimum risk: the expected edit distance over sampled readings, for a last phase."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import Tensor
from rapidfuzz.distance import Levenshtein

from ppocr_ext.losses.ctc import Targets, ctc_loss, full_precision

Ids = tuple[int, ...]


def risk_loss(
    logits: Tensor, targets: Targets, samples: int = 4, temperature: float = 1.0
) -> Tensor:
    """Σ_y P̂(y) d(y, label) over a set of readings y of each line.

    The set holds the greedy reading, ``samples`` readings drawn from the steps' probabilities,
    and the label itself. d is the edit distance in characters, P̂ the CTC probability of a
    reading renormalised over the set: the gradient moves probability from worse readings to
    better ones, and is 0 where only the label is left.

    Args:
        logits: [B, T, classes].
        temperature: of the sampling; above 1 the readings differ more.

    Returns:
        [B], expected errors of each line.

    Source: Shen et al., Minimum Risk Training, https://arxiv.org/abs/1512.02433; for speech:
    Prabhavalkar et al., Minimum Word Error Rate Training, https://arxiv.org/abs/1712.01818;
    sampling paths of a CTC: Graves & Jaitly, ICML 2014.
    """
    logits = full_precision(logits)
    steps = logits.shape[1]
    lengths = targets.lengths.tolist()
    truths = [tuple(row[:n]) for row, n in zip(targets.labels.tolist(), lengths, strict=True)]
    paths = _sample_paths(logits.detach(), samples, temperature)
    owners: list[int] = []
    readings: list[Ids] = []
    for row, truth in enumerate(truths):
        possible = [truth] if targets.min_steps[row] <= steps else []
        found = dict.fromkeys([*possible, *map(collapse, paths[:, row])])
        readings += found
        owners += [row] * len(found)
    distances = [Levenshtein.distance(truths[i], y) for i, y in zip(owners, readings, strict=True)]
    log_p = -ctc_loss(paddle.gather(logits, paddle.to_tensor(owners)), _as_targets(readings))
    member = np.array(owners) == np.arange(len(truths))[:, None]  # [B, readings]
    scores = paddle.where(paddle.to_tensor(member), log_p.unsqueeze(0), -1e30)
    share = F.softmax(scores, axis=-1)
    return paddle.matmul(share, paddle.to_tensor(np.array(distances)).astype(share.dtype))


def collapse(path: np.ndarray) -> Ids:
    """A path [T] of classes as a label: repeats merged, then blanks dropped."""
    return tuple(index for index, _ in groupby(path.tolist()) if index)


def _sample_paths(logits: Tensor, samples: int, temperature: float) -> np.ndarray:
    """int64 [1 + samples, B, T]: the greedy path, then drawn ones (by the Gumbel-max trick)."""
    paths = [logits.argmax(axis=-1)]
    for _ in range(samples):
        uniform = paddle.rand(logits.shape, dtype=logits.dtype).clip(1e-20, 1.0 - 1e-7)
        noise = -paddle.log(-paddle.log(uniform))
        paths.append((logits / temperature + noise).argmax(axis=-1))
    return paddle.stack(paths).numpy()


def _as_targets(readings: list[Ids]) -> Targets:
    lengths = np.array([len(ids) for ids in readings], dtype="int32")
    labels = np.zeros((len(readings), max(1, int(lengths.max()))), dtype="int32")
    for row, ids in zip(labels, readings, strict=True):
        row[: len(ids)] = ids
    return Targets(labels, lengths)
