"""Two lines side by side with a real space between them (PaddleOCR's RecConAug has none)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class JoinSettings:
    """How often lines are joined, and up to which width."""

    probability: float = 0.0
    max_width: int = 1600  # pixels at the training height, the space included
    gap: float = 0.3  # the space's width as a share of the height
    separator: str = " "
    lines: int = 1  # that may follow a line


def join_lines(left: np.ndarray, right: np.ndarray, gap: int) -> np.ndarray:
    """``uint8 [H, W1 + gap + W2, 3]``: the gap fades from one line's edge colour to the other's."""
    edge_left = np.median(left[:, -2:], axis=(0, 1))
    edge_right = np.median(right[:, :2], axis=(0, 1))
    fade = np.linspace(edge_left, edge_right, gap).astype(np.uint8)
    space = np.broadcast_to(fade, (left.shape[0], gap, 3))
    return np.concatenate([left, space, right], axis=1)
