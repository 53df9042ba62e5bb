"""Architectures that base weights exist for, under PaddleOCR's model names."""

from __future__ import annotations

from typing import Any


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
