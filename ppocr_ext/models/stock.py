"""Every other recogniser of PaddleOCR, as it is, behind the interface of ours."""

from __future__ import annotations

import copy
import difflib
import inspect
from collections.abc import Mapping
from typing import Any

import paddle
import paddle.nn.functional as F
from paddle import Tensor, nn

from ppocr_ext import upstream
from ppocr_ext.errors import UserError
from ppocr_ext.models.dialects import (
    DIALECTS,
    NRTR,
    SAR,
    SATRN,
    Dialect,
    RobustScanner,
    VisionLAN,
    ViTSTR,
)

# Height and width of the images (0: any) that parts are built for, as PaddleOCR's configs have it.
SIZES = {
    **dict.fromkeys(("MobileNetV3", "ResNet", "MicroNet"), (32, 0)),
    "SVTRNet": (32, 100),
    "ViTSTR": (224, 224),
    **dict.fromkeys(("ABINetHead", "ParseQHead"), (32, 128)),
    **dict.fromkeys(
        ("AttentionHead", "CPPDHead", "RFLHead", "SATRNHead", "Transformer"), (32, 100)
    ),
    **dict.fromkeys(("SPINAttentionHead",), (32, 100)),
    **dict.fromkeys(("AsterHead", "PRENHead", "SRNHead", "VLHead"), (64, 256)),
}
FORMULAS = ("CANHead", "LaTeXOCRHead", "PPFormulaNet_Head", "UniMERNetHead")


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
    """PaddleOCR's ``MultiHead``: CTC, and a decoder that guides the training."""

    outputs = ("ctc", "gtc")

    def __init__(self, head: Any, n: int, max_length: int) -> None:
        self.head, self.ctc = head, CTC(head.ctc_head)
        self.by_sar = head.gtc_head == "sar"
        guide = SAR if self.by_sar else NRTR
        self.guide = guide(head.sar_head if self.by_sar else head.gtc_head, n, max_length)

    def train(self, features: Tensor, labels: Tensor) -> dict[str, Tensor]:
        features = self._pooled(features)
        memory = features if self.by_sar else self.head.before_gtc(features)
        ctc = self.ctc.train(self.head.ctc_encoder(features), labels)
        return {**ctc, "gtc": self.guide.train(memory, labels)[0]}

    def read(self, features: Tensor) -> dict[str, Tensor]:
        return self.ctc.read(self.head.ctc_encoder(self._pooled(features)))

    def _pooled(self, x: Tensor) -> Tensor:
        if not self.head.use_pool:
            return x
        return self.head.pool(x.reshape([0, 3, -1, self.head.in_channels]).transpose([0, 3, 1, 2]))


class Decoder:
    """An attention decoder as the main head; ``passes`` [B, V, S, classes] are its other passes
    over the line, which are trained as well."""

    outputs = ("attention",)

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def train(self, features: Any, labels: Tensor) -> dict[str, Tensor]:
        main, *others = self.dialect.train(features, labels)
        passes = {"passes": paddle.stack(others, axis=1)} if others else {}
        return {"attention": main, **passes}

    def read(self, features: Any) -> dict[str, Tensor]:
        return {"attention": self.dialect.read(features)}


class StockRecognizer(nn.Layer):
    """Transform, backbone, neck and head of PaddleOCR, under their own names.

    Input and output as :class:`ppocr_ext.models.build.Recognizer`. Images are fitted to what the
    network takes: ``ctc`` heads any width, most decoders one size.

    Args:
        model: PaddleOCR's ``BaseModel``.
        reader: runs its head.
        size: (height, width) of its images; a width of 0 is any, ``None`` takes them as they come.
        channels: 3, or 1 for grey images.
    """

    def __init__(
        self,
        model: Any,
        reader: CTC | Guided | Decoder,
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
    """Build an architecture of PaddleOCR's configs; raises :class:`UserError`."""
    config = copy.deepcopy(dict(architecture))
    head, backbone = config["Head"], config.get("Backbone") or {}
    if head.get("name") in FORMULAS:
        raise UserError(
            f"Architecture.Head.name: {head['name']} reads formulas", "a head that reads lines"
        )
    size = config.pop("image_shape", None) or SIZES.get(head.get("name", ""))
    size = size or SIZES.get(backbone.get("name", ""))
    dialect = ViTSTR if backbone.get("name") == "ViTSTR" else DIALECTS.get(head.get("name", ""))
    max_length = head.get("max_text_length") or 25
    _count_classes(head, dialect, num_classes)
    is_multi = head.get("name") == "MultiHead"
    model = upstream.base_model({**config, "return_all_feats": False})
    reader: CTC | Guided | Decoder = CTC(model.head)
    if dialect is not None:
        reader = Decoder(dialect(model.head, num_classes - 1, max_length))
    elif is_multi:
        reader = Guided(model.head, num_classes - 1, max_length)
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
            "\n".join(["keys that PaddleOCR's classes would pass over:", *slips]),
            cure="correct these keys, or remove them",
        )


def _count_classes(head: dict[str, Any], dialect: type[Dialect] | None, num_classes: int) -> None:
    """Write the numbers of classes into ``head``, where its class looks for them."""
    n = num_classes - 1
    if head.get("head_list") is None:
        head.pop("head_list", None)  # the config's schema writes every key
    else:
        head["out_channels_list"] = {
            "CTCLabelDecode": num_classes,
            "SARLabelDecode": SAR.numbering(n).total,
            "NRTRLabelDecode": NRTR.numbering(n).total,
        }
    if dialect is None:
        head["out_channels"] = num_classes
        return
    numbering = dialect.numbering(n)
    head["out_channels"] = n if dialect is VisionLAN else numbering.total  # it adds the end itself
    ends = {"start_idx": numbering.start, "padding_idx": numbering.pad}
    if dialect is RobustScanner:
        head |= ends
    if dialect is SATRN:
        head["dec_cfg"] = {**head["dec_cfg"], "num_classes": numbering.total, **ends}
