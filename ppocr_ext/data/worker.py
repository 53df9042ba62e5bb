"""What runs in a reader process: batches of one dataset. Imports no paddle."""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing import parent_process

import cv2

from ppocr_ext.data.batch import Batch, Task, make_batch
from ppocr_ext.data.dataset import LineDataset

_dataset: LineDataset | None = None


def start_worker(dataset: LineDataset) -> None:
    """Initialise a reader process: one thread, deaf to Ctrl-C, gone when the parent is gone."""
    global _dataset
    _dataset = dataset
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to end
    cv2.setNumThreads(0)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def read_batch(task: Task) -> Batch:
    """One batch, in a reader process."""
    assert _dataset is not None, "start_worker runs first"
    return make_batch(_dataset, task)


def _end_with_parent() -> None:
    """A killed parent would otherwise leave its readers waiting for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
