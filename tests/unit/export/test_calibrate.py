"""Calibration on constructed outputs whose right temperature is known."""

from __future__ import annotations

import numpy as np
import pytest

from ppocr_ext.export.verify import calibrate
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec

CODEC = CTCCodec(Charset("ab", use_space_char=False))


def _line(random: np.random.Generator, sharpness: float) -> tuple[np.ndarray, str]:
    """Ten characters drawn from softmax(logits), output as softmax(logits * sharpness)."""
    steps, text = [], ""
    for _ in range(10):
        logits = np.array([-9.0, random.normal(0, 2), random.normal(0, 2)])
        text += str(random.choice(["a", "b"], p=np.exp(logits[1:]) / np.exp(logits[1:]).sum()))
        steps += [logits, np.array([9.0, -9.0, -9.0])]
    scaled = np.exp(np.array(steps) * sharpness)
    return scaled / scaled.sum(axis=1, keepdims=True), text


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 2.0])
def test_the_true_temperature_is_found(sharpness: float) -> None:
    random = np.random.default_rng(0)
    outputs, texts = zip(*(_line(random, sharpness) for _ in range(300)), strict=True)
    calibration = calibrate(outputs, texts, CODEC)
    assert calibration is not None
    assert calibration.characters == 3000
    # Alignment may explain a wrong letter by a shift, so the fit is near, not exact.
    assert calibration.temperature == pytest.approx(sharpness, rel=0.35)


def test_nothing_is_fitted_to_too_few_characters_or_to_perfection() -> None:
    output = np.array([[0.1, 0.8, 0.1], [0.8, 0.1, 0.1]])
    assert calibrate([output], ["b"], CODEC) is None
    assert calibrate([output] * 300, ["a"] * 300, CODEC) is None
