"""The weight of a loss, fixed or changing with the training step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Weight = Callable[[int], float]
"""global step -> weight."""


def build_weight(written: float | Sequence[tuple[float, float]], total_steps: int) -> Weight:
    """A number, or points ``[[step, weight], …]``: linear between them, constant outside.

    ``[[1000, 0], [2000, 1]]`` is 0 for 1,000 steps, then rises to 1 at step 2,000. Where no step is
    above 1 they are shares of the run: ``[[0.5, 0], [0.6, 1]]`` begins halfway through
    ``total_steps``. The config's schema has checked what is written.
    """
    if isinstance(written, int | float):
        return lambda step: float(written)
    steps, weights = zip(*written, strict=True)
    scale = total_steps if max(steps) <= 1 else 1
    return lambda step: float(np.interp(step, np.multiply(steps, scale), weights))
