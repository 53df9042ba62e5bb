"""Evaluation: read every validation line once, over all processes, and score it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import paddle
from paddle import nn

from ppocr_ext.data.loader import Batch
from ppocr_ext.engine import parallel
from ppocr_ext.losses.build import validation_loss
from ppocr_ext.metrics import RecognitionMetric
from ppocr_ext.models.decode import decode
from ppocr_ext.models.inputs import to_input
from ppocr_ext.text.codec import CTCCodec

Listener = Callable[[Batch, Sequence[tuple[str, float]]], None]
"""Takes a batch and what was read, (text, confidence) of each line."""


def evaluate(
    network: nn.Layer,
    batches: Iterable[Batch],
    codec: CTCCodec,
    metric: RecognitionMetric,
    listen: Listener | None = None,
) -> dict[str, Any]:
    """Score ``network`` on ``batches``, this process's share; all processes get the same sums.

    Lines that cannot be read or trained on are in the batches, and count as errors. Returns
    the metric's summary with loss (mean per line), fps (lines per second of this process and
    the others together), seconds.
    """
    started = time.perf_counter()
    network.eval()
    metric.reset()
    loss = lines = 0.0
    with paddle.no_grad():
        for batch in batches:
            outputs = network(to_input(batch.images, batch.widths))
            loss += float(validation_loss(outputs, batch)) * len(batch.texts)
            lines += len(batch.texts)
            readings = decode(outputs, codec)
            metric.update([text for text, _ in readings], batch.texts)
            if listen is not None:
                listen(batch, readings)
    sums = parallel.sum_over_ranks({**metric.state(), "_loss": loss, "_lines": lines})
    loss, lines = sums.pop("_loss"), sums.pop("_lines")
    metric.reset()
    metric.merge(sums)
    seconds = time.perf_counter() - started
    summary: Mapping[str, Any] = metric.summary()
    return {
        **summary,
        "loss": loss / max(lines, 1.0),
        "fps": lines / max(seconds, 1e-9),
        "seconds": seconds,
    }
