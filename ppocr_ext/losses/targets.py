"""What the lines of a batch say, as losses need it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


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
