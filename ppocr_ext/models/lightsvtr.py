"""LightSVTR, the neck of PP-OCRv6 recognisers: local context, then global attention.

Source: ``EncoderWithLightSVTR`` in PaddleOCR's ``ppocr/modeling/necks/rnn.py`` and ``Block`` in
``backbones/rec_svtrnet.py`` (SVTR, https://arxiv.org/abs/2205.00159); same parameter names.
"""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
from paddle import Tensor, nn

from ppocr_ext.models.layers import ConvNormAct


class Attention(nn.Layer):
    """Multi-head self-attention over all steps: [B, T, dim] -> [B, T, dim]."""

    def __init__(self, dim: int, num_heads: int, attn_drop: float, drop: float) -> None:
        super().__init__()
        self.num_heads, self.head_dim = num_heads, dim // num_heads
        self.qkv = nn.Linear(dim, dim * 3)
        self.attn_drop = nn.Dropout(attn_drop)
        self.proj = nn.Linear(dim, dim)
        self.proj_drop = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        qkv = self.qkv(x).reshape([0, -1, 3, self.num_heads, self.head_dim])
        q, k, v = qkv.transpose([2, 0, 3, 1, 4])  # each [B, heads, T, head_dim]
        scores = paddle.matmul(q * self.head_dim**-0.5, k, transpose_y=True)
        mixed = paddle.matmul(self.attn_drop(F.softmax(scores, axis=-1)), v)
        mixed = mixed.transpose([0, 2, 1, 3]).reshape([0, -1, self.num_heads * self.head_dim])
        return self.proj_drop(self.proj(mixed))


class Mlp(nn.Layer):
    """Two linear layers with Swish between: [B, T, dim] -> [B, T, dim]."""

    def __init__(self, dim: int, hidden: int, drop: float) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.fc2(self.drop(F.swish(self.fc1(x)))))


class SVTRBlock(nn.Layer):
    """Pre-norm transformer block (upstream calls this arrangement ``prenorm=False``)."""

    def __init__(
        self, dim: int, num_heads: int, mlp_ratio: float, drop: float, attn_drop: float
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, epsilon=1e-5)
        self.mixer = Attention(dim, num_heads, attn_drop, drop)
        self.norm2 = nn.LayerNorm(dim, epsilon=1e-5)
        self.mlp = Mlp(dim, int(dim * mlp_ratio), drop)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.mixer(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class LocalConv(nn.Sequential):
    """Depthwise 1xK convolution (``0``), BatchNorm (``1``), Swish (``2``)."""

    def __init__(self, dim: int, kernel: int) -> None:
        conv = nn.Conv2D(
            dim, dim, (1, kernel), padding=(0, kernel // 2), groups=dim, bias_attr=False
        )
        super().__init__(conv, nn.BatchNorm2D(dim), nn.Swish())


class LightSVTR(nn.Layer):
    """[B, C, 1, T] features -> [B, dims, 1, T].

    Args:
        in_channels: C of the backbone.
        dims: width of the neck (120 in PP-OCRv6 small).
        use_guide: stop gradients into the backbone (upstream's option).
    """

    def __init__(
        self,
        in_channels: int,
        dims: int = 64,
        depth: int = 1,
        num_heads: int = 8,
        mlp_ratio: float = 4.0,
        drop_rate: float = 0.1,
        attn_drop_rate: float = 0.1,
        local_kernel: int = 7,
        use_guide: bool = False,
    ) -> None:
        super().__init__()
        self.use_guide = use_guide
        self.conv_reduce = ConvNormAct(in_channels, dims)
        self.local_conv = LocalConv(dims, local_kernel)
        self.svtr_block = nn.LayerList(
            SVTRBlock(dims, num_heads, mlp_ratio, drop_rate, attn_drop_rate) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(dims, epsilon=1e-6)
        self.skip_conv = ConvNormAct(in_channels, dims)
        self.out_channels = dims

    def forward(self, x: Tensor) -> Tensor:
        if self.use_guide:
            x = x.detach()
        skip = self.skip_conv(x)
        z = self.conv_reduce(x)
        z = z + self.local_conv(z)
        z = z.squeeze(2).transpose([0, 2, 1])  # [B, T, dims]
        for block in self.svtr_block:
            z = block(z)
        z = self.norm(z).transpose([0, 2, 1]).unsqueeze(2)
        return z + skip
