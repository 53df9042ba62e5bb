"""A network as Paddle's inference files: ``inference.json`` and ``inference.pdiparams``."""

from __future__ import annotations

from pathlib import Path

import paddle
import paddle.nn.functional as F
from paddle import Tensor, nn

from ppocr_ext.narrow import writable

HEIGHT = 48  # pixels


class Reader(nn.Layer):
    """What is exported: images [B, 3, 48, W] in -1..1 -> probabilities [B, T, classes].

    Dividing the logits by ``temperature`` changes confidences, never the text, so a calibrated
    model is calibrated in PaddleOCR and RapidOCR as well.
    """

    def __init__(self, network: nn.Layer, temperature: float = 1.0) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, x: Tensor) -> Tensor:
        logits = self.network(x)["ctc"]
        if self.temperature != 1.0:
            logits = logits * (1.0 / self.temperature)
        return F.softmax(logits, axis=-1)


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
