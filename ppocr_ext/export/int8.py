"""``inference_int8.onnx``: the same network, most of it computed in 8-bit integers.

Nearly all of the time goes into the backbone's 1x1 convolutions, which run at the processor's
limit in float32; 8-bit integers have four times that limit where the processor has VNNI
instructions (Intel since 2019, AMD since Zen 4; without them it is slower, and less exact).
Texts change here and there, so this is a file beside ``inference.onnx``, never in its place.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.quant_utils import add_pre_process_metadata

from ppocr_ext.errors import UserError
from ppocr_ext.export.engines import INT8_FILE, Engine, open_engine
from ppocr_ext.export.lines import Lines
from ppocr_ext.metrics import RecognitionMetric
from ppocr_ext.text.codec import CTCCodec

RANGED_LINES = 128  # lines whose activations tell the ranges
FEWEST_CHANNELS = 64  # narrower convolutions gain nothing
LARGEST_RISE = 0.005  # of the character error rate


class Int8(NamedTuple):
    """Character error rates of the float32 and of the 8-bit model on ``lines`` labelled lines."""

    lines: int
    cer_float32: float
    cer_int8: float

    def require(self) -> None:
        """Raise :class:`UserError` when 8 bits are too few for this network."""
        if self.cer_int8 - self.cer_float32 > LARGEST_RISE:
            raise UserError(
                f"8-bit integers raise the CER from {self.cer_float32:.4f} to {self.cer_int8:.4f}",
                f"a rise of at most {LARGEST_RISE}",
                "export without --int8; nothing was put in place",
            )


def write_int8(folder: Path, lines: Lines, codec: CTCCodec) -> Int8:
    """Write ``inference_int8.onnx`` beside ``<folder>/inference.onnx`` and compare the two.

    Raises :class:`UserError` without labelled lines, or when the error rate rises too much.
    """
    if not lines.texts:
        raise UserError(
            "there are no labelled lines to fit 8-bit integers to",
            "a label file",
            "give one with --lines",
        )
    _quantize(folder / "inference.onnx", folder / INT8_FILE, lines.images[:RANGED_LINES])
    rates = [_cer(open_engine(folder, name), lines, codec) for name in _COMPARED]
    result = Int8(len(lines.texts), *rates)
    result.require()
    return result


_COMPARED = ("onnxruntime", "onnxruntime-int8")


class _Feed:
    """What onnxruntime takes its calibration inputs from."""

    def __init__(self, images: Iterable[np.ndarray]) -> None:
        self._images = iter(images)

    def get_next(self) -> dict[str, np.ndarray] | None:
        image = next(self._images, None)
        return None if image is None else {"x": image}


def _quantize(source: Path, target: Path, images: Iterable[np.ndarray]) -> None:
    """Weights get a scale for each output channel, activations one for each tensor."""
    model = onnx.load(str(source))
    names = pointwise_convolutions(model)
    if not names:
        raise UserError(
            "the network has no wide 1x1 convolution: 8-bit integers would gain nothing",
            "the networks of PP-OCRv4 to v6 recognisers",
            "export without --int8",
        )
    add_pre_process_metadata(model)  # what it would simplify is simple already
    onnxruntime.set_default_logger_severity(3)
    # Its own temporary files lie beside the model: in a folder that any system can name.
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        prepared = Path(name) / "prepared.onnx"
        onnx.save(model, str(prepared))
        quantize_static(
            str(prepared),
            str(target),
            _Feed(images),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            nodes_to_quantize=names,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )


def pointwise_convolutions(model: onnx.ModelProto) -> list[str]:
    """Names of the wide 1x1 convolutions over maps of more than one row: the backbone's.

    Those over one row are squeeze-and-excitation and the neck: little time, and they do need the
    precision (measured).
    """
    graph = onnx.shape_inference.infer_shapes(model).graph
    rows = {value.name: _rows(value) for value in graph.value_info}
    weights = {weight.name: tuple(weight.dims) for weight in graph.initializer}
    return [
        node.name
        for node in graph.node
        if node.op_type == "Conv"
        and weights[node.input[1]][2:] == (1, 1)
        and min(weights[node.input[1]][:2]) >= FEWEST_CHANNELS
        and rows.get(node.input[0], 0) > 1
    ]


def _rows(value: onnx.ValueInfoProto) -> int:
    """Height of a feature map [B, C, H, W]; 0 for anything else."""
    dims = value.type.tensor_type.shape.dim
    return dims[2].dim_value if len(dims) == 4 else 0


def _cer(engine: Engine, lines: Lines, codec: CTCCodec) -> float:
    metric = RecognitionMetric()
    for image, text in zip(lines.images, lines.texts, strict=True):
        metric.update([codec.decode_batch(engine(image))[0][0]], [text])
    return metric.summary()["cer"]
