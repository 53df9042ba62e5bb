"""Convolutions that train fast on a CPU: same values, same gradients, other kernels of Paddle.

What they save is in output/LOG.md.
"""

from __future__ import annotations

from typing import Any

import paddle
import paddle.nn.functional as F
from paddle import Tensor, nn


class AddBias(paddle.autograd.PyLayer):
    """y [B, C, H, W] + bias [C], several times faster than Paddle's broadcast on a CPU.

    Forward: the shift of an identity BatchNorm, which runs on every thread. Backward: the
    gradient passes unchanged, its sum is the bias's: a product with ones, ten times faster than
    Paddle's sum.

    Told of x and weight, it gives x its gradient where y = depthwise(x, weight) knows of weight's
    only: a depthwise convolution with the turned kernels. Paddle's own scatters columns back into
    images, which takes twice as long.
    """

    @staticmethod
    def forward(
        ctx: Any, y: Tensor, bias: Tensor, x: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        ctx.trains = not y.stop_gradient, not bias.stop_gradient
        ctx.kernels = None if weight is None else weight.detach()
        zeros, ones = _identity_statistics(bias.shape[0])
        return F.batch_norm(y, zeros, ones, ones, bias, training=False, epsilon=0.0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        to_y, to_bias = ctx.trains
        own = gradient if to_y else None, _channel_sums(gradient) if to_bias else None
        return own if ctx.kernels is None else (*own, _turned(gradient, ctx.kernels), None)


def _turned(gradient: Tensor, kernels: Tensor) -> Tensor:
    """The gradient [B, C, H, W] by the input of a depthwise convolution of stride 1."""
    channels, _, *sides = kernels.shape
    padding = [side // 2 for side in sides]
    return F.conv2d(gradient, kernels.flip([2, 3]), padding=padding, groups=channels)


def _channel_sums(x: Tensor) -> Tensor:
    """[B, C, H, W] -> [C]."""
    batch, channels, height, width = x.shape
    rows = x.reshape([batch * channels, height * width])
    return paddle.matmul(rows, paddle.ones([height * width])).reshape([batch, channels]).sum(0)


_STATISTICS: dict[int, tuple[Tensor, Tensor]] = {}


def _identity_statistics(channels: int) -> tuple[Tensor, Tensor]:
    """Mean 0 and variance 1 for ``channels``, made once."""
    if channels not in _STATISTICS:
        _STATISTICS[channels] = (paddle.zeros([channels]), paddle.ones([channels]))
    return _STATISTICS[channels]


class FastConv2D(nn.Conv2D):
    """``nn.Conv2D`` with a fast bias and a fast depthwise gradient on a CPU.

    An exported program and other devices get the plain convolution.
    """

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, C_in, H, W] -> [B, C_out, H', W']."""
        if self.bias is None or not paddle.in_dynamic_mode() or not x.place.is_cpu_place():
            return super().forward(x)
        turns = _keeps_size(self) and paddle.is_grad_enabled() and not x.stop_gradient
        y = F.conv2d(
            x.detach() if turns else x,
            self.weight,
            stride=self._stride,
            padding=self._padding,
            dilation=self._dilation,
            groups=self._groups,
        )
        return AddBias.apply(y, self.bias, *([x, self.weight] if turns else []))


def _keeps_size(conv: nn.Conv2D) -> bool:
    """Whether it is depthwise and its output as large as its input."""
    return (
        conv._groups == conv._in_channels == conv._out_channels
        and list(conv._stride) == list(conv._dilation) == [1, 1]
        and all(side % 2 for side in conv._kernel_size)
        and list(conv._updated_padding) == [side // 2 for side in conv._kernel_size]
    )


def use_fast_convolutions(network: nn.Layer) -> None:
    """Give every plain convolution with a bias in ``network`` the fast CPU path."""
    for layer in network.sublayers(include_self=True):
        if type(layer) is nn.Conv2D and layer.bias is not None and layer._data_format == "NCHW":
            layer.__class__ = FastConv2D
