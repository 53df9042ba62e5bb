"""From the ``Architecture`` section of a config to a network."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from paddle import Tensor, nn

from ppocr_ext import upstream
from ppocr_ext.config.schema.network import is_ours
from ppocr_ext.config.schema.section import named_steps
from ppocr_ext.errors import UserError
from ppocr_ext.models.heads import (
    CTCHead,
    DecoderHead,
    MultiHead,
    SequenceEncoder,
    StructureHead,
    guidance,
)
from ppocr_ext.models.layers import use_fast_convolutions
from ppocr_ext.models.lcnetv4 import SIZES, PPLCNetV4
from ppocr_ext.models.lightsvtr import LightSVTR
from ppocr_ext.models.stock import StockRecognizer, build_stock


def _v6(size: str, dims: int, mlp_ratio: float) -> dict[str, Any]:
    neck = {"name": "lightsvtr", "dims": dims, "depth": 2, "mlp_ratio": mlp_ratio}
    return _recognizer({"name": "PPLCNetV4", "model_size": size}, neck)


def _recognizer(backbone: dict[str, Any], neck: dict[str, Any], **head: Any) -> dict[str, Any]:
    ctc = {"CTCHead": {"Neck": neck, "Head": {"fc_decay": 1e-5, **head}}}
    return {
        "model_type": "rec",
        "algorithm": "SVTR_LCNet",
        "form": "fused",
        "Transform": None,
        "Backbone": backbone,
        "Head": {"name": "MultiHead", "head_list": [ctc]},
    }


V4_NECK = {
    "name": "svtr",
    "dims": 120,
    "depth": 2,
    "hidden_dims": 120,
    "kernel_size": [1, 3],
    "use_guide": True,
}
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "PP-OCRv6_tiny_rec": _recognizer(
        {"name": "PPLCNetV4", "model_size": "tiny"}, {"name": "reshape"}, mid_channels=80
    ),
    "PP-OCRv6_small_rec": _v6("small", 120, 2.0),
    "PP-OCRv6_medium_rec": _v6("medium", 192, 4.0),
    "PP-OCRv4_mobile_rec": _recognizer({"name": "PPLCNetV3", "scale": 0.95}, V4_NECK),
    "PP-OCRv5_mobile_rec": _recognizer({"name": "PPLCNetV3", "scale": 0.95}, V4_NECK),
    "PP-OCRv4_server_rec": _recognizer({"name": "PPHGNet_small"}, V4_NECK),
    "PP-OCRv5_server_rec": _recognizer({"name": "PPHGNetV2_B4"}, V4_NECK),
}


Options = Mapping[str, Any]

BACKBONES: dict[str, Callable[..., nn.Layer]] = {
    "PPLCNetV4": PPLCNetV4,
    "PPLCNetV3": upstream.pplcnetv3,
    "PPHGNet_small": upstream.pphgnet_small,
    "PPHGNetV2_B4": upstream.pphgnetv2_b4,
}
NECKS: dict[str, Callable[..., nn.Layer | None]] = {
    "lightsvtr": LightSVTR,
    "svtr": upstream.svtr_neck,
    "reshape": lambda in_channels: None,
}
# Keys of official configs that say what is always so here.
IMPLIED = {"use_rep", "stem_type", "stem_channels", "text_rec", "det", "in_channels"}


class Recognizer(nn.Layer):
    """Backbone and head; knows nothing of losses, optimizers or logs.

    Input: [B, 3, 48, W] float32 in -1..1, and while training labels: int64 [B, L] classes, padded
    with 0, for heads that take the characters before as input. Output: logits by name.
    ``ctc`` [B, W/8, classes], or ``attention`` [B, S, classes] of a decoder, is the main one;
    ``outputs`` names all that training gives.
    """

    def __init__(self, backbone: nn.Layer, head: nn.Layer) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head
        self.outputs = tuple(head.outputs)
        self.keeps_statistics = False
        self.features: Callable[[Tensor], Tensor] | None = None  # instead of the backbone

    def train(self) -> None:
        """Fused, the statistics of most BatchNorms are in the weights permanently; the rest (the
        neck's) are then kept as well: fine-tuning a lifted model is steadier so."""
        super().train()
        if self.keeps_statistics:
            for layer in self.sublayers():
                if isinstance(layer, nn.BatchNorm2D):
                    layer.eval()

    def forward(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        features = self.backbone(x) if self.features is None else self.features(x)
        return self.head(features, labels)

    def fuse(self) -> None:
        """Turn the training form into the single-branch form, in place; outputs stay equal."""
        self.backbone.fuse()
        self.keeps_statistics = True
        use_fast_convolutions(self)


def build_network(architecture: Options, num_classes: int) -> Recognizer | StockRecognizer:
    """Build the network of ``architecture`` (PaddleOCR's schema) with ``num_classes`` outputs.

    ``architecture["form"]``: ``fused`` (default) or ``train``. Raises :class:`UserError` for a
    part or an option that is not known.
    """
    if not is_ours(architecture):
        return build_stock(architecture, num_classes)
    backbone = _make("Backbone", BACKBONES, architecture["Backbone"])
    head = _HEADS[architecture["Head"]["name"]]
    network = Recognizer(backbone, head(architecture["Head"], backbone.out_channels, num_classes))
    if architecture.get("form", "fused") == "fused":
        network.fuse()
    return network


def _multi_head(head: Options, in_channels: int, num_classes: int) -> nn.Layer:
    """PaddleOCR's ``MultiHead``: a CTC head, and heads that guide the training."""
    listed = dict(named_steps(head.get("head_list") or []))
    if "CTCHead" not in listed:
        raise UserError(
            f"Architecture.Head has no CTCHead (found: {', '.join(listed) or head.get('name')})",
            "Head: {name: MultiHead, head_list: [{CTCHead: {Neck: …, Head: …}}]}",
            "copy the Architecture section of configs/base_rec.yml",
        )
    if unknown := set(listed) - {"CTCHead", "NRTRHead", "StructureHead"}:
        raise UserError(
            f"Architecture.Head.head_list: unknown {', '.join(sorted(unknown))}",
            "CTCHead, NRTRHead, StructureHead",
            "leave it out, and its loss; NRTRHead does what SARHead does, and better",
        )
    ctc = listed["CTCHead"]
    own = {key: value for key, value in (ctc.get("Head") or {}).items() if key != "use_guide"}
    options = dict(ctc.get("Neck") or {})
    if "NRTRHead" not in listed and "use_guide" in options:
        options["use_guide"] = False  # it leaves the backbone to a guide: here is none
    neck = _make("Neck", NECKS, options, in_channels=in_channels)
    encoder = SequenceEncoder(neck, in_channels)
    width = encoder.out_channels
    guide = structure = None
    if "NRTRHead" in listed:
        guide = _call("NRTRHead", guidance, in_channels, num_classes, **listed["NRTRHead"])
    if "StructureHead" in listed:
        structure = _call(
            "StructureHead", StructureHead, width, num_classes, **listed["StructureHead"]
        )
    return MultiHead(
        encoder, _call("CTCHead", CTCHead, width, num_classes, **own), guide, structure
    )


def _decoder_head(head: Options, in_channels: int, num_classes: int) -> nn.Layer:
    """The attention decoder as the main head, after a neck if one is given."""
    options = {key: value for key, value in head.items() if key not in ("name", "head_list")}
    own_neck = options.pop("Neck", None)
    neck = _make("Neck", NECKS, own_neck, in_channels=in_channels) if own_neck else None
    return _call("NRTRHead", DecoderHead, in_channels, num_classes, neck, **options)


_HEADS = {"MultiHead": _multi_head, "NRTRHead": _decoder_head}


def _make(
    section: str, factories: Mapping[str, Callable[..., Any]], options: Options, **given: Any
) -> Any:
    """Call the factory that ``options["name"]`` names with the other options."""
    arguments = {key: value for key, value in options.items() if key not in IMPLIED | {"name"}}
    factory = factories.get(options.get("name", ""))
    if factory is None:
        raise UserError(
            f"Architecture {section}.name: unknown name {options.get('name')!r}",
            "one of " + ", ".join(factories),
        )
    if arguments.get("model_size", "small") not in SIZES:
        raise UserError(
            f"Architecture {section}.model_size: unknown size {arguments['model_size']!r}",
            "one of " + ", ".join(SIZES),
        )
    return _call(f"{section} {options['name']}", factory, **given, **arguments)


def _call(part: str, factory: Callable[..., Any], *given: Any, **options: Any) -> Any:
    """``factory(*given, **options)``; an option that it does not take is the user's error."""
    try:
        inspect.signature(factory).bind(*given, **options)
        return factory(*given, **options)
    except TypeError as error:
        raise UserError(f"Architecture {part}: {error}", "the options of this part") from error
