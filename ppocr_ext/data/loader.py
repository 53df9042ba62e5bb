"""Batches in order, read ahead by spawned processes; a reader that dies is replaced.

Readers import this file, and it imports no paddle.
"""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from types import TracebackType

import cv2
import numpy as np

from ppocr_ext.data.batch import Batch, Task, make_batch
from ppocr_ext.data.dataset import LineDataset
from ppocr_ext.data.plan import BatchPlan
from ppocr_ext.errors import UserError
from ppocr_ext.runtime import end_with_parent
from ppocr_ext.transforms.augment import Augment

_SCALE_STREAM = 4
MAX_DEATHS = 3  # of readers in a row on one batch, before the batch is blamed

logger = logging.getLogger(__name__)


class _Ahead(deque[tuple[Task, "Future[Batch]"]]):
    """Batches on their way, in order."""

    def cancel(self) -> None:
        while self:
            self.popleft()[1].cancel()


class Loader:
    """Iterates the plan's batches, which do not depend on the number of workers.

    ``num_workers`` 0 reads ahead in one thread of this process. Batches come through pipes, not
    shared memory, so a container's small /dev/shm does not matter.

    >>> with Loader(dataset, plan, num_workers=2) as loader:  # doctest: +SKIP
    ...     for batch in loader.epoch(3, start=17):
    ...         step(batch)
    """

    def __init__(
        self,
        dataset: LineDataset,
        plan: BatchPlan,
        num_workers: int = 0,
        prefetch: int = 2,
        *,
        augment: Augment | None = None,
        strength: Callable[[int], float] = lambda step: 1.0,
        scales: Sequence[float] = (1.0,),
        accumulation: int = 1,
        width_multiple: int = 8,
        excluded: Mapping[str, int] | None = None,
        check: str = "",
    ) -> None:
        """``prefetch``: batches read ahead per worker. ``strength``: global step → 0..1.

        ``scales``: of which each batch is read at one (see ``rescale``).
        ``accumulation``: batches that make one step. ``excluded``: reason → lines that the plan
        leaves out, for the log. ``check``: what to type to have the images looked at.
        """
        self.dataset, self.plan, self.num_workers = dataset, plan, num_workers
        self.accumulation, self.width_multiple = accumulation, width_multiple
        self.scales = scales
        self._augment, self._strength, self._changes = augment, strength, 0
        self.excluded, self.check = dict(excluded or {}), check
        self._ahead = max(1, prefetch) * max(1, num_workers)
        self._pool: Executor | None = None
        self._read: Callable[[Task], Batch] = read_batch
        self.deaths = 0  # times that readers died and were replaced

    def __enter__(self) -> Loader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self.plan)

    def epoch(self, epoch: int, start: int = 0, step: int = 0) -> Iterator[Batch]:
        """Batches ``start``, ``start + 1``, … of ``epoch``.

        ``step`` is the global step that batch ``start`` serves; the strength follows from it.
        Each batch's ``reader_cost`` is the time in seconds that its consumer waited for it.
        """
        count, ahead = len(self.plan.batches(epoch)), _Ahead()
        changes = self._changes
        try:
            for number in range(start, count):
                began = time.perf_counter()
                if changes != self._changes:
                    ahead.cancel()
                    changes = self._changes
                for later in range(number + len(ahead), min(count, number + self._ahead)):
                    task = self._task(epoch, later, step + (later - start) // self.accumulation)
                    ahead.append((task, self._submit(task)))
                batch = self._take(ahead)
                batch.reader_cost = time.perf_counter() - began
                yield batch
        finally:
            ahead.cancel()

    def change_augmentation(
        self, augment: Augment | None, strength: Callable[[int], float]
    ) -> None:
        """Augment so from the next batch on, those that were read ahead included."""
        self._augment, self._strength = augment, strength
        self._changes += 1

    def close(self) -> None:
        """End the readers."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _task(self, epoch: int, number: int, step: int) -> Task:
        indices = self.plan.batches(epoch)[number]
        strength = self._strength(step) if self._augment else 0.0
        scale = self._scale(epoch, number)
        multiple, least = (
            self.width_multiple,
            max(8, round(scale * self.plan.widest(epoch, number))),
        )
        return Task(epoch, number, indices, self._augment, strength, multiple, scale, least)

    def _scale(self, epoch: int, number: int) -> float:
        """The same on every rank, which then work on like widths."""
        chance = np.random.default_rng([self.plan.order.seed, epoch, number, _SCALE_STREAM])
        return self.scales[int(chance.integers(len(self.scales)))]

    def _take(self, ahead: _Ahead) -> Batch:
        """The oldest batch; when a reader has died, all that were on their way are read again."""
        for _ in range(MAX_DEATHS):
            try:
                batch = ahead[0][1].result()
            except BrokenProcessPool:
                self.deaths += 1
                logger.warning("a data reader process died; starting new ones")
                self.close()
                again = [(task, self._submit(task)) for task, _ in ahead]
                ahead.clear()
                ahead.extend(again)
            else:
                ahead.popleft()
                return batch
        raise self._blame(ahead[0][0])

    def _blame(self, task: Task) -> UserError:
        paths = [self.dataset.line(int(index), task.epoch).path for index in task.indices[:5]]
        return UserError(
            f"data readers died {MAX_DEATHS} times on the same batch ({', '.join(paths)}, …)",
            cure="give the machine more memory (fewer num_workers), or look for an image that "
            f"crashes the decoder: {self.check}",
        )

    def _submit(self, task: Task) -> Future[Batch]:
        if self._pool is None:
            self._pool = self._start()
        try:
            return self._pool.submit(self._read, task)
        except BrokenProcessPool as error:  # found dead at once: _take deals with it
            future: Future[Batch] = Future()
            future.set_exception(error)
            return future

    def _start(self) -> Executor:
        if self.num_workers == 0:
            self._read = partial(make_batch, self.dataset)
            return ThreadPoolExecutor(1)
        return ProcessPoolExecutor(
            self.num_workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=start_worker,
            initargs=(self.dataset,),
        )


_dataset: LineDataset | None = None  # of a reader process


def start_worker(dataset: LineDataset) -> None:
    """Initialise a reader process: one thread, deaf to Ctrl-C, gone when the parent is gone."""
    global _dataset
    _dataset = dataset
    cv2.setNumThreads(0)
    end_with_parent()


def read_batch(task: Task) -> Batch:
    """One batch, in a reader process."""
    assert _dataset is not None, "start_worker runs first"
    return make_batch(_dataset, task)
