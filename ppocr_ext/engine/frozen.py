"""Frozen lower layers by onnxruntime: the same features, in half of Paddle's time on a CPU."""

from __future__ import annotations

import os
import tempfile
from itertools import takewhile
from pathlib import Path

import paddle
from paddle import Tensor, nn

from ppocr_ext.export.engines import Engine, onnx_engine
from ppocr_ext.models.lcnetv4 import PPLCNetV4
from ppocr_ext.tensors import to_device


class ServedFeatures:
    """A backbone whose first layers an engine computes: [B, 3, 48, W] -> [B, C, 1, T]."""

    def __init__(self, engine: Engine, rest: list[nn.Layer]) -> None:
        self.engine, self.rest = engine, rest

    def __call__(self, x: Tensor) -> Tensor:
        x = to_device(self.engine(x.numpy()))
        for layer in self.rest:
            x = layer(x)
        return x


def serve_frozen(network: nn.Layer) -> list[str]:
    """Give the first layers of the backbone to onnxruntime, as far as none is trained.

    On a CPU, and for networks that are built here. To be called when the weights are loaded: the
    engine keeps those that it is given. Returns what the log is to say.
    """
    if not (hasattr(network, "features") and paddle.device.get_device() == "cpu"):
        return []
    backbone = network.backbone
    stages = backbone.stages() if isinstance(backbone, PPLCNetV4) else [backbone]
    frozen = list(takewhile(_is_frozen, stages))
    parameters = sum(p.size for stage in frozen for p in stage.parameters())
    if not parameters:
        return []
    network.features = ServedFeatures(_engine(frozen), stages[len(frozen) :])
    return [f"frozen: {parameters:,} numbers of the backbone, computed by onnxruntime"]


def _is_frozen(layer: nn.Layer) -> bool:
    return all(parameter.stop_gradient for parameter in layer.parameters())


def _engine(layers: list[nn.Layer]) -> Engine:
    from ppocr_ext.export.onnx_model import to_onnx
    from ppocr_ext.export.trained import save_program

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_program(nn.Sequential(*layers), folder)
        model = to_onnx(folder, "features", ["batch", "channels", "rows", "columns"])
    threads = int(os.environ.get("OMP_NUM_THREADS", "0"))  # as Paddle
    return onnx_engine(model.SerializeToString(), threads)
