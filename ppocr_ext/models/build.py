"""From the ``Architecture`` section of a config to a network."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from paddle import Tensor, nn

from ppocr_ext import upstream
from ppocr_ext.errors import UserError
from ppocr_ext.models.heads import MultiHead
from ppocr_ext.models.layers import use_fast_bias
from ppocr_ext.models.lcnetv4 import SIZES, PPLCNetV4
from ppocr_ext.models.lightsvtr import LightSVTR

BACKBONES: dict[str, Callable[..., nn.Layer]] = {
    "PPLCNetV4": PPLCNetV4,
    "PPLCNetV3": upstream.pplcnetv3,
}
NECKS: dict[str, Callable[..., nn.Layer]] = {"lightsvtr": LightSVTR, "svtr": upstream.svtr_neck}
# Keys of official configs that say what is always so here.
IMPLIED = {"use_rep", "stem_type", "det", "in_channels"}


class Recognizer(nn.Layer):
    """Backbone and head; knows nothing of losses, optimizers or logs.

    Input: [B, 3, 48, W] float32 in -1..1. Output: {"ctc": logits [B, W/8, classes]}.
    """

    def __init__(self, backbone: nn.Layer, head: nn.Layer) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head
        self.is_fused = False

    def train(self) -> None:
        """Fused, the statistics of most BatchNorms are in the weights for good; the rest (the
        neck's) are then kept as well: fine-tuning a lifted model is steadier so."""
        super().train()
        if self.is_fused:
            for layer in self.sublayers():
                if isinstance(layer, nn.BatchNorm2D):
                    layer.eval()

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return self.head(self.backbone(x))

    def fuse(self) -> None:
        """Turn the training form into the single-branch form, in place; outputs stay equal."""
        self.backbone.fuse()
        self.is_fused = True
        use_fast_bias(self)


def build_network(architecture: Mapping[str, Any], num_classes: int) -> Recognizer:
    """Build the network of ``architecture`` (PaddleOCR's schema) with ``num_classes`` outputs.

    ``architecture["form"]``: ``fused`` (default) or ``train``. Raises :class:`UserError` for a
    part or an option that is not known.
    """
    backbone = _make("Backbone", BACKBONES, architecture["Backbone"])
    head = _ctc_options(architecture["Head"])
    neck = _make("Neck", NECKS, head["Neck"], in_channels=backbone.out_channels)
    network = Recognizer(backbone, MultiHead(neck, num_classes, **(head.get("Head") or {})))
    if architecture.get("form", "fused") == "fused":
        network.fuse()
    return network


def _ctc_options(head: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options of the ``CTCHead`` in a ``MultiHead`` section."""
    for entry in head.get("head_list") or []:
        if "CTCHead" in entry:
            return entry["CTCHead"]
    raise UserError(
        f"Architecture.Head has no CTCHead (found: {head.get('name')})",
        "Head: {name: MultiHead, head_list: [{CTCHead: {Neck: …, Head: …}}]}",
        "copy the Architecture section of configs/base_rec.yml",
    )


def _make(
    section: str,
    factories: Mapping[str, Callable[..., nn.Layer]],
    options: Mapping[str, Any],
    **given: Any,
) -> nn.Layer:
    """Call the factory that ``options["name"]`` names with the other options."""
    arguments = {key: value for key, value in options.items() if key not in IMPLIED | {"name"}}
    factory = factories.get(options.get("name", ""))
    if factory is None:
        raise UserError(
            f"Architecture {section}.name: {options.get('name')!r} is not known",
            "one of " + ", ".join(factories),
        )
    if arguments.get("model_size", "small") not in SIZES:
        raise UserError(
            f"Architecture {section}.model_size: {arguments['model_size']!r} is not known",
            "one of " + ", ".join(SIZES),
        )
    try:
        inspect.signature(factory).bind(**given, **arguments)
        return factory(**given, **arguments)
    except TypeError as error:
        raise UserError(f"Architecture {section} ({options['name']}): {error}") from error
