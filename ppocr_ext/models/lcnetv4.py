"""PPLCNetV4, the backbone of PP-OCRv6 recognisers.

Names and shapes of every parameter equal PaddleOCR's ``ppocr/modeling/backbones/rec_lcnetv4.py``
in the training and in the fused form. One difference, on purpose: features are pooled the same
way in training as in evaluation. (Upstream pools to 40 steps whatever the width while training,
so that a label which needs more has a CTC loss of exactly 0.)
"""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
from paddle import Tensor, nn

from ppocr_ext.models.layers import ConvBN, FastConv2D, fold_batch_norm

# A block: in_channels, out_channels, stride, squeeze-and-excitation.
Stride = int | tuple[int, int]
Block = tuple[int, int, Stride, bool]

# size: (stem kind, stem channels, {stage: blocks}); strides of (2, 1) halve the height only.
SIZES: dict[str, tuple[str, tuple[int, int], dict[str, list[Block]]]] = {
    "tiny": (
        "simple",
        (24, 48),
        {
            "blocks2": [(48, 48, 1, True)],
            "blocks3": [(48, 48, 1, False)],
            "blocks4": [(48, 96, (2, 1), False), (96, 96, 1, True), (96, 96, 1, False)],
            "blocks5": [(96, 160, (2, 1), False), (160, 160, 1, True), *[(160, 160, 1, False)] * 2],
        },
    ),
    "small": (
        "branch",
        (48, 96),
        {
            "blocks2": [(96, 96, 1, True)],
            "blocks3": [(96, 96, 1, False)] * 2,
            "blocks4": [(96, 192, (2, 1), False)] + [(192, 192, 1, True), (192, 192, 1, False)] * 3,
            "blocks5": [(192, 384, (2, 1), False), (384, 384, 1, True), (384, 384, 1, False)],
        },
    ),
    "medium": (
        "branch",
        (64, 128),
        {
            "blocks2": [(128, 128, 1, True)],
            "blocks3": [(128, 256, 1, False), (256, 256, 1, False), (256, 256, 1, True)],
            "blocks4": [(256, 512, (2, 1), False)]
            + [(512, 512, 1, True), (512, 512, 1, False)] * 3,
            "blocks5": [(512, 768, (2, 1), False), (768, 768, 1, True), (768, 768, 1, False)],
        },
    ),
}
STAGES = ("blocks2", "blocks3", "blocks4", "blocks5", "blocks6")


