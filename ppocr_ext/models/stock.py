"""PaddleOCR's other CTC recognisers, as they are, behind the interface of ours."""

from __future__ import annotations

import copy
import difflib
import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import paddle
import paddle.nn.functional as F
from paddle import Tensor, nn

from ppocr_ext import upstream
from ppocr_ext.errors import UserError

# Height and width of the images (0: any) that parts are built for, as PaddleOCR's configs have it.
SIZES = {
    **dict.fromkeys(("MobileNetV3", "ResNet", "MicroNet"), (32, 0)),
    "SVTRNet": (32, 100),
}


class Numbering(NamedTuple):
    """Native classes of a guide: total: how many; end: of the line's end; first: of the
    dictionary's first character; start and pad: what stands before a label, and after it."""

    total: int
    end: int
    first: int
    start: int
    pad: int


def sar_numbering(n: int) -> Numbering:
    """Of PaddleOCR's SAR (https://arxiv.org/abs/1811.00751) for ``n`` characters."""
    return Numbering(n + 3, end=n + 1, first=0, start=n + 1, pad=n + 2)


def nrtr_numbering(n: int) -> Numbering:
    """Of PaddleOCR's NRTR (https://arxiv.org/abs/1806.00926), which adds a class itself."""
    return Numbering(n + 4, end=3, first=4, start=2, pad=0)


class CTC:
    """A ``CTCHead`` alone."""

    outputs = ("ctc",)

    def __init__(self, head: Any) -> None:
        self.head = head

    def train(self, features: Tensor, labels: Tensor) -> dict[str, Tensor]:
        return {"ctc": self.head(features)}

    def read(self, features: Tensor) -> dict[str, Tensor]:
        output = self.head(features)  # probabilities while evaluating
        return {"ctc": output if self.head.training else paddle.log(output.clip(min=1e-20))}


class Guided:
    """PaddleOCR's ``MultiHead``: CTC, and a decoder that guides the training.

    Args:
        head: PaddleOCR's head; n: characters of the dictionary.
    """

    outputs = ("ctc", "gtc")

    def __init__(self, head: Any, n: int) -> None:
        self.head, self.ctc = head, CTC(head.ctc_head)
        self.by_sar = head.gtc_head == "sar"
        self.numbering = sar_numbering(n) if self.by_sar else nrtr_numbering(n)
        first = self.numbering.first
        self.columns = paddle.to_tensor([self.numbering.end, *range(first, first + n)])

    def train(self, features: Tensor, labels: Tensor) -> dict[str, Tensor]:
        features = self._pooled(features)
        ctc = self.ctc.train(self.head.ctc_encoder(features), labels)
        told = self._told(labels)
        if self.by_sar:
            guide = self.head.sar_head
            logits = guide.decoder(features, guide.encoder(features, None), label=told)
        else:
            unread = paddle.zeros_like(told[:, :1])  # upstream drops the last
            memory = self.head.before_gtc(features)
            logits = self.head.gtc_head.forward_train(memory, paddle.concat([told, unread], axis=1))
        return {**ctc, "gtc": paddle.index_select(logits, self.columns, axis=2)}

    def read(self, features: Tensor) -> dict[str, Tensor]:
        return self.ctc.read(self.head.ctc_encoder(self._pooled(features)))

    def _told(self, labels: Tensor) -> Tensor:
        """The start, then the label in native classes: [B, L + 1]."""
        native = labels + (self.numbering.first - 1)
        native = paddle.where(labels > 0, native, paddle.full_like(labels, self.numbering.pad))
        start = paddle.full([labels.shape[0], 1], self.numbering.start, dtype="int64")
        return paddle.concat([start, native], axis=1)

    def _pooled(self, x: Tensor) -> Tensor:
        if not self.head.use_pool:
            return x
        return self.head.pool(x.reshape([0, 3, -1, self.head.in_channels]).transpose([0, 3, 1, 2]))


