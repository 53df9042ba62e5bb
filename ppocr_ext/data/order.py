"""Which lines an epoch holds, in which order, which are joined: functions of (seed, epoch)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ppocr_ext.errors import UserError
from ppocr_ext.transforms.resize import JoinSettings

_ORDER_STREAM = 2


class EpochOrder:
    """Chooses an epoch's indices from parts (label files) with ratios.

    A *pass* goes once over the data: ``round(ratio * n)`` lines of each part of n lines; another
    random subset in each pass when the ratio is below 1, repeats when it is above. An epoch is a
    pass; or, with ``samples_per_epoch``, the next that many lines of the endless row of passes, so
    that short epochs still visit every line before any comes again.
    """

    def __init__(
        self,
        part_sizes: Sequence[int],
        *,
        ratios: Sequence[float] | None = None,
        samples_per_epoch: int | None = None,
        usable: np.ndarray | None = None,
        shuffle: bool = True,
        seed: int = 0,
    ) -> None:
        """``usable``: bool [N], lines to leave out are False."""
        self.total = int(sum(part_sizes))
        ratios = [1.0] * len(part_sizes) if ratios is None else list(ratios)
        _check_ratios(ratios, len(part_sizes))
        mask = np.ones(self.total, dtype=bool) if usable is None else usable
        edges = np.cumsum([0, *part_sizes])
        self._parts = [np.flatnonzero(mask[first:last]) + first for first, last in pairwise(edges)]
        self._counts = [round(len(p) * r) for p, r in zip(self._parts, ratios, strict=True)]
        self._copies = max(1, *(math.ceil(ratio) for ratio in ratios))
        self.pass_size = sum(self._counts)
        if not self.pass_size:
            lines = sum(map(len, self._parts))
            if not lines:
                raise UserError(f"no usable line among {self.total:,}", "at least one")
            raise UserError(
                f"ratio_list {list(ratios)} selects none of {lines:,} usable lines",
                expected="ratios that select at least one line of some file",
                cure="raise ratio_list",
            )
        self.shuffle, self.seed = shuffle, seed
        self.epoch_size = samples_per_epoch or self.pass_size

    def indices(self, epoch: int) -> np.ndarray:
        """``int64 [epoch_size]``; a line that comes again in the epoch has ``total`` added."""
        start = epoch * self.epoch_size
        first, last = start // self.pass_size, (start + self.epoch_size - 1) // self.pass_size
        passes = [
            self._pass(number) + (number - first) * self._copies * self.total
            for number in range(first, last + 1)
        ]
        offset = start - first * self.pass_size
        return np.concatenate(passes)[offset : offset + self.epoch_size]

    def _pass(self, number: int) -> np.ndarray:
        rng = np.random.default_rng([self.seed, number, _ORDER_STREAM, self.total])
        chosen = [
            self._draw(part, count, rng)
            for part, count in zip(self._parts, self._counts, strict=True)
        ]
        indices = np.concatenate(chosen)
        return rng.permutation(indices) if self.shuffle else indices

    def _draw(self, part: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
        if not len(part):
            return part
        whole, rest = divmod(count, len(part))
        copies = [part + copy * self.total for copy in range(whole)]
        some = rng.permutation(len(part))[:rest] if rest else np.empty(0, dtype=np.int64)
        return np.concatenate([*copies, part[np.sort(some)] + whole * self.total])


def _check_ratios(ratios: Sequence[float], parts: int) -> None:
    if len(ratios) != parts:
        raise UserError(
            f"ratio_list has {len(ratios)} values for {parts} label files",
            expected="one ratio per file of label_file_list, or one number",
        )
    if any(ratio < 0 for ratio in ratios):
        raise UserError(f"ratio_list holds a negative value: {list(ratios)}", "ratios >= 0")


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
