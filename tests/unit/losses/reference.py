"""Losses in plain numpy, float64, as their formulas read; and gradients by differences."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import paddle


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def collapse(path: tuple[int, ...]) -> list[int]:
    merged = [c for i, c in enumerate(path) if i == 0 or c != path[i - 1]]
    return [c for c in merged if c]


def paths_of(steps: int, classes: int, label: list[int]) -> list[tuple[int, ...]]:
    """Every path [T] that collapses to ``label``."""
    return [p for p in product(range(classes), repeat=steps) if collapse(p) == label]


def path_probabilities(logits: np.ndarray, label: list[int]) -> tuple[list, np.ndarray]:
    p = softmax(logits)
    paths = paths_of(*logits.shape, label)
    return paths, np.array([np.prod([p[t, c] for t, c in enumerate(path)]) for path in paths])


def ctc(logits: np.ndarray, label: list[int]) -> float:
    return float(-np.log(path_probabilities(logits, label)[1].sum()))


def occupancy(logits: np.ndarray, label: list[int]) -> np.ndarray:
    """P(step t writes class c | label) [T, classes]."""
    paths, weights = path_probabilities(logits, label)
    gamma = np.zeros(logits.shape)
    for path, weight in zip(paths, weights / weights.sum(), strict=True):
        gamma[np.arange(len(path)), path] += weight
    return gamma


def slopes(function: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    """Gradient by central differences."""
    gradient = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[place] = 1e-5
        gradient[place] = (function(at + step) - function(at - step)) / 2e-5
    return gradient


def value_and_gradient(
    loss: Callable[[paddle.Tensor], paddle.Tensor], at: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of a loss [B] in Paddle, in float64, at ``at``; the gradient is of its sum."""
    entry = paddle.to_tensor(at, dtype="float64", stop_gradient=False)
    value = loss(entry)
    value.sum().backward()
    return value.numpy(), entry.grad.numpy()
