"""Which lines share a batch: similar widths together, the same number of batches on every rank."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from ppocr_ext.data.order import EpochOrder
from ppocr_ext.errors import UserError
from ppocr_ext.show.formats import counted

_POOL = 64  # batches that are sorted by width together: less padding, yet lines still mix freely
_PLAN_STREAM = 3


class BatchPlan:
    """The batches of one rank, a pure function of (seed, epoch, rank, world_size).

    The epoch's lines are sorted by width within pools of 64 global batches; a global batch is
    dealt out to the ranks line by line, so that all ranks work on like widths at each step, each
    line belongs to exactly one rank, and every rank has as many batches.
    """

    def __init__(
        self,
        order: EpochOrder,
        widths: Callable[[int], np.ndarray],
        *,
        batch_size: int,
        pixels_per_batch: int | None = None,
        height: int = 48,
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
    ) -> None:
        """``widths(epoch)``: int32 [N] of all lines. ``batch_size``: lines per rank and batch.

        With ``pixels_per_batch`` a rank's batch holds at most that many pixels, padding included,
        and at most ``batch_size`` lines: wide lines then come in smaller batches, and their number
        may differ a little from epoch to epoch when lines are joined.
        """
        if order.epoch_size < world_size:
            raise UserError(
                f"{counted(order.epoch_size, 'usable line')} for {world_size} processes",
                "at least one line for each process",
                "use fewer processes or more data",
            )
        self.order, self.widths = order, widths
        self.batch_size, self.pixels_per_batch, self.height = batch_size, pixels_per_batch, height
        self.rank, self.world_size, self.drop_last = rank, world_size, drop_last
        self._last: tuple[int, list[np.ndarray], list[int]] = (-1, [], [])
        self._length = len(self.batches(0))
        if not self._length:
            lines = counted(order.epoch_size, "line")
            raise UserError(
                f"{lines}, less than one batch of {batch_size} x {world_size}",
                cure="set drop_last: false or a smaller batch_size_per_card",
            )

    def __len__(self) -> int:
        """Batches of epoch 0 (of every epoch unless ``pixels_per_batch`` is set)."""
        return self._length

    @property
    def fingerprint(self) -> str:
        """Equal for plans that put the same lines into the same batches, over all ranks."""
        digest = hashlib.blake2b(digest_size=16)
        for batch in self._global_batches(0, self.widths(0)):
            digest.update(len(batch).to_bytes(8, "little") + batch.tobytes())
        return digest.hexdigest()

    def batches(self, epoch: int) -> list[np.ndarray]:
        """This rank's batches of ``epoch``: ``int64 [B]`` arrays of dataset indices."""
        return self._of(epoch)[1]

    def widest(self, epoch: int, number: int) -> int:
        """The widest line of a batch over all ranks, before augmentation.

        Ranks that pad to it compute what one process with all their lines would.
        """
        return self._of(epoch)[2][number]

    def _of(self, epoch: int) -> tuple[int, list[np.ndarray], list[int]]:
        if self._last[0] != epoch:
            widths = self.widths(epoch)
            whole = self._global_batches(epoch, widths)
            own = [batch[self.rank :: self.world_size] for batch in whole]
            widest = [int(widths[batch % self.order.total].max()) for batch in whole]
            self._last = (epoch, own, widest)
        return self._last

    def _global_batches(self, epoch: int, all_widths: np.ndarray) -> list[np.ndarray]:
        indices = self.order.indices(epoch)
        widths = all_widths[indices % self.order.total]
        lines = self.batch_size * self.world_size
        pool = lines * _POOL if self.order.shuffle else len(indices)
        batches: list[np.ndarray] = []
        for start in range(0, len(indices), pool):
            chunk = slice(start, start + pool)
            by_width = np.argsort(-widths[chunk], kind="stable")
            batches += self._cut(indices[chunk][by_width], widths[chunk][by_width])
        batches = self._settle_last(batches, lines)
        if not self.order.shuffle:
            return batches
        rng = np.random.default_rng([self.order.seed, epoch, _PLAN_STREAM, self.order.total])
        return [batches[position] for position in rng.permutation(len(batches))]

    def _cut(self, indices: np.ndarray, widths: np.ndarray) -> list[np.ndarray]:
        """Cut indices that are sorted from wide to narrow into global batches."""
        batches, start = [], 0
        while start < len(indices):
            lines = self.batch_size
            if self.pixels_per_batch is not None:
                fitting = self.pixels_per_batch // (self.height * max(1, int(widths[start])))
                lines = min(lines, max(1, fitting))
            batches.append(indices[start : start + lines * self.world_size])
            start += lines * self.world_size
        return batches

    def _settle_last(self, batches: list[np.ndarray], lines: int) -> list[np.ndarray]:
        """Drop the batch that is not full, or see to it that it has a line for every rank."""
        if self.drop_last and self.pixels_per_batch is None:
            return [batch for batch in batches if len(batch) == lines]
        short = [i for i, batch in enumerate(batches) if len(batch) < self.world_size]
        for position in reversed(short):
            tail = batches.pop(position)
            batches[position - 1] = np.concatenate([batches[position - 1], tail])
        return batches
