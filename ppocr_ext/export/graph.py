"""An ONNX graph under construction: nodes, their weights, and names for both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

# Opset 20 (Gelu) in IR 9: read by every onnxruntime since 1.17.
OPSET, IR_VERSION = 20, 9

# The name of a computed tensor, or the value of one that is known already.
Operand = str | np.ndarray


class Graph:
    """Nodes in order of use; every method that adds one returns the name of its output."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._weights: list[TensorProto] = []
        self._names: dict[int, str] = {}
        self._kept: list[np.ndarray] = []  # so that no two weights get the same id()

    def add(self, op_type: str, *operands: Operand, **attributes: Any) -> str:
        """Append ``op_type(*operands)``; arrays among the operands become weights."""
        output = f"{op_type.lower()}_{len(self._nodes)}"
        inputs = [self.name_of(operand) for operand in operands]
        self._nodes.append(helper.make_node(op_type, inputs, [output], name=output, **attributes))
        return output

    def made_by(self, x: Operand, op_type: str) -> NodeProto | None:
        """The node that computes ``x``, if it is an ``op_type``."""
        found = (node for node in reversed(self._nodes) if node.output[0] == x)
        return next((node for node in found if node.op_type == op_type), None)

    def is_pointwise(self, node: NodeProto) -> bool:
        """Whether a convolution computes each place of a map by itself."""
        weight = next(w for w in self._weights if w.name == node.input[1])
        strides = next(a.ints for a in node.attribute if a.name == "strides")
        return list(weight.dims[2:]) == [1, 1] and list(strides) == [1, 1]

    def again(self, node: NodeProto, x: Operand) -> str:
        """``node`` once more, with ``x`` in the place of its first input."""
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        return self.add(node.op_type, x, *node.input[1:], **attributes)

    def add_bias(self, x: Operand, bias: Operand) -> bool:
        """Make ``bias`` [1, C, 1, 1] part of the convolution that has just computed ``x``."""
        last = self._nodes[-1] if self._nodes else None
        if last is None or last.op_type != "Conv" or last.output[0] != x or len(last.input) != 2:
            return False
        if not isinstance(bias, np.ndarray) or bias.ndim != 4 or bias.shape[1] != bias.size:
            return False
        last.input.append(self.name_of(bias.reshape(-1)))
        return True

    def name_of(self, operand: Operand) -> str:
        """The tensor's name; an array is stored as a weight the first time it is used."""
        if isinstance(operand, str):
            return operand
        if id(operand) not in self._names:
            name = f"weight_{len(self._weights)}"
            self._weights.append(numpy_helper.from_array(np.ascontiguousarray(operand), name))
            self._names[id(operand)] = name
            self._kept.append(operand)
        return self._names[id(operand)]

    def model(
        self, entry: str, result: Operand, output: str, dims: Sequence[int | str]
    ) -> ModelProto:
        """The finished model: ``entry`` float32 [N, 3, 48, W] -> ``output`` float32 ``dims``."""
        self._nodes.append(helper.make_node("Identity", [self.name_of(result)], [output]))
        image = helper.make_tensor_value_info(entry, TensorProto.FLOAT, ["batch", 3, 48, "width"])
        found = helper.make_tensor_value_info(output, TensorProto.FLOAT, dims)
        nodes = self._needed(output)
        graph = helper.make_graph(nodes, "recogniser", [image], [found], self._weights)
        opset = helper.make_opsetid("", OPSET)
        return helper.make_model(
            graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="ppocr_ext"
        )

    def _needed(self, result: str) -> list[NodeProto]:
        """The nodes that ``result`` depends on, in their order."""
        names, nodes = {result}, []
        for node in reversed(self._nodes):
            if node.output[0] in names:
                names.update(node.input)
                nodes.append(node)
        return nodes[::-1]
