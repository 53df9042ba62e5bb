"""Paddle's operators in ONNX: one function for each operator that PP-OCR recognisers use.

A function gets the graph, the operator's attributes and its operands in Paddle's order, and
returns the first output. Known values (weights, shapes, axes) come as arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ppocr_ext.export.graph import Graph, Operand

Attributes = Mapping[str, Any]
Translation = Callable[..., Any]
TRANSLATIONS: dict[str, Translation] = {}


def translates(*names: str) -> Callable[[Translation], Translation]:
    """Register a function for ``pd_op.<name>``."""

    def register(function: Translation) -> Translation:
        TRANSLATIONS.update({f"pd_op.{name}": function for name in names})
        return function

    return register


def _integers(value: np.ndarray) -> list[int]:
    return [int(each) for each in np.atleast_1d(value)]


def _vector(values: Sequence[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


# ---- known values


@translates("full_int_array")
def full_int_array(graph: Graph, attributes: Attributes) -> np.ndarray:
    return _vector(attributes["value"])


@translates("full")
def full(graph: Graph, attributes: Attributes) -> np.ndarray:
    is_float = "float" in str(attributes["dtype"]).lower()
    return np.full(attributes["shape"], attributes["value"], np.float32 if is_float else np.int64)


# ---- layers


def _padding(attributes: Attributes) -> dict[str, Any]:
    """ONNX's padding attributes; Paddle gives [height, width] or all four sides."""
    if attributes["padding_algorithm"] == "SAME":
        return {"auto_pad": "SAME_UPPER"}
    paddings = attributes["paddings"]
    if len(paddings) == 2:
        return {"pads": [*paddings, *paddings]}
    top, bottom, left, right = paddings
    return {"pads": [top, left, bottom, right]}


@translates("conv2d", "depthwise_conv2d")
def conv2d(graph: Graph, attributes: Attributes, x: Operand, weight: Operand) -> str:
    return graph.add(
        "Conv",
        x,
        weight,
        group=attributes["groups"],
        strides=attributes["strides"],
        dilations=attributes["dilations"],
        **_padding(attributes),
    )


@translates("pool2d")
def pool2d(graph: Graph, attributes: Attributes, x: Operand, kernel: np.ndarray) -> str:
    is_max = attributes["pooling_type"] == "max"
    if attributes["adaptive"]:
        if _integers(kernel) != [1, 1] or is_max:
            raise NotImplementedError("adaptive pooling to more than one mean")
        return graph.add("GlobalAveragePool", x)
    counting = {} if is_max else {"count_include_pad": int(not attributes["exclusive"])}

    def pool(x: Operand) -> str:
        return graph.add(
            "MaxPool" if is_max else "AveragePool",
            x,
            kernel_shape=_integers(kernel),
            strides=attributes["strides"],
            ceil_mode=int(attributes["ceil_mode"]),
            **_padding(attributes),
            **counting,
        )

    padded = attributes["padding_algorithm"] == "SAME" or any(attributes["paddings"])
    is_plain = not is_max and not padded
    return (_mean_of_sum(graph, x, pool) if is_plain else None) or pool(x)


def _mean_of_sum(graph: Graph, x: Operand, mean: Callable[[Operand], str]) -> str | None:
    """Where ``x`` is a + W b: mean(a) + W mean(b), the same with fewer products.

    The last convolution of PPLCNetV4 then computes a sixth of the places: 5 % of a reading.
    """
    total = graph.made_by(x, "Add")
    for a, product in (total.input, reversed(total.input)) if total else ():
        convolution = graph.made_by(product, "Conv")
        if convolution and graph.is_pointwise(convolution):
            return graph.add("Add", mean(a), graph.again(convolution, mean(convolution.input[0])))
    return None


@translates("batch_norm_")
def batch_norm(
    graph: Graph,
    attributes: Attributes,
    x: Operand,
    mean: Operand,
    variance: Operand,
    scale: Operand,
    bias: Operand,
) -> str:
    epsilon = attributes["epsilon"]
    return graph.add("BatchNormalization", x, scale, bias, mean, variance, epsilon=epsilon)


@translates("layer_norm")
def layer_norm(
    graph: Graph, attributes: Attributes, x: Operand, scale: Operand, bias: Operand
) -> str:
    axis, epsilon = attributes["begin_norm_axis"], attributes["epsilon"]
    return graph.add("LayerNormalization", x, scale, bias, axis=axis, epsilon=epsilon)


@translates("matmul")
def matmul(graph: Graph, attributes: Attributes, x: Operand, y: Operand) -> str:
    if attributes["transpose_x"]:
        raise NotImplementedError("matmul with a transposed left side")
    if attributes["transpose_y"]:  # attention: [B, heads, T, C]
        y = graph.add("Transpose", y, perm=[0, 1, 3, 2])
    return graph.add("MatMul", x, y)


