"""PaddleOCR's PP-OCRv4 mobile recogniser as its configs train it, with its default weights.

How fast it is does not depend on the weights.
"""

from __future__ import annotations

from typing import Any

from ppocr_ext.models.build import V4_NECK
from ppocr_ext.upstream import ppocr_module


def architecture(classes: int, max_text_length: int = 25) -> dict[str, Any]:
    """For so many classes of the CTC head and characters of the NRTR head."""
    return {
        "model_type": "rec",
        "algorithm": "SVTR_LCNet",
        "Transform": None,
        "Backbone": {"name": "PPLCNetV3", "scale": 0.95},
        "Head": {
            "name": "MultiHead",
            "head_list": [
                {"CTCHead": {"Neck": dict(V4_NECK), "Head": {"fc_decay": 1e-5}}},
                {"NRTRHead": {"nrtr_dim": 384, "max_text_length": max_text_length}},
            ],
            "out_channels_list": {
                "CTCLabelDecode": classes,
                "SARLabelDecode": classes + 2,
                "NRTRLabelDecode": classes + 3,
            },
        },
    }


def build(classes: int) -> Any:
    """The network, ready to read."""
    model = ppocr_module("modeling.architectures").build_model(architecture(classes))
    model.eval()
    return model
