"""``inference.onnx`` from ``inference.json``: Paddle's program walked operator by operator.

paddle2onnx needs an older ``onnx`` than the one that is pinned here, and PP-OCR recognisers use
about thirty operators: see :mod:`ppocr_ext.export.onnx_ops`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import paddle

from ppocr_ext.errors import UserError
from ppocr_ext.export.graph import Graph
from ppocr_ext.export.onnx_ops import TRANSLATIONS
from ppocr_ext.narrow import readable
from ppocr_ext.text.charset import Charset


def write_onnx(folder: Path, charset: Charset) -> Path:
    """Write ``<folder>/inference.onnx`` beside Paddle's files, with its dictionary inside.

    RapidOCR reads the dictionary from the metadata key ``character``.
    """
    model = to_onnx(folder, "probabilities", ["batch", "steps", charset.num_classes])
    entry = model.metadata_props.add()
    entry.key, entry.value = "character", "\n".join(charset.characters)
    onnx.checker.check_model(model)
    path = folder / "inference.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def to_onnx(folder: Path, output: str, dims: list[int | str]) -> onnx.ModelProto:
    """The program in ``folder``, its result named ``output``; ``dims`` are its axes, the free ones
    by name. Batch and width of the images are free."""
    from paddle.pir_utils import IrGuard

    scope = paddle.static.Scope()
    with IrGuard(), paddle.static.scope_guard(scope), readable(folder, "inference.*") as place:
        executor = paddle.static.Executor(paddle.CPUPlace())
        program, _, _ = paddle.static.load_inference_model(str(place / "inference"), executor)
        graph, result = _translate(program, scope)
    return graph.model("x", result, output, dims)


def _translate(program: Any, scope: Any) -> tuple[Graph, Any]:
    """Every operator in order; ``values`` holds each result under Paddle's identity of it."""
    graph = Graph()
    values: dict[Any, Any] = {}
    for op in program.global_block().ops:
        if op.name() == "pd_op.fetch":
            (result,) = op.operands_source()
            return graph, values[result.id]
        outputs = op.results()
        values[outputs[0].id] = _value_of(op, scope, graph, values)
    raise UserError("inference.json has no output", "a program written by this export")


def _value_of(op: Any, scope: Any, graph: Graph, values: dict[Any, Any]) -> Any:
    """An array for what is known, the name of a tensor for what is computed."""
    name, attributes = op.name(), op.attrs()
    operands = [values[operand.id] for operand in op.operands_source() if operand.initialized()]
    if name == "pd_op.data":
        return attributes["name"]
    if name == "builtin.parameter":
        return np.array(scope.find_var(attributes["parameter_name"]).get_tensor())
    if name == "builtin.combine":
        return operands
    if name not in TRANSLATIONS:
        raise UserError(
            f"the network uses the operator {name}, which has no translation to ONNX",
            "the networks of PP-OCRv4 to v6 recognisers",
            "export for Paddle alone with --no-onnx, or add it to ppocr_ext/export/onnx_ops.py",
        )
    if name == "pd_op.flatten":
        attributes["rank"] = len(op.operands_source()[0].shape)
    return TRANSLATIONS[name](graph, attributes, *operands)
