"""From the fused form back to branches: the same function, with all the branches to train.

Fusing has many inverses. Here the first branch becomes the whole convolution and the others add
nothing yet. What BatchNorms subtracted and divided by is in the fused weights for good, so they
get the neutral statistics (mean 0, variance 1), which are then kept while training: those of a
batch would change the function.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn

from ppocr_ext.models.layers import ConvBN
from ppocr_ext.models.lcnetv4 import ConvBNReLU, RepDWConv

Arrays = Mapping[str, np.ndarray]


@paddle.no_grad()
def split_into_branches(network: nn.Layer, fused: Arrays) -> None:
    """Set ``network``, in the training form, to compute what the tensors ``fused`` compute.

    Tensors that both forms have are copied, those of ``fused`` that neither has are left out.
    """
    slots = network.state_dict()
    for name in slots.keys() & fused.keys():
        slots[name].set_value(fused[name])
    for name, layer in network.named_sublayers():
        if isinstance(layer, ConvBNReLU) and f"{name}.conv.bias" in fused:
            _take(layer.conv, layer.bn, *_pair(fused, f"{name}.conv"))
        elif isinstance(layer, ConvBN) and f"{name}.bias" in fused:
            _take(layer.conv, layer.bn, *_pair(fused, name))
        elif isinstance(layer, RepDWConv):
            weight, bias = _pair(fused, f"{name}.reparam_conv")
            others = F.pad(layer.conv1.weight + 1.0, [1, 1, 1, 1])  # and the identity
            _take(layer.conv.conv, layer.conv.bn, weight - others, paddle.zeros_like(bias))
            _neutral(layer.bn, bias)
        elif hasattr(layer, "conv_kxk"):  # PPLCNetV3's LearnableRepLayer
            first, *more = layer.conv_kxk
            _take(first.conv, first.bn, *_pair(fused, f"{name}.reparam_conv"))
            unused = [*(branch.bn for branch in more), layer.identity]
            unused += [layer.conv_1x1.bn] if layer.conv_1x1 is not None else []
            for norm in filter(None, unused):
                _neutral(norm, paddle.zeros_like(norm.bias))
                norm.weight.set_value(paddle.zeros_like(norm.weight))


def has_neutral_statistics(arrays: Arrays) -> bool:
    """Whether a BatchNorm's statistics in saved weights were never measured."""
    return any(name.endswith("._variance") and (arrays[name] == 1).all() for name in arrays)


def _pair(arrays: Arrays, name: str) -> tuple[Any, Any]:
    return paddle.to_tensor(arrays[f"{name}.weight"]), paddle.to_tensor(arrays[f"{name}.bias"])


def _take(conv: nn.Conv2D, norm: nn.BatchNorm2D, weight: Any, bias: Any) -> None:
    """Let both together be the convolution with this weight and bias."""
    conv.weight.set_value(weight)
    _neutral(norm, bias)


def _neutral(norm: nn.BatchNorm2D, bias: Any) -> None:
    """Let it add ``bias`` and do nothing else."""
    norm._mean.set_value(paddle.zeros_like(norm._mean))
    norm._variance.set_value(paddle.ones_like(norm._variance))
    norm.weight.set_value(paddle.full_like(norm.weight, (1.0 + norm._epsilon) ** 0.5))
    norm.bias.set_value(bias)