# ---- arithmetic and activations


@translates("add")
def add(graph: Graph, attributes: Attributes, x: Operand, y: Operand) -> Operand:
    if graph.add_bias(x, y):
        return x
    return graph.add("Add", x, y)


@translates("multiply")
def multiply(graph: Graph, attributes: Attributes, x: Operand, y: Operand) -> str:
    return graph.add("Mul", x, y)


@translates("scale")
def scale(graph: Graph, attributes: Attributes, x: Operand, factor: np.ndarray) -> str:
    if attributes["bias"]:
        raise NotImplementedError("scale with a bias")
    return graph.add("Mul", x, factor)


@translates("relu")
def relu(graph: Graph, attributes: Attributes, x: Operand) -> str:
    return graph.add("Relu", x)


@translates("swish", "silu")
def swish(graph: Graph, attributes: Attributes, x: Operand) -> str:
    return graph.add("Mul", x, graph.add("Sigmoid", x))


@translates("hardswish")
def hardswish(graph: Graph, attributes: Attributes, x: Operand) -> str:
    return graph.add("HardSwish", x)


@translates("hardsigmoid")
def hardsigmoid(graph: Graph, attributes: Attributes, x: Operand) -> str:
    return graph.add("HardSigmoid", x, alpha=attributes["slope"], beta=attributes["offset"])


@translates("gelu")
def gelu(graph: Graph, attributes: Attributes, x: Operand) -> str:
    return graph.add("Gelu", x, approximate="tanh" if attributes["approximate"] else "none")


@translates("softmax")
def softmax(graph: Graph, attributes: Attributes, x: Operand) -> str:
    return graph.add("Softmax", x, axis=attributes["axis"])


@translates("mean")
def mean(graph: Graph, attributes: Attributes, x: Operand, axes: np.ndarray) -> str:
    keepdims = int(attributes["keepdim"])
    return graph.add("ReduceMean", x, _vector(_integers(axes)), keepdims=keepdims)


@translates("dropout", "assign")
def same(graph: Graph, attributes: Attributes, x: Operand, *_: Operand) -> Operand:
    """At inference nothing is dropped (``upscale_in_train``)."""
    if attributes.get("mode", "upscale_in_train") != "upscale_in_train":
        raise NotImplementedError("dropout that scales at inference")
    return x


# ---- shapes


@translates("reshape")
def reshape(graph: Graph, attributes: Attributes, x: Operand, shape: Operand) -> Operand:
    if isinstance(x, np.ndarray) and isinstance(shape, np.ndarray):
        return x.reshape(_integers(shape))
    return graph.add("Reshape", x, shape)


@translates("flatten")
def flatten(graph: Graph, attributes: Attributes, x: Operand) -> str:
    start, rank = attributes["start_axis"], attributes["rank"]
    if attributes["stop_axis"] != rank - 1:
        raise NotImplementedError("flatten of axes before the last")
    return graph.add("Reshape", x, _vector([0] * start + [-1]))


@translates("transpose")
def transpose(graph: Graph, attributes: Attributes, x: Operand) -> str:
    return graph.add("Transpose", x, perm=attributes["perm"])


@translates("squeeze")
def squeeze(graph: Graph, attributes: Attributes, x: Operand, axes: Operand) -> str:
    return graph.add("Squeeze", x, axes)


@translates("unsqueeze")
def unsqueeze(graph: Graph, attributes: Attributes, x: Operand, axes: Operand) -> str:
    return graph.add("Unsqueeze", x, axes)


@translates("slice")
def cut(graph: Graph, attributes: Attributes, x: Operand, starts: Operand, ends: Operand) -> str:
    piece = graph.add("Slice", x, starts, ends, _vector(attributes["axes"]))
    dropped = attributes["decrease_axis"]
    return graph.add("Squeeze", piece, _vector(dropped)) if dropped else piece


@translates("concat")
def concat(graph: Graph, attributes: Attributes, parts: list[Operand], axis: np.ndarray) -> str:
    return graph.add("Concat", *parts, axis=_integers(axis)[0])


@translates("shape64")
def shape64(graph: Graph, attributes: Attributes, x: Operand) -> str:
    return graph.add("Shape", x)


@translates("stack")
def stack(graph: Graph, attributes: Attributes, parts: list[Operand]) -> str:
    axis = attributes["axis"]
    raised = [
        part.reshape(1)
        if isinstance(part, np.ndarray)
        else graph.add("Unsqueeze", part, _vector([axis]))
        for part in parts
    ]
    return graph.add("Concat", *raised, axis=axis)
