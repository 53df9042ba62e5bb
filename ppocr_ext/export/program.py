"""A network as Paddle's inference files: ``inference.json`` and ``inference.pdiparams``."""

from __future__ import annotations

from pathlib import Path

import paddle
from paddle import Tensor, nn

from ppocr_ext.models.lines import probabilities
from ppocr_ext.narrow import writable

HEIGHT = 48  # pixels


class Reader(nn.Layer):
    """What is exported: images [B, 3, 48, W] in -1..1 -> probabilities [B, T, classes].

    The temperature is part of it, so a calibrated model is calibrated in PaddleOCR and RapidOCR as
    well; and what a decoder writes is CTC's, which they read.
    """

    def __init__(self, network: nn.Layer, temperature: float = 1.0) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, x: Tensor) -> Tensor:
        return probabilities(self.network(x), self.temperature)


def write_program(network: nn.Layer, folder: Path, temperature: float = 1.0) -> None:
    """Write both files of a reader into ``folder``."""
    save_program(Reader(network, temperature), folder)


def save_program(layer: nn.Layer, folder: Path) -> None:
    """Write what ``layer`` computes of images in evaluation; batch and width are free."""
    layer.eval()
    images = paddle.static.InputSpec([None, 3, HEIGHT, None], "float32", name="x")
    program = paddle.jit.to_static(layer, input_spec=[images], full_graph=True)
    with writable(folder) as place:
        paddle.jit.save(program, str(place / "inference"))
