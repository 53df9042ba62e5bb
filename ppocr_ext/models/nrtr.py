"""NRTR's decoder: a transformer that writes one character a step.

As the guidance head of a CTC network (its gradient teaches the backbone, its weights are left
out of an export), or as the main head. Names and shapes of every parameter equal PaddleOCR's
``ppocr/modeling/heads/rec_nrtr_head.py`` and ``rec_multi_head.py``; NRTR is
https://arxiv.org/abs/1806.00926.

PaddleOCR numbers its classes padding, unknown, start, end, then the dictionary, and has one row
that stands for nothing. Outside this file the end is class 0 and characters have their CTC
classes: logits leave as a slice, labels enter with a shift.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import paddle
import paddle.nn.functional as F
from paddle import Tensor, nn

START, END = 2, 3
SHIFT = END  # PaddleOCR's class of a character, less its CTC class
EXTRA_CLASSES = 4  # padding, unknown and start, which CTC has not, and the row for nothing

Cache = tuple[Tensor, Tensor]
"""Keys and values of the image's features, each [B, heads, T, head_dim]."""


class Attention(nn.Layer):
    """Multi-head attention, scaled (https://arxiv.org/abs/1706.03762): parts of both kinds."""

    def __init__(self, dim: int, num_heads: int, dropout: float) -> None:
        super().__init__()
        self.num_heads, self.head_dim = num_heads, dim // num_heads
        self.attn_drop = nn.Dropout(dropout)
        self.out_proj = nn.Linear(dim, dim)

    def split(self, x: Tensor, parts: int) -> Tensor:
        """[B, S, parts * dim] -> [parts, B, heads, S, head_dim]."""
        x = x.reshape([0, -1, parts, self.num_heads, self.head_dim])
        return x.transpose([2, 0, 3, 1, 4])

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
        """q [B, heads, Q, head_dim], k and v [B, heads, K, head_dim] -> [B, Q, dim]."""
        scores = paddle.matmul(q, k, transpose_y=True) * self.head_dim**-0.5
        if mask is not None:
            scores = scores + mask
        mixed = paddle.matmul(self.attn_drop(F.softmax(scores, axis=-1)), v)
        mixed = mixed.transpose([0, 2, 1, 3]).reshape([0, -1, self.num_heads * self.head_dim])
        return self.out_proj(mixed)


class SelfAttention(Attention):
    """Each character looks at those before it."""

    def __init__(self, dim: int, num_heads: int, dropout: float) -> None:
        super().__init__(dim, num_heads, dropout)
        self.qkv = nn.Linear(dim, dim * 3)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x: [B, S, dim]; mask: [S, S], −inf where a character must not look."""
        q, k, v = self.split(self.qkv(x), 3)
        return self.attend(q, k, v, mask)

    def step(self, x: Tensor, past: Tensor | None) -> tuple[Tensor, Tensor]:
        """The newest character alone, x: [B, 1, dim]; past: [2, B, heads, S, head_dim], keys and
        values of the characters before it. Returns [B, 1, dim] and ``past`` with it."""
        new = self.split(self.qkv(x), 3)
        past = new[1:] if past is None else paddle.concat([past, new[1:]], axis=3)
        return self.attend(new[0], past[0], past[1]), past


class CrossAttention(Attention):
    """Each character looks at the image's features."""

    def __init__(self, dim: int, num_heads: int, dropout: float) -> None:
        super().__init__(dim, num_heads, dropout)
        self.q = nn.Linear(dim, dim)
        self.kv = nn.Linear(dim, dim * 2)

    def memory(self, features: Tensor) -> Cache:
        """features: [B, T, dim]."""
        k, v = self.split(self.kv(features), 2)
        return k, v

    def forward(self, x: Tensor, memory: Cache) -> Tensor:
        return self.attend(self.split(self.q(x), 1)[0], *memory)


class Mlp(nn.Layer):
    """[B, S, dim] -> [B, S, dim]."""

    def __init__(self, dim: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.fc2(self.drop(F.relu(self.fc1(x)))))


class DecoderBlock(nn.Layer):
    """Self-attention, cross-attention, MLP; each added to its input, then normalised."""

    def __init__(self, dim: int, num_heads: int, dropout: float, attention_dropout: float) -> None:
        super().__init__()
        self.self_attn = SelfAttention(dim, num_heads, attention_dropout)
        self.norm1 = nn.LayerNorm(dim)
        self.cross_attn = CrossAttention(dim, num_heads, attention_dropout)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = Mlp(dim, dim * 4, dropout)
        self.norm3 = nn.LayerNorm(dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Cache, mask: Tensor) -> Tensor:
        return self._rest(x, self.self_attn(x, mask), memory)

    def step(self, x: Tensor, memory: Cache, past: Tensor | None) -> tuple[Tensor, Tensor]:
        attended, past = self.self_attn.step(x, past)
        return self._rest(x, attended, memory), past

    def _rest(self, x: Tensor, attended: Tensor, memory: Cache) -> Tensor:
        x = self.norm1(x + self.drop(attended))
        x = self.norm2(x + self.drop(self.cross_attn(x, memory)))
        return self.norm3(x + self.drop(self.mlp(x)))


class Embeddings(nn.Layer):
    """Classes [B, S] -> [B, S, dim], scaled by √dim."""

    def __init__(self, classes: int, dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, dim, padding_idx=0)
        self.embedding.weight.set_value(paddle.randn([classes, dim]) * dim**-0.5)
        self.scale = math.sqrt(dim)

    def forward(self, classes: Tensor) -> Tensor:
        return self.embedding(classes) * self.scale


