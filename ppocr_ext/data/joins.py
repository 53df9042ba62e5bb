"""Which lines are joined with which: a pure function of (seed, epoch), known before reading."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ppocr_ext.transforms.join import JoinSettings

_JOIN_STREAM = 1  # keeps these random numbers apart from all others of (seed, epoch)


class Joins:
    """The partners of each line in each epoch, drawn from the line's own label file.

    ``widths``: int32 [N] of all lines at ``height``; 0 marks an unreadable image.
    """

    def __init__(
        self,
        settings: JoinSettings,
        widths: np.ndarray,
        part_sizes: Sequence[int],
        height: int,
        seed: int,
    ) -> None:
        self.settings, self.seed = settings, seed
        self.gap = max(1, round(settings.gap * height))
        self._widths = widths
        self._sizes = np.repeat(part_sizes, part_sizes)
        self._starts = np.repeat(np.cumsum([0, *part_sizes[:-1]]), part_sizes)
        self._last: tuple[int, np.ndarray, np.ndarray] | None = None

    def partners(self, epoch: int) -> np.ndarray:
        """``int64 [K, N]``: up to K lines that follow each line, -1 where there is none."""
        return self._of(epoch)[0]

    def widths(self, epoch: int) -> np.ndarray:
        """``int32 [N]`` widths with what is joined."""
        return self._of(epoch)[1]

    def _of(self, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        if self._last is None or self._last[0] != epoch:
            self._last = (epoch, *self._draw(epoch))
        return self._last[1:]

    def _draw(self, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        count = len(self._widths)
        rng = np.random.default_rng([self.seed, epoch, _JOIN_STREAM, count])
        wanted = (rng.random(count) < self.settings.probability) & (self._widths > 0)
        widths, rows = self._widths.astype(np.int32), []
        for _ in range(self.settings.lines):
            drawn = self._starts + rng.integers(self._sizes)
            joined = widths + self.gap + self._widths[drawn]
            wanted = wanted & (self._widths[drawn] > 0) & (joined <= self.settings.max_width)
            widths = np.where(wanted, joined, widths)
            rows.append(np.where(wanted, drawn, -1))
        return np.stack(rows), widths
