"""The parts that `Architecture` can name, and the keys of those that are written here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ppocr_ext.config.schema.section import (
    BelowOne,
    NonNegativeFloat,
    Positive,
    PositiveFloat,
    Section,
)


class Part(Section):
    """A part of the network; some keys of official configs say what is always so here."""

    name: Any = None
    use_rep: Any = None
    stem_type: Any = None
    stem_channels: Any = None
    text_rec: Any = None
    det: Any = None
    in_channels: Any = None


class PPLCNetV4(Part):
    """The backbone of PP-OCRv6."""

    model_size: Literal["tiny", "small", "medium"] = "small"


class PPLCNetV3(Part):
    """The backbone of PP-OCRv4 and v5 mobile."""

    scale: PositiveFloat = 0.95
    conv_kxk_num: Positive = 4
    lr_mult_list: list[NonNegativeFloat] = [1.0] * 6
    lab_lr: NonNegativeFloat = 0.1


class LightSVTR(Part):
    """The neck of PP-OCRv6."""

    dims: Positive = 64
    depth: Positive = 1
    num_heads: Positive = 8
    mlp_ratio: PositiveFloat = 4.0
    drop_rate: BelowOne = 0.1
    attn_drop_rate: BelowOne = 0.1
    local_kernel: Positive = 7
    use_guide: bool = False


class SVTR(Part):
    """The neck of PP-OCRv3 to v5."""

    dims: Positive = 64
    depth: Positive = 2
    hidden_dims: Positive = 120
    use_guide: bool = False
    num_heads: Positive = 8
    qkv_bias: bool = True
    mlp_ratio: PositiveFloat = 2.0
    drop_rate: BelowOne = 0.1
    attn_drop_rate: BelowOne = 0.1
    drop_path: BelowOne = 0.0
    kernel_size: tuple[Positive, Positive] = (3, 3)
    qk_scale: PositiveFloat | None = None


class RNN(Part):
    """PaddleOCR's other necks of a CTC head."""

    hidden_size: Positive = 48


class CTCOutput(Section):
    """Features of a step to classes."""

    fc_decay: NonNegativeFloat = 0.0004
    mid_channels: Positive | None = None
    use_guide: Any = None
    out_channels: Any = None
    return_feats: Any = None


class CTCHead(Section):
    """A neck, and what follows it."""

    Neck: dict[str, Any]
    Head: CTCOutput | None = None


class Guide(Section):
    """The attention decoder that guides the training."""

    nrtr_dim: Positive = 256
    max_text_length: Positive = 25
    num_decoder_layers: Positive = 4
    num_heads: Positive | None = None
    dropout: BelowOne = 0.1
    use_pos: bool = False


class StructureHead(Section):
    """Base letter, shape and tone of each step."""


class SARHead(Section):
    """PaddleOCR's other guide."""

    enc_dim: Positive = 512
    max_text_length: Positive = 30
    enc_bi_rnn: bool = False
    enc_drop_rnn: BelowOne = 0.1
    enc_gru: bool = False
    dec_bi_rnn: bool = False
    dec_drop_rnn: BelowOne = 0.0
    dec_gru: bool = False
    d_k: Positive = 512
    pred_dropout: BelowOne = 0.1
    pred_concat: bool = True


class MultiHead(Section):
    """Heads by name."""

    name: Any = None
    head_list: Any = None
    out_channels_list: Any = None
    use_pool: bool = False
    use_pos: bool = False


class DecoderHead(Section):
    """The attention decoder as the main head."""

    name: Any = None
    head_list: Any = None
    Neck: dict[str, Any] | None = None
    nrtr_dim: Positive = 256
    num_heads: Positive = 8
    num_decoder_layers: Positive = 2
    max_text_length: Positive = 200
    dropout: BelowOne = 0.1
    use_pos: bool = True


BACKBONES: dict[str, type[Part]] = {
    "PPLCNetV4": PPLCNetV4,
    "PPLCNetV3": PPLCNetV3,
    "PPHGNet_small": Part,
    "PPHGNetV2_B4": Part,
}
NECKS: dict[str, type[Part]] = {"lightsvtr": LightSVTR, "svtr": SVTR, "reshape": Part}
HEADS: dict[str, type[Section]] = {"MultiHead": MultiHead, "NRTRHead": DecoderHead}
LISTED: dict[str, type[Section]] = {
    "CTCHead": CTCHead,
    "NRTRHead": Guide,
    "StructureHead": StructureHead,
}
# Of PaddleOCR 2.10: the names of parts that its own classes build.
STOCK_NECKS: dict[str, type[Part]] = {
    "svtr": SVTR,
    **dict.fromkeys(("reshape", "fc", "rnn"), RNN),
}
STOCK_LISTED: dict[str, type[Section]] = {"CTCHead": CTCHead, "NRTRHead": Guide, "SARHead": SARHead}
STOCK: dict[str, tuple[str, ...]] = {
    "Transform": ("TPS", "STN_ON"),
    "Backbone": (
        *("MobileNetV1Enhance", "MobileNetV3", "ResNet", "MicroNet", "SVTRNet", "PPLCNetV3"),
        *("PPHGNet_small", "RepSVTR", "SVTRv2", "PPHGNetV2_B4"),
    ),
    "Neck": ("SequenceEncoder",),
    "Head": ("CTCHead", "MultiHead"),
}
# Parts of PaddleOCR that make a decoder of its own, which is not trained here, and its algorithm.
OTHER_DECODERS = {
    "Head": {
        **{"ABINetHead": "ABINet", "AsterHead": "SEED", "AttentionHead": "RARE"},
        **{"CPPDHead": "CPPD", "PRENHead": "PREN", "ParseQHead": "PARSeq", "RFLHead": "RFL"},
        **{"RobustScannerHead": "RobustScanner", "SARHead": "SAR", "SATRNHead": "SATRN"},
        **{"SPINAttentionHead": "SPIN", "SRNHead": "SRN", "Transformer": "NRTR"},
        **{"VLHead": "VisionLAN", "CANHead": "CAN", "LaTeXOCRHead": "LaTeX-OCR"},
        **{"PPFormulaNet_Head": "PP-FormulaNet", "UniMERNetHead": "UniMERNet"},
    },
    "Backbone": {"ViTSTR": "ViTSTR"},  # with a head that is named CTCHead, too
}


def other_decoder(architecture: Mapping[str, Any]) -> tuple[str, str] | None:
    """The part (``Head.name: SARHead``) and the algorithm of a decoder that is not trained here."""
    for section, algorithms in OTHER_DECODERS.items():
        part = architecture.get(section)
        name = part.get("name") if isinstance(part, Mapping) else None
        if isinstance(name, str) and name in algorithms:
            return f"{section}.name: {name}", algorithms[name]
    return None


def is_ours(architecture: Mapping[str, Any]) -> bool:
    """Whether there is nothing between backbone and head, and both are written here."""
    if architecture.get("stock"):
        return False
    names = [str((architecture.get(part) or {}).get("name")) for part in ("Backbone", "Head")]
    between = architecture.get("Transform"), architecture.get("Neck")
    return names[0] in BACKBONES and names[1] in HEADS and not any(between)
