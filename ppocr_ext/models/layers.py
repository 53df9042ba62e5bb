"""Layers shared by backbones and necks: convolutions with BatchNorm, and their fused form.

On a CPU convolutions train fast: same values, same gradients, other kernels of Paddle. What they
save is in output/LOG.md.

A network has two forms with the same output: the *training* form (several branches, each
with its BatchNorm) and the *fused* form (one convolution with a bias). Converting is exact
(RepVGG, https://arxiv.org/abs/2101.03697); parameter names are PaddleOCR's in both forms.
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

    From x and weight, it gives x its gradient where y = depthwise(x, weight) knows of weight's
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


@paddle.no_grad()
def fold_batch_norm(conv: nn.Conv2D, bn: nn.BatchNorm2D) -> FastConv2D:
    """One convolution with a bias that equals ``bn(conv(x))`` with running statistics."""
    scale = bn.weight / paddle.sqrt(bn._variance + bn._epsilon)
    bias = conv.bias if conv.bias is not None else paddle.zeros_like(bn._mean)
    fused = FastConv2D(
        conv._in_channels,
        conv._out_channels,
        conv._kernel_size,
        stride=conv._stride,
        padding=conv._padding,
        groups=conv._groups,
    )
    fused.weight.set_value(conv.weight * scale.reshape([-1, 1, 1, 1]))
    fused.bias.set_value(bn.bias + (bias - bn._mean) * scale)
    return fused


class ConvBN(nn.Sequential):
    """Convolution without a bias, then BatchNorm: sublayers ``conv`` and ``bn``."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        stride: int | tuple[int, int] = 1,
        padding: int = 0,
        groups: int = 1,
    ) -> None:
        super().__init__()
        conv = nn.Conv2D(
            in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias_attr=False
        )
        self.add_sublayer("conv", conv)
        self.add_sublayer("bn", nn.BatchNorm2D(out_channels))

    def fused(self) -> FastConv2D:
        """The equal single convolution."""
        return fold_batch_norm(self.conv, self.bn)


class ConvNormAct(nn.Layer):
    """PaddleOCR's ``ConvBNLayer`` of the necks: ``conv``, ``norm``, Swish.

    Swish, not SiLU: Paddle's CPU gradient of ``silu`` is NaN below about -88.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        groups: int = 1,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2D(
            in_channels,
            out_channels,
            kernel_size,
            padding=padding,
            groups=groups,
            weight_attr=paddle.ParamAttr(initializer=nn.initializer.KaimingUniform()),
            bias_attr=False,
        )
        self.norm = nn.BatchNorm2D(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, C_in, H, W] -> [B, C_out, H, W]."""
        return F.swish(self.norm(self.conv(x)))