class ConvBNReLU(nn.Layer):
    """A layer of the branched stem; fused, ``conv`` has a bias and ``bn`` is gone."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int,
        padding: int | str,
        fused: bool,
    ) -> None:
        super().__init__()
        conv = FastConv2D if fused else nn.Conv2D
        self.conv = conv(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding=padding,
            bias_attr=None if fused else False,
        )
        self.bn = None if fused else nn.BatchNorm2D(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return F.relu(x if self.bn is None else self.bn(x))

    def fuse(self) -> None:
        if self.bn is not None:
            self.conv = fold_batch_norm(self.conv, self.bn)
            self.bn = None


class StemBlock(nn.Layer):
    """Stem of two branches and stride 4: [B, 3, H, W] -> [B, C, H/4, W/4]."""

    def __init__(self, mid: int, out: int, fused: bool) -> None:
        super().__init__()
        self.stem1 = ConvBNReLU(3, mid, 3, 2, 1, fused)
        self.stem2a = ConvBNReLU(mid, mid // 2, 2, 1, "SAME", fused)
        self.stem2b = ConvBNReLU(mid // 2, mid, 2, 1, "SAME", fused)
        self.stem3 = ConvBNReLU(mid * 2, mid, 3, 2, 1, fused)
        self.stem4 = ConvBNReLU(mid, out, 1, 1, 0, fused)
        self.pool = nn.MaxPool2D(kernel_size=2, stride=1, padding="SAME")

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem1(x)
        branches = [self.pool(x), self.stem2b(self.stem2a(x))]
        return self.stem4(self.stem3(paddle.concat(branches, axis=1)))

    def fuse(self) -> None:
        for layer in (self.stem1, self.stem2a, self.stem2b, self.stem3, self.stem4):
            layer.fuse()


def simple_stem(mid: int, out: int) -> nn.Sequential:
    """Stem of two 3x3 convolutions, stride 4 (tiny); upstream does not fuse it, nor do we."""
    return nn.Sequential(ConvBN(3, mid, 3, 2, 1), nn.GELU(), ConvBN(mid, out, 3, 2, 1))


class SELayer(nn.Layer):
    """Squeeze-and-excitation (https://arxiv.org/abs/1709.01507)."""

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        self.conv1 = FastConv2D(channels, channels // reduction, 1)
        self.conv2 = FastConv2D(channels // reduction, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        scale = F.relu(self.conv1(F.adaptive_avg_pool2d(x, 1)))  # 7x faster than x.mean on a CPU
        return x * F.hardsigmoid(self.conv2(scale))


class RepDWConv(nn.Layer):
    """Depthwise 3x3: three branches in training, ``reparam_conv`` alone when fused."""

    def __init__(self, channels: int, fused: bool) -> None:
        super().__init__()
        self.is_fused = fused
        if fused:
            self.reparam_conv = FastConv2D(channels, channels, 3, 1, 1, groups=channels)
        else:
            self.conv = ConvBN(channels, channels, 3, 1, 1, groups=channels)
            self.conv1 = nn.Conv2D(channels, channels, 1, groups=channels, bias_attr=False)
            self.bn = nn.BatchNorm2D(channels)

    def forward(self, x: Tensor) -> Tensor:
        if self.is_fused:
            return self.reparam_conv(x)
        return self.bn(self.conv(x) + self.conv1(x) + x)

    @paddle.no_grad()
    def fuse(self) -> None:
        if self.is_fused:
            return
        summed = self.conv.fused()
        centre = self.conv1.weight + paddle.ones_like(self.conv1.weight)
        summed.weight.set_value(summed.weight + F.pad(centre, [1, 1, 1, 1]))
        self.reparam_conv = fold_batch_norm(summed, self.bn)
        del self.conv, self.conv1, self.bn
        self.is_fused = True


class LCNetV4Block(nn.Layer):
    """Token mixer (depthwise, optional SE), then channel mixer (expand x2, GELU, compress)."""

    def __init__(
        self, in_channels: int, out_channels: int, stride: Stride, use_se: bool, fused: bool
    ) -> None:
        super().__init__()
        self.residual = in_channels == out_channels and stride == 1
        self.token_mixer = nn.Sequential()
        if self.residual:
            self.token_mixer.add_sublayer("rep_dw", RepDWConv(in_channels, fused))
        else:
            depthwise = FastConv2D if fused else ConvBN
            layer = depthwise(in_channels, in_channels, 3, stride, padding=1, groups=in_channels)
            self.token_mixer.add_sublayer("dw_conv", layer)
        if use_se:
            self.token_mixer.add_sublayer("se", SELayer(in_channels))
        pointwise = FastConv2D if fused else ConvBN
        self.channel_mixer = nn.Sequential()
        self.channel_mixer.add_sublayer("expand", pointwise(in_channels, in_channels * 2, 1))
        self.channel_mixer.add_sublayer("act", nn.GELU())
        self.channel_mixer.add_sublayer("compress", pointwise(in_channels * 2, out_channels, 1))
        if self.residual and not fused:  # the block starts as the identity
            nn.initializer.Constant(0.0)(self.channel_mixer.compress.bn.weight)

    def forward(self, x: Tensor) -> Tensor:
        x = self.token_mixer(x)
        return x + self.channel_mixer(x) if self.residual else self.channel_mixer(x)

    def fuse(self) -> None:
        if self.residual:
            self.token_mixer.rep_dw.fuse()
        _fuse_members(self.token_mixer)
        _fuse_members(self.channel_mixer)


def _fuse_members(sequence: nn.Sequential) -> None:
    """Replace each :class:`ConvBN` in ``sequence`` by its single convolution."""
    for name, layer in list(sequence.named_children()):
        if isinstance(layer, ConvBN):
            setattr(sequence, name, layer.fused())


class PPLCNetV4(nn.Layer):
    """Image to features: [B, 3, H, W] float32 in -1..1 -> [B, C, 1, W/8], H = 48.

    Args:
        model_size: ``tiny``, ``small`` or ``medium``.
        fused: build the fused form.
    """

    def __init__(self, model_size: str = "small", fused: bool = False) -> None:
        super().__init__()
        stem, (mid, out), stages = SIZES[model_size]
        self.conv1 = StemBlock(mid, out, fused) if stem == "branch" else simple_stem(mid, out)
        for name in STAGES:
            blocks = [LCNetV4Block(*block, fused=fused) for block in stages.get(name, [])]
            setattr(self, name, nn.Sequential(*blocks))
        self.pool = nn.AvgPool2D([3, 2])
        self.out_channels = stages["blocks5"][-1][1]

    def forward(self, x: Tensor) -> Tensor:
        for stage in self.stages():
            x = stage(x)
        return x

    def stages(self) -> list[nn.Layer]:
        """What an image goes through, one after the other."""
        return [self.conv1, *(getattr(self, name) for name in STAGES), self.pool]

    def fuse(self) -> None:
        """Turn the training form into the fused form, in place; the output stays the same."""
        if isinstance(self.conv1, StemBlock):
            self.conv1.fuse()
        for name in STAGES:
            for block in getattr(self, name):
                block.fuse()
