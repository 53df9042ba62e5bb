"""Layers shared by backbones and necks: convolutions with BatchNorm, and their fused form.

A network has two forms with the same output: the *training* form (several branches, each
with its BatchNorm) and the *fused* form (one convolution with a bias). Converting is exact
(RepVGG, https://arxiv.org/abs/2101.03697); parameter names are PaddleOCR's in both forms.
"""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
from paddle import Tensor, nn

from ppocr_ext.models.fast_conv import FastConv2D


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
