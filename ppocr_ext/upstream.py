"""The only file that touches PaddleOCR's own ``ppocr`` package.

``ppocr`` comes from a PaddleOCR checkout named by the environment variable
``PADDLEOCR_HOME``, else from the ``unstructured-paddleocr`` wheel (release 2.10).
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
from pathlib import Path
from typing import Any

from ppocr_ext.errors import UserError


def ppocr_home() -> Path:
    """The folder that holds ``ppocr``; raises :class:`UserError` when there is none."""
    checkout = os.environ.get("PADDLEOCR_HOME")
    if checkout:
        if not (Path(checkout) / "ppocr" / "modeling").is_dir():
            raise UserError(
                f"PADDLEOCR_HOME={checkout} has no ppocr/modeling folder",
                "the root of a PaddleOCR git checkout",
                "correct PADDLEOCR_HOME, or unset it to use the installed wheel",
            )
        return Path(checkout)
    wheel = importlib.util.find_spec("unstructured_paddleocr")
    if wheel is None or not wheel.submodule_search_locations:
        raise UserError(
            "PaddleOCR's ppocr package is not installed",
            "the wheel unstructured-paddleocr or a checkout in PADDLEOCR_HOME",
            "run: python tools/workspace.py setup",
        )
    return Path(wheel.submodule_search_locations[0])


def ppocr_module(name: str) -> Any:
    """Import ``ppocr.<name>``, without the handlers and notices that the import leaves behind."""
    home = str(ppocr_home())
    if home not in sys.path:
        sys.path.append(home)
    root_level = logging.getLogger().level
    try:
        module = importlib.import_module(f"ppocr.{name}")
    finally:
        logging.getLogger().setLevel(root_level)
        logging.getLogger("ppocr").handlers.clear()
    return module


def pplcnetv3(scale: float = 0.95, **options: Any) -> Any:
    """PPLCNetV3 (PP-OCRv4/v5 mobile) that pools in training as it does in evaluation.

    Upstream pools to 40 steps whatever the width while training, so a longer label has a
    CTC loss of exactly 0. Source: ``ppocr/modeling/backbones/rec_lcnetv3.py``.
    """
    upstream = ppocr_module("modeling.backbones.rec_lcnetv3").PPLCNetV3

    class PPLCNetV3(upstream):  # type: ignore[misc, valid-type]
        def forward(self, x: Any) -> Any:
            training, self.training = self.training, False
            try:
                return super().forward(x)
            finally:
                self.training = training

        def fuse(self) -> None:
            """Re-parameterise every learnable branch, in place, and drop the branches."""
            for layer in self.sublayers():
                if hasattr(layer, "rep") and not layer.is_repped:
                    layer.rep()
                    layer.conv_kxk = layer.conv_1x1 = layer.identity = None

    return PPLCNetV3(scale=scale, det=False, **options)


def svtr_neck(in_channels: int, **options: Any) -> Any:
    """``EncoderWithSVTR``, the neck of PP-OCRv3 to v5: [B, C, 1, T] -> [B, dims, 1, T]."""
    return ppocr_module("modeling.necks.rnn").EncoderWithSVTR(in_channels, **options)