class StockRecognizer(nn.Layer):
    """Transform, backbone, neck and head of PaddleOCR, under their own names.

    Input and output as :class:`ppocr_ext.models.build.Recognizer`. Images are fitted to what the
    network takes: most any width, some one size.

    Args:
        model: PaddleOCR's ``BaseModel``.
        reader: runs its head.
        size: (height, width) of its images; a width of 0 is any, ``None`` takes them as they come.
        channels: 3, or 1 for grey images.
    """

    def __init__(
        self,
        model: Any,
        reader: CTC | Guided,
        size: tuple[int, int] | None,
        channels: int,
    ) -> None:
        super().__init__()
        for name in ("transform", "backbone", "neck", "head"):
            setattr(self, name, getattr(model, name, None))
        self.reader, self.size, self.channels = reader, size, channels
        self.outputs = reader.outputs

    def forward(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        x = self._fit(x)
        for part in (self.transform, self.backbone, self.neck):
            x = x if part is None else part(x)
        if self.training and labels is not None:
            return self.reader.train(x, labels)
        return self.reader.read(x)

    def fuse(self) -> None:
        """One form only."""

    def _fit(self, x: Tensor) -> Tensor:
        """Scaled to the height; padded to the width, or squeezed into it."""
        if self.channels == 1:
            weights = paddle.to_tensor([0.114, 0.587, 0.299]).reshape([1, 3, 1, 1])  # of BGR
            x = (x * weights).sum(axis=1, keepdim=True)
        if self.size is None:
            return x
        height, limit = self.size
        width = max(1, round(x.shape[3] * height / x.shape[2]))
        width = min(width, limit) if limit else width
        x = F.interpolate(x, [height, width], mode="bilinear")
        return F.pad(x, [0, limit - width, 0, 0]) if width < limit else x


def build_stock(architecture: Mapping[str, Any], num_classes: int) -> StockRecognizer:
    """Build a CTC architecture of PaddleOCR's configs; raises :class:`UserError`."""
    config = copy.deepcopy(dict(architecture))
    head, backbone = config["Head"], config.get("Backbone") or {}
    size = config.pop("image_shape", None) or SIZES.get(backbone.get("name", ""))
    _count_classes(head, num_classes)
    is_multi = head.get("name") == "MultiHead"  # upstream takes the name out
    model = upstream.base_model({**config, "return_all_feats": False})
    reader = Guided(model.head, num_classes - 1) if is_multi else CTC(model.head)
    channels = config.get("in_channels") or 3
    return StockRecognizer(model, reader, tuple(size[-2:]) if size else None, channels)


def refuse_misspelled(network: nn.Layer, architecture: Mapping[str, Any]) -> None:
    """Raise one :class:`UserError` for all keys that are nearly an option's name.

    Many of PaddleOCR's classes swallow what they do not know.
    """
    slips = []
    for part in ("Transform", "Backbone", "Neck", "Head") * isinstance(network, StockRecognizer):
        written, layer = set(architecture.get(part) or {}), getattr(network, part.lower())
        known = set(inspect.signature(type(layer)).parameters) if layer is not None else set()
        for key in sorted(written - known - {"name"}):
            for guess in difflib.get_close_matches(key, known - written, n=1, cutoff=0.8):
                slips.append(f"  - Architecture.{part}.{key}: unknown key; did you mean {guess}?")
    if slips:
        raise UserError(
            "\n".join(["keys that PaddleOCR's classes would ignore:", *slips]),
            cure="correct these keys, or remove them",
        )


def _count_classes(head: dict[str, Any], num_classes: int) -> None:
    """Write the numbers of classes into ``head``, where its class looks for them."""
    head["out_channels"] = num_classes
    if head.get("head_list") is None:
        head.pop("head_list", None)  # the config's schema writes every key
    else:
        head["out_channels_list"] = {
            "CTCLabelDecode": num_classes,
            "SARLabelDecode": sar_numbering(num_classes - 1).total,
            "NRTRLabelDecode": nrtr_numbering(num_classes - 1).total,
        }
