"""Evaluation: read every validation line once, over all processes, and score each set."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import paddle
from paddle import nn

from ppocr_ext.data.batch import Batch
from ppocr_ext.data.loader import Loader
from ppocr_ext.engine import parallel
from ppocr_ext.engine.build import Readers
from ppocr_ext.losses.build import validation_loss
from ppocr_ext.models.lines import decode, to_input
from ppocr_ext.scores.recognition import RecognitionMetric
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
    the metric's summary with confidence_mean, confidence_p5 and confidence_p95 (0 … 1: mean and
    percentiles of the lines' confidences), loss (mean per line), fps (lines per second of this
    process and the others together), seconds.
    """
    started = time.perf_counter()
    network.eval()
    metric.reset()
    loss = lines = 0.0
    confidences: list[float] = []
    with paddle.no_grad():
        for batch in batches:
            outputs = network(to_input(batch.images, batch.widths))
            loss += float(validation_loss(outputs, batch)) * len(batch.texts)
            lines += len(batch.texts)
            readings = decode(outputs, codec)
            metric.update([text for text, _ in readings], batch.texts)
            confidences += [confidence for _, confidence in readings]
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
        **_of_confidences(parallel.gather(confidences)),
        "loss": loss / max(lines, 1.0),
        "fps": lines / max(seconds, 1e-9),
        "seconds": seconds,
    }


def _of_confidences(confidences: Sequence[float]) -> dict[str, float]:
    if not confidences:
        return {}
    low, high = np.percentile(confidences, (5, 95)).tolist()
    return {
        "confidence_mean": float(np.mean(confidences)),
        "confidence_p5": low,
        "confidence_p95": high,
    }


def evaluate_sets(
    run: Callable[[Loader], dict[str, Any]], readers: Readers, weights: Mapping[str, float], by: str
) -> dict[str, Any]:
    """The main set's metrics; under ``sets``, those of each other set by its name.

    Args:
        run: evaluates one set.
        weights: of sets beside the main one, which has 1. Where one is not 0, there is also
            ``mean_<by>``, the weighted mean of that metric.
    """
    metrics = run(readers.eval)
    if not readers.sets:
        return metrics
    sets = {name: run(loader) for name, loader in readers.sets.items()}
    whole = 1 + sum(weights.values())
    if whole > 1:
        others = sum(weight * sets[name][by] for name, weight in weights.items())
        metrics[f"mean_{by}"] = (metrics[by] + others) / whole
    metrics["seconds"] += sum(each["seconds"] for each in sets.values())
    return {**metrics, "sets": sets}


def with_average(metrics: dict[str, Any], averaged: Mapping[str, Any]) -> dict[str, Any]:
    """Metrics of :func:`evaluate_sets` with those of the averaged weights as ``ema_acc`` …"""
    both = dict(metrics)
    for name, value in averaged.items():
        if name == "sets":
            both[name] = {each: with_average(metrics[name][each], value[each]) for each in value}
        else:
            both[f"ema_{name}"] = value
    both["seconds"] += averaged["seconds"]
    return both
