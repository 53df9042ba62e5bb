"""Scores of recognised text: strings in, numbers out."""

from ppocr_ext.metrics.confusion import Confusion
from ppocr_ext.metrics.recognition import (
    Counts,
    Interval,
    RecognitionMetric,
    bootstrap,
    count_line,
    score,
    total,
)

__all__ = [
    "Confusion",
    "Counts",
    "Interval",
    "RecognitionMetric",
    "bootstrap",
    "count_line",
    "score",
    "total",
]
