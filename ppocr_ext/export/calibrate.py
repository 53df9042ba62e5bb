"""Confidences that mean what they say: temperature scaling (https://arxiv.org/abs/1706.04599).

The unit is the character: after calibration, of the characters read with a probability of 0.9,
nine in ten are right. PaddleOCR's confidence of a line, the mean over its characters, is then the
share of its characters to expect right. Texts do not change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ppocr_ext.scores.calibration import expected_error, reliability
from ppocr_ext.scores.confusion import right_characters
from ppocr_ext.text.codec import CTCCodec, written_steps

FEWEST_CHARACTERS = 200
TEMPERATURES = np.geomspace(0.25, 8.0, 121)


class Calibration(NamedTuple):
    """Expected calibration error of characters before and after dividing by temperature."""

    temperature: float
    characters: int
    ece_before: float
    ece_after: float


def calibrate(
    outputs: Sequence[np.ndarray], texts: Sequence[str], codec: CTCCodec
) -> Calibration | None:
    """Fit the temperature that makes the characters of ``outputs`` most likely right or wrong.

    Args:
        outputs: probabilities [T, classes] of each line, at temperature 1.
        texts: what each line says, NFC.

    Returns ``None`` for fewer than 200 characters, or when all are right or all wrong: nothing
    can be fitted then.
    """
    steps, right = _characters(outputs, texts, codec)
    if len(right) < FEWEST_CHARACTERS or right.all() or not right.any():
        return None
    logits = np.log(np.maximum(steps, 1e-30))
    losses = [_cross_entropy(_confidence(logits, t), right) for t in TEMPERATURES]
    temperature = round(float(TEMPERATURES[int(np.argmin(losses))]), 3)
    confidences = (steps.max(axis=1), _confidence(logits, temperature))
    before, after = (expected_error(reliability(each, right)) for each in confidences)
    return Calibration(temperature, len(right), before, after)


def _characters(
    outputs: Sequence[np.ndarray], texts: Sequence[str], codec: CTCCodec
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities [N, classes] of every step that wrote a character, and whether it is right."""
    steps, right = [], []
    for probabilities, truth in zip(outputs, texts, strict=True):
        best = probabilities.argmax(axis=1)
        wrote = written_steps(best)
        read = [codec.charset.classes[index] for index in best[wrote]]
        if all(len(character) == 1 for character in read):  # else characters are not letters
            steps.append(probabilities[wrote])
            right.append(right_characters("".join(read), truth))
    if not steps:
        return np.zeros((0, 1)), np.zeros(0, bool)
    return np.concatenate(steps), np.concatenate(right)


def _confidence(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Largest probability [N] of each row at ``temperature``."""
    scaled = logits / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    return 1.0 / np.exp(scaled).sum(axis=1)


def _cross_entropy(confidence: np.ndarray, right: np.ndarray) -> float:
    likelihood = np.where(right, confidence, 1.0 - confidence)
    return float(-np.log(np.maximum(likelihood, 1e-7)).mean())
