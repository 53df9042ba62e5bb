"""Heads of a recogniser: CTC, under PaddleOCR's ``MultiHead`` and its parameter names.

Source: ``rec_multi_head.py`` and ``rec_ctc_head.py`` in PaddleOCR's ``ppocr/modeling/heads``.
"""

from __future__ import annotations

import math

import paddle
from paddle import Tensor, nn


class CTCHead(nn.Layer):
    """One linear layer: [B, T, C] -> logits [B, T, classes]; class 0 is the blank.

    Args:
        fc_decay: L2 decay of this layer alone (upstream's option; Adam and Momentum honour it).
    """

    def __init__(self, in_channels: int, num_classes: int, fc_decay: float = 0.0004) -> None:
        super().__init__()
        bound = 1.0 / math.sqrt(in_channels)

        def attribute() -> paddle.ParamAttr:
            return paddle.ParamAttr(
                initializer=nn.initializer.Uniform(-bound, bound),
                regularizer=paddle.regularizer.L2Decay(fc_decay),
            )

        self.fc = nn.Linear(in_channels, num_classes, attribute(), attribute())

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


class SequenceEncoder(nn.Layer):
    """A neck, then columns as steps: [B, C, 1, T] -> [B, T, C']."""

    def __init__(self, encoder: nn.Layer) -> None:
        super().__init__()
        self.encoder = encoder
        self.out_channels = encoder.out_channels

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x).squeeze(2).transpose([0, 2, 1])


class MultiHead(nn.Layer):
    """PaddleOCR's ``MultiHead``: [B, C, 1, T] -> {"ctc": logits [B, T, classes]}."""

    def __init__(self, neck: nn.Layer, num_classes: int, fc_decay: float = 0.0004) -> None:
        super().__init__()
        self.ctc_encoder = SequenceEncoder(neck)
        self.ctc_head = CTCHead(self.ctc_encoder.out_channels, num_classes, fc_decay)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"ctc": self.ctc_head(self.ctc_encoder(x))}
