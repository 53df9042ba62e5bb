"""Heads of a recogniser, under PaddleOCR's names for every parameter.

Source: ``rec_multi_head.py`` and ``rec_ctc_head.py`` in PaddleOCR's ``ppocr/modeling/heads``.
"""

from __future__ import annotations

import math

import paddle
from paddle import Tensor, nn

from ppocr_ext.models.nrtr import Flat, LearnedPositions, Transformer
from ppocr_ext.text.letters import SHAPES, TONES


class CTCHead(nn.Layer):
    """One or two linear layers: [B, T, C] -> logits [B, T, classes]; class 0 is the blank.

    Args:
        fc_decay: L2 decay of this layer alone (upstream's option; Adam and Momentum honour it).
        mid_channels: width between two layers (PP-OCRv6 tiny); one layer without it.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        fc_decay: float = 0.0004,
        mid_channels: int | None = None,
    ) -> None:
        super().__init__()
        self.in_two = mid_channels is not None
        if mid_channels is None:
            self.fc = _decayed_linear(in_channels, num_classes, fc_decay)
        else:
            self.fc1 = _decayed_linear(in_channels, mid_channels, fc_decay)
            self.fc2 = _decayed_linear(mid_channels, num_classes, fc_decay)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.fc1(x)) if self.in_two else self.fc(x)


def _decayed_linear(in_channels: int, out_channels: int, decay: float) -> nn.Linear:
    bound = 1.0 / math.sqrt(in_channels)

    def attribute() -> paddle.ParamAttr:
        return paddle.ParamAttr(
            initializer=nn.initializer.Uniform(-bound, bound),
            regularizer=paddle.regularizer.L2Decay(decay),
        )

    return nn.Linear(in_channels, out_channels, attribute(), attribute())


class SequenceEncoder(nn.Layer):
    """A neck if there is one, then columns as steps: [B, C, 1, T] -> [B, T, C']."""

    def __init__(self, encoder: nn.Layer | None, in_channels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.out_channels = encoder.out_channels if encoder is not None else in_channels

    def forward(self, x: Tensor) -> Tensor:
        if self.encoder is not None:
            x = self.encoder(x)
        return x.squeeze(2).transpose([0, 2, 1])


class StructureHead(nn.Layer):
    """Base letter, shape and tone of each step, for the Vietnamese structure loss.

    [B, T, C] -> logits: ``base`` [B, T, classes], ``shape`` [B, T, 5], ``tone`` [B, T, 6].
    """

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.base = nn.Linear(in_channels, num_classes)
        self.shape = nn.Linear(in_channels, len(SHAPES))
        self.tone = nn.Linear(in_channels, len(TONES))

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"base": self.base(x), "shape": self.shape(x), "tone": self.tone(x)}


class DecoderHead(nn.Layer):
    """The attention decoder alone: [B, C, H, T] -> {"attention": logits [B, S, classes]}.

    With labels each step takes the true characters before it; without, what it has read itself.

    Args:
        nrtr_dim: width; num_heads: 8 by default.
        max_text_length: most characters of a line that is read.
        use_pos: give the decoder the position of features (a neck with a wide view needs it less).
    """

    outputs = ("attention",)

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        neck: nn.Layer | None = None,
        nrtr_dim: int = 256,
        num_heads: int = 8,
        num_decoder_layers: int = 2,
        max_text_length: int = 200,
        dropout: float = 0.1,
        use_pos: bool = True,
    ) -> None:
        super().__init__()
        self.encoder = neck
        width = neck.out_channels if neck is not None else in_channels
        self.before_gtc = _before_decoder(width, nrtr_dim, use_pos)
        self.gtc_head = Transformer(
            num_classes, nrtr_dim, num_heads, num_decoder_layers, max_text_length, dropout
        )

    def forward(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        features = self.before_gtc(x if self.encoder is None else self.encoder(x))
        if labels is None:
            return {"attention": self.gtc_head.read(features)}
        return {"attention": self.gtc_head(features, labels)}


class MultiHead(nn.Layer):
    """PaddleOCR's ``MultiHead``: [B, C, 1, T] -> {"ctc": logits [B, T, classes]}.

    Heads that guide the training give more, when there are labels: ``gtc`` [B, L + 1, classes],
    ``base``, ``shape`` and ``tone``. They are left out while evaluating, and of an export.
    """

    def __init__(
        self,
        encoder: SequenceEncoder,
        ctc_head: CTCHead,
        guide: tuple[nn.Layer, Transformer] | None = None,
        structure: StructureHead | None = None,
    ) -> None:
        super().__init__()
        self.ctc_encoder, self.ctc_head = encoder, ctc_head
        self.before_gtc: nn.Layer | None
        self.gtc_head: Transformer | None
        self.before_gtc, self.gtc_head = guide or (None, None)
        self.structure_head = structure
        self.outputs = ["ctc", *["gtc"] * bool(guide)]
        self.outputs += ["base", "shape", "tone"] * (structure is not None)

    def forward(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        steps = self.ctc_encoder(x)
        outputs = {"ctc": self.ctc_head(steps)}
        if self.training and labels is not None:
            if self.before_gtc is not None and self.gtc_head is not None:
                outputs["gtc"] = self.gtc_head(self.before_gtc(x), labels)
            if self.structure_head is not None:
                outputs |= self.structure_head(steps)
        return outputs


def guidance(
    in_channels: int,
    num_classes: int,
    nrtr_dim: int = 256,
    max_text_length: int = 25,
    num_decoder_layers: int = 4,
    num_heads: int | None = None,
    dropout: float = 0.1,
    use_pos: bool = False,
) -> tuple[nn.Layer, Transformer]:
    """``before_gtc`` and ``gtc_head`` of PaddleOCR's ``NRTRHead`` options; heads are 32 wide."""
    heads = num_heads or nrtr_dim // 32
    decoder = Transformer(
        num_classes, nrtr_dim, heads, num_decoder_layers, max_text_length, dropout
    )
    return _before_decoder(in_channels, nrtr_dim, use_pos), decoder


def _before_decoder(in_channels: int, dim: int, use_pos: bool) -> nn.Sequential:
    """Features as the decoder's memory; upstream's first member flattens, here ``Flat`` does."""
    members = [("1", Flat(in_channels, dim))]
    return nn.Sequential(*members, *([("2", LearnedPositions(dim))] if use_pos else []))