class Transformer(nn.Layer):
    """Features [B, T, dim] -> logits [B, S, num_classes]; class 0 is the end.

    Args:
        num_classes: classes of the dictionary, as a CTC head counts them.
        max_length: most characters of a line that is read.
    """

    def __init__(
        self,
        num_classes: int,
        dim: int,
        num_heads: int,
        depth: int,
        max_length: int,
        dropout: float = 0.1,
        attention_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.num_classes, self.max_length, self.dim = num_classes, max_length, dim
        self.embedding = Embeddings(num_classes + EXTRA_CLASSES, dim)
        self.drop = nn.Dropout(dropout)
        self.decoder = nn.LayerList(
            DecoderBlock(dim, num_heads, dropout, attention_dropout) for _ in range(depth)
        )
        self.tgt_word_prj = nn.Linear(dim, num_classes + EXTRA_CLASSES, bias_attr=False)
        for layer in self.sublayers():
            if isinstance(layer, nn.Linear):
                nn.initializer.XavierNormal()(layer.weight)

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Teacher forcing: each step takes the true characters before it.

        labels: int64 [B, L] CTC classes, padded with 0. Returns [B, L + 1, num_classes].
        """
        known = paddle.where(labels > 0, labels + SHIFT, paddle.zeros_like(labels))
        start = paddle.full([labels.shape[0], 1], START, dtype="int64")
        steps = labels.shape[1] + 1
        x = self._embed(paddle.concat([start, known], axis=1), positions(steps, self.dim))
        mask = paddle.triu(paddle.full([steps, steps], -1e9, dtype=x.dtype), 1)
        for block in self.decoder:
            x = block(x, block.cross_attn.memory(features), mask)
        return self._classify(x)

    def read(self, features: Tensor) -> Tensor:
        """Greedy: each step takes what was read before it, until every line has ended.

        Returns [B, S, num_classes], S at most ``max_length + 1``. ``paddle.jit`` makes its loop
        one of the graph, which wants every variable of it to be a tensor.
        """
        memories = [block.cross_attn.memory(features) for block in self.decoder]
        newest = paddle.full([features.shape[0], 1], START, dtype="int64")
        places = positions(self.max_length + 1, self.dim)
        written, past = self._step(newest, places[:1], memories, [None] * len(memories))
        newest = written.argmax(axis=-1) + SHIFT
        ended = newest == END
        step = paddle.ones([1], dtype="int64")
        while step <= self.max_length and not ended.all():
            place = paddle.gather(places, step)
            logits, past = self._step(newest, place, memories, past.split(len(memories)))
            written = paddle.concat([written, logits], axis=1)
            newest = logits.argmax(axis=-1) + SHIFT
            ended = ended | (newest == END)
            step = step + 1
        return written

    @paddle.jit.not_to_static  # the loop over blocks stays Python's
    def _step(
        self, newest: Tensor, place: Tensor, memories: list[Cache], pasts: Sequence[Tensor | None]
    ) -> tuple[Tensor, Tensor]:
        """newest: [B, 1], at ``place`` [1, dim]; pasts: of each block [2, B, heads, S, head_dim].

        Returns logits [B, 1, num_classes] and all of ``pasts``, one longer, joined.
        """
        x = self._embed(newest, place)
        grown = []
        for block, memory, past in zip(self.decoder, memories, pasts, strict=True):
            x, own = block.step(x, memory, past)
            grown.append(own)
        return self._classify(x), paddle.concat(grown)

    def _embed(self, classes: Tensor, places: Tensor) -> Tensor:
        """Embeddings of characters [B, S] at ``places`` [S, dim] of their lines."""
        x = self.embedding(classes)
        return self.drop(x + places.astype(x.dtype))

    def _classify(self, x: Tensor) -> Tensor:
        return self.tgt_word_prj(x)[:, :, END : END + self.num_classes]


def positions(count: int, dim: int) -> Tensor:
    """Sinusoidal encoding of places [count, dim] (https://arxiv.org/abs/1706.03762)."""
    places = paddle.arange(count, dtype="float32").unsqueeze(1)
    rates = paddle.exp(paddle.arange(0, dim, 2, dtype="float32") * (-math.log(10000.0) / dim))
    angles = places * rates
    return paddle.stack([paddle.sin(angles), paddle.cos(angles)], axis=-1).reshape([count, dim])


class Flat(nn.Layer):
    """Columns as steps, at the decoder's width: [B, C, H, T] -> [B, H * T, dim]."""

    def __init__(self, in_channels: int, dim: int) -> None:
        super().__init__()
        self.fc = nn.Linear(in_channels, dim, bias_attr=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x.flatten(2).transpose([0, 2, 1]))


class LearnedPositions(nn.Layer):
    """Adds a learned encoding to up to 80 steps; to more, the same stretched.

    Features of a convolution do not hold their position; upstream's ``use_pos``.
    """

    def __init__(self, dim: int, steps: int = 80) -> None:
        super().__init__()
        self.dec_pos_embed = self.create_parameter(
            [1, steps, dim], default_initializer=nn.initializer.TruncatedNormal(std=0.02)
        )

    def forward(self, x: Tensor) -> Tensor:
        steps, known = x.shape[1], self.dec_pos_embed
        if steps > known.shape[1]:
            known = F.interpolate(
                known.transpose([0, 2, 1]), [steps], mode="linear", data_format="NCW"
            ).transpose([0, 2, 1])
        return x + known[:, :steps]
