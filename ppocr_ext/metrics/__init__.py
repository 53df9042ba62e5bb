"""Scores of recognised text: strings in, numbers out."""

from ppocr_ext.metrics.recognition import RecognitionMetric

__all__ = ["RecognitionMetric"]
