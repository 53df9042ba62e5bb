"""No loss gives NaN or infinity, in value or gradient, whatever the logits and the labels."""

from __future__ import annotations

import numpy as np
import paddle
import pytest

from ppocr_ext.losses.build import TERMS, Setting
from ppocr_ext.losses.ctc import Targets
from ppocr_ext.losses.structure import PARTS
from ppocr_ext.text.charset import Charset

CHARSET = Charset.from_characters("aeếạđ")
CLASSES, STEPS = CHARSET.num_classes, 5
# Usual, empty, repeated, too long for the steps, and one that just fits.
ROWS = [[3, 1], [], [2, 2, 2], [1, 1, 1, 1], [1, 2, 3, 4, 5]]
TARGETS = Targets(
    np.array([row + [0] * (5 - len(row)) for row in ROWS], "int32"),
    np.array([len(row) for row in ROWS], "int32"),
)
EXTREMES = {
    "all low": lambda shape: np.full(shape, -100.0),
    "all high": lambda shape: np.full(shape, 100.0),
    "sure of class 1": lambda shape: np.where(np.arange(shape[-1]) == 1, 100.0, -100.0),
    "sure of the blank": lambda shape: np.where(np.arange(shape[-1]) == 0, 100.0, -100.0),
    "by turns": lambda shape: np.where(np.indices(shape).sum(0) % 2, 100.0, -100.0),
    "huge": lambda shape: np.where(np.indices(shape).sum(0) % 3, 1e4, -1e4),
}


@pytest.mark.parametrize("extreme", EXTREMES)
@pytest.mark.parametrize("name", ["CTCLoss", "FocalCTCLoss", "NRTRLoss", "StructureLoss",
                                  "MarginalStructureLoss", "EntropyLoss", "CalibrationLoss",
                                  "RiskLoss", "AttentionLoss"])  # fmt: skip
def test_value_and_gradient_stay_finite(name: str, extreme: str) -> None:
    paddle.seed(0)
    widths = {"ctc": CLASSES, "gtc": CLASSES, "base": CLASSES, "shape": 5, "tone": 6}
    outputs = {}
    for output, width in widths.items():
        shape = (len(ROWS), STEPS, width)
        values = np.broadcast_to(EXTREMES[extreme](shape), shape).astype("float32")
        outputs[output] = paddle.to_tensor(values, stop_gradient=False)
    term = TERMS[name](Setting(CHARSET, 1, frozenset(widths)))
    loss = term.loss(outputs, TARGETS)
    loss.sum().backward()
    assert loss.shape == [len(ROWS)] and np.isfinite(loss.numpy()).all()
    # The structure loss is aligned to the main head and trains its own heads only.
    trained = PARTS if name == "StructureLoss" else term.needs
    for output in trained:
        assert np.isfinite(outputs[output].grad.numpy()).all(), output


def test_every_loss_is_tested_at_extremes() -> None:
    """The names of PaddleOCR's decoders share one loss with AttentionLoss."""
    marks = test_value_and_gradient_stay_finite.pytestmark
    tested = {name for mark in marks if mark.args[0] == "name" for name in mark.args[1]}
    assert {TERMS[name] for name in tested} == set(TERMS.values())
