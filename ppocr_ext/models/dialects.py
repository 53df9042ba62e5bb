"""PaddleOCR's attention decoders, each by its own conventions, all with one output.

A decoder numbers its classes in its own way (where the end is, where the dictionary begins), wants
labels in its own shape, and is called differently while training and while reading. A dialect
knows that of one head, and gives logits [B, S, classes] whose class 0 is the end of the line and
whose other classes are those of a CTC head.

Only the cross-entropy of what is written is trained. Left out are SEED's word embedding, RFL's
counting, VisionLAN's masked characters and CPPD's nodes, which need labels of their own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import paddle
from paddle import Tensor

from ppocr_ext import upstream


class Numbering(NamedTuple):
    """Native classes of a head.

    total: how many; end: of the line's end; first: of the dictionary's first character; start and
    pad: what stands before a label, and after it, where a decoder is told the label.
    """

    total: int
    end: int
    first: int
    start: int = 0
    pad: int = 0


class Dialect:
    """A head that sees the image only: nothing tells it what was written before.

    Args:
        head: PaddleOCR's head; n: characters of the dictionary; max_length: of a label.
    """

    def __init__(self, head: Any, n: int, max_length: int) -> None:
        self.head, self.max_length = head, max_length
        numbering = self.numbering(n)
        self.start, self.pad, self.shift = numbering.start, numbering.pad, numbering.first - 1
        columns = [numbering.end, *range(numbering.first, numbering.first + n)]
        self.columns = paddle.to_tensor(columns)

    @staticmethod
    def numbering(n: int) -> Numbering:
        """For a dictionary of ``n`` characters."""
        return Numbering(n + 1, 0, 1)

    def train(self, features: Any, labels: Tensor) -> list[Tensor]:
        """labels: int64 [B, L] CTC classes, padded with 0. Returns logits of each pass of the
        decoder over the line, that which reads first."""
        return [self.canonical(logits) for logits in self._train(features, labels)]

    def read(self, features: Any) -> Tensor:
        """Logits, from the probabilities that heads give while evaluating."""
        return self.canonical(paddle.log(self._read(features).clip(min=1e-20)))

    def canonical(self, logits: Tensor) -> Tensor:
        """[B, S, native classes] -> [B, S, classes]."""
        return paddle.index_select(logits, self.columns, axis=2)

    def told(self, labels: Tensor) -> Tensor:
        """The start, then the label in native classes: [B, L + 1]."""
        native = paddle.where(labels > 0, labels + self.shift, paddle.full_like(labels, self.pad))
        start = paddle.full([labels.shape[0], 1], self.start, dtype="int64")
        return paddle.concat([start, native], axis=1)

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        return [self.head(features)]

    def _read(self, features: Any) -> Tensor:
        return self.head(features)


class ABINet(Dialect):
    """Vision, then language and alignment several times (https://arxiv.org/abs/2103.06495)."""

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        passes = self.head(features)
        if not isinstance(passes, dict):
            return [passes]
        *earlier, last = passes["align"]
        return [last, *earlier, *passes["lang"], passes["vision"]]


class CPPD(Dialect):
    """Counting and ordering in parallel (https://arxiv.org/abs/2307.13244)."""

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        _, characters = self.head(features)
        return [characters]


class VisionLAN(Dialect):
    """Its first training step, LF_1, which needs no masks (https://arxiv.org/abs/2108.09661)."""

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        return [self.head.MLM_VRM(features, None, "LF_1", train_mode=True)[0]]

    def read(self, features: Any) -> Tensor:
        logits, _ = self.head(features)  # [S, B, classes], not probabilities
        return self.canonical(logits.transpose([1, 0, 2]))


class PREN(Dialect):
    """Primitive representations (https://arxiv.org/abs/2105.04412)."""

    @staticmethod
    def numbering(n: int) -> Numbering:
        return Numbering(n + 3, end=1, first=3)


class ViTSTR(Dialect):
    """A vision transformer whose first step is a start (https://arxiv.org/abs/2105.08582)."""

    @staticmethod
    def numbering(n: int) -> Numbering:
        return Numbering(n + 2, end=1, first=2)

    def canonical(self, logits: Tensor) -> Tensor:
        return super().canonical(logits)[:, 1:]


class SRN(Dialect):
    """Semantic reasoning over all characters at once (https://arxiv.org/abs/2003.12294)."""

    @staticmethod
    def numbering(n: int) -> Numbering:
        return Numbering(n + 2, end=n + 1, first=0)

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        outputs = self.head(features, self._places(features))
        return [self._lines(outputs[name]) for name in ("predict", "word_out", "gsrm_out")]

    def _read(self, features: Any) -> Tensor:
        with upstream.without_dropout():
            return self._lines(self.head(features, self._places(features))["predict"])

    def _lines(self, rows: Tensor) -> Tensor:
        return rows.reshape([-1, self.head.max_length, rows.shape[-1]])

    def _places(self, features: Tensor) -> list[Tensor]:
        """Numbers of the features and characters, and what each character may not look at."""
        batch, steps = features.shape[0], self.head.max_length
        count = features.shape[2] * features.shape[3]
        numbers = [
            paddle.arange(size).reshape([1, size, 1]).tile([batch, 1, 1]) for size in (count, steps)
        ]
        ones = paddle.ones([steps, steps])
        later, earlier = paddle.triu(ones, 1), paddle.tril(ones, -1)
        tiles = [batch, self.head.num_heads, 1, 1]
        return [
            *numbers,
            *((mask * -1e9).unsqueeze([0, 1]).tile(tiles) for mask in (later, earlier)),
        ]


class Attention(Dialect):
    """RARE's recurrent decoder (https://arxiv.org/abs/1603.03915), told the characters so far."""

    @staticmethod
    def numbering(n: int) -> Numbering:
        return Numbering(n + 2, end=n + 1, first=1, start=0, pad=n + 1)

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        return [self.head(features, self.told(labels), labels.shape[1] + 1)]

    def _read(self, features: Any) -> Tensor:
        return self.head(features, None, self.max_length + 1)


class RFL(Attention):
    """Reciprocal feature learning (https://arxiv.org/abs/2105.06229)."""

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        return [self.head.seq_head(features[1], self.told(labels), labels.shape[1] + 1)]

    def _read(self, features: Any) -> Tensor:
        return self.head.seq_head(features[1], None, self.max_length + 1)


class SPIN(Dialect):
    """Structure-preserving rectification, then attention (https://arxiv.org/abs/2005.13117)."""

    @staticmethod
    def numbering(n: int) -> Numbering:
        return Numbering(n + 2, end=1, first=2, start=0, pad=1)

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        return [self.head(features, [self.told(labels)], labels.shape[1])]

    def _read(self, features: Any) -> Tensor:
        return self.head(features, None, self.max_length)


class SAR(Dialect):
    """Show, attend and read (https://arxiv.org/abs/1811.00751)."""

    @staticmethod
    def numbering(n: int) -> Numbering:
        return Numbering(n + 3, end=n + 1, first=0, start=n + 1, pad=n + 2)

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        holistic = self.head.encoder(features, None)
        return [self.head.decoder(features, holistic, label=self.told(labels))]


class SATRN(SAR):
    """Two-dimensional self-attention (https://arxiv.org/abs/1910.04396)."""

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        encoded = self.head.encoder(features, None)
        return [self.head.decoder(features, encoded, self.told(labels))]


class RobustScanner(SAR):
    """Position clues besides context (https://arxiv.org/abs/2007.07542)."""

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        told = self.told(labels)
        return [self.head(features, [told, None, self._places(features, told.shape[1])])]

    def _read(self, features: Any) -> Tensor:
        steps = self.head.decoder.max_seq_len
        return self.head(features, [None, None, self._places(features, steps)])

    @staticmethod
    def _places(features: Tensor, steps: int) -> Tensor:
        return paddle.arange(steps).unsqueeze(0).tile([features.shape[0], 1])


class Aster(Dialect):
    """ASTER's decoder, as SEED uses it (https://arxiv.org/abs/2005.10977)."""

    @staticmethod
    def numbering(n: int) -> Numbering:
        return Numbering(n + 3, end=n, first=0, pad=n)

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        told = self.told(labels)[:, 1:]
        return [self.head(features, [told, [told.shape[1] + 1], None])["rec_pred"]]

    def read(self, features: Any) -> Tensor:
        """Greedy; upstream's beam search gives no probabilities."""
        unit = self.head.decoder.decoder
        state = unit.get_initial_state(self.head.embedder(features))
        newest = paddle.full([features.shape[0]], self.head.num_classes, dtype="int64")
        written = []
        for _ in range(self.head.max_len_labels):
            logits, state = unit(features, state, newest)
            newest = logits.argmax(axis=1)
            written.append(logits)
        return self.canonical(paddle.stack(written, axis=1))


class NRTR(Dialect):
    """PaddleOCR's whole NRTR (https://arxiv.org/abs/1806.00926); upstream adds a class itself."""

    @staticmethod
    def numbering(n: int) -> Numbering:
        return Numbering(n + 4, end=3, first=4, start=2, pad=0)

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        told = self.told(labels)
        unread = paddle.zeros_like(told[:, :1])  # upstream drops the last
        return [self.head.forward_train(features, paddle.concat([told, unread], axis=1))]

    def read(self, features: Any) -> Tensor:
        """Upstream reads classes and their probabilities; the others share the rest."""
        classes, probabilities = self.head.forward_test(features)
        count = len(self.columns)
        known = classes[:, 1:] - self.shift
        known = paddle.where((known > 0) & (known < count), known, paddle.zeros_like(known))
        p = probabilities[:, 1:].unsqueeze(2).clip(1e-6, 1 - 1e-6)
        chosen = paddle.nn.functional.one_hot(known, count)
        return paddle.log(chosen * p + (1 - chosen) * (1 - p) / (count - 1))


class ParseQ(Dialect):
    """Permuted autoregression (https://arxiv.org/abs/2207.06966)."""

    @staticmethod
    def numbering(n: int) -> Numbering:
        return Numbering(n + 3, end=0, first=1, start=n + 1, pad=n + 2)

    def _train(self, features: Any, labels: Tensor) -> list[Tensor]:
        told = self.told(labels)
        end = paddle.full_like(told[:, :1], self.pad)
        outputs = self.head.forward_train(features, paddle.concat([told, end], axis=1))
        shape = [told.shape[0], told.shape[1], -1]
        return [logits.reshape(shape) for logits in outputs["logits_list"]]

    def _read(self, features: Any) -> Tensor:
        if not features.place.is_gpu_place():
            self.head.refine_iters = 0  # upstream's refinement runs on a GPU only
        return self.head(features)["predict"]


DIALECTS: dict[str, type[Dialect]] = {
    "ABINetHead": ABINet,
    "AsterHead": Aster,
    "AttentionHead": Attention,
    "CPPDHead": CPPD,
    "PRENHead": PREN,
    "ParseQHead": ParseQ,
    "RFLHead": RFL,
    "RobustScannerHead": RobustScanner,
    "SARHead": SAR,
    "SATRNHead": SATRN,
    "SPINAttentionHead": SPIN,
    "SRNHead": SRN,
    "Transformer": NRTR,
    "VLHead": VisionLAN,
}
