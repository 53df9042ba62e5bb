"""How well a model folder reads labelled lines, with intervals, as the model card tells."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ppocr_ext.benchmark.accuracy import read_set, score_texts
from ppocr_ext.infer.recognizer import Recognizer


class Score(NamedTuple):
    """One set: scores with the ends of their 95 % bootstrap intervals, and milliseconds a line."""

    name: str
    lines: int
    ms_per_line: float
    acc: float
    acc_low: float
    acc_high: float
    acc_without_spaces: float
    unaccented_acc: float
    cer: float
    cer_low: float
    cer_high: float
    wer: float


class _Reading(NamedTuple):
    texts: list[str]
    truths: list[str]
    seconds: float


def score_sets(model: Path, sets: Mapping[str, Path], together: str | None = None) -> list[Score]:
    """Each set (name → label file); then, as ``together``, all of their lines."""
    recognizer = Recognizer(model)
    read = {name: [_read(recognizer, labels)] for name, labels in sets.items()}
    if together and sets:
        read[together] = [reading for readings in read.values() for reading in readings]
    return [_score(name, readings) for name, readings in read.items()]


def _read(recognizer: Recognizer, labels: Path) -> _Reading:
    lines = read_set(labels)
    started = time.perf_counter()
    texts = [reading.text for reading in recognizer.read(lines.images)]
    return _Reading(texts, lines.truths, time.perf_counter() - started)


def _score(name: str, readings: Sequence[_Reading]) -> Score:
    texts = [text for reading in readings for text in reading.texts]
    truths = [truth for reading in readings for truth in reading.truths]
    seconds = sum(reading.seconds for reading in readings)
    return Score(name, len(texts), 1000 * seconds / len(texts), **score_texts(texts, truths))
