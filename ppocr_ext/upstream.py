"""The only file that touches PaddleOCR's own ``ppocr`` package.

``ppocr`` comes from a PaddleOCR checkout named by the environment variable
``PADDLEOCR_HOME``, else from the ``unstructured-paddleocr`` wheel (release 2.10).
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ppocr_ext.console import setup_command
from ppocr_ext.errors import UserError

# Backbones that pool to 40 steps, whatever the width, while training.
POOL_BY_MODE = {"PPLCNetV3", "PPLCNetV4", "PPHGNet", "PPHGNetV2"}


def ppocr_home() -> Path:
    """The folder that holds ``ppocr``; raises :class:`UserError` when there is none."""
    if "ppocr" in sys.modules:  # its modules put folders on the path that hide the wheel
        return Path(next(iter(sys.modules["ppocr"].__path__))).parent
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
            setup_command(),
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
    """PPLCNetV3, the backbone of PP-OCRv4 and v5 mobile; ``backbones/rec_lcnetv3.py``."""
    module = ppocr_module("modeling.backbones.rec_lcnetv3")

    def fuse(network: Any) -> None:
        """Re-parameterise every learnable branch, in place, and drop the branches."""
        for layer in network.sublayers():
            if hasattr(layer, "rep") and not layer.is_repped:
                layer.rep()
                layer.conv_kxk = layer.conv_1x1 = layer.identity = None

    return _one_way(module.PPLCNetV3(scale=scale, det=False, **options), fuse)


def pphgnet_small() -> Any:
    """PPHGNet, the backbone of PP-OCRv4 server; ``backbones/rec_hgnet.py``."""
    return _one_way(ppocr_module("modeling.backbones.rec_hgnet").PPHGNet_small(det=False))


def pphgnetv2_b4() -> Any:
    """PPHGNetV2 B4, the backbone of PP-OCRv5 server; ``backbones/rec_pphgnetv2.py``.

    Release 2.10 knows it for formulas only, with other strides and no pooling: they are set
    here, to those of release 3. Its parts for classification are left out.
    """
    import paddle.nn.functional as F

    module = ppocr_module("modeling.backbones.rec_pphgnetv2")
    if "text_rec" in inspect.signature(module.PPHGNetV2_B4).parameters:  # a checkout of release 3
        return _one_way(module.PPHGNetV2_B4(text_rec=True))

    class PPHGNetV2(module.PPHGNetV2):  # type: ignore[name-defined]
        def forward(self, x: Any) -> Any:
            return F.avg_pool2d(super().forward(x), [3, 2])

    # In, middle and out channels, blocks, downsampling, light, kernel, layers.
    stages = {
        "stage1": [48, 48, 128, 1, True, False, 3, 6],
        "stage2": [128, 96, 512, 1, True, False, 3, 6],
        "stage3": [512, 192, 1024, 3, True, True, 5, 6],
        "stage4": [1024, 384, 2048, 1, True, True, 5, 6],
    }
    network = PPHGNetV2(stages, stem_channels=[3, 32, 48], use_last_conv=False, class_num=1)
    del network.fc
    network.stem.stem3.conv._stride = [1, 1]
    for stage, stride in zip(network.stages, ([2, 1], [1, 2], [2, 1], [2, 1]), strict=True):
        stage.downsample.conv._stride = stride
    network.out_channels = 2048
    return _one_way(network)


def _one_way(network: Any, fuse: Callable[[Any], None] = lambda network: None) -> Any:
    """The backbone itself, pooling in training as it does in evaluation, with a ``fuse`` method.

    Upstream pools to 40 steps whatever the width while training, so that a label that needs
    more has a CTC loss of exactly 0.
    """

    upstream = type(network)

    def forward(self: Any, x: Any) -> Any:
        training, self.training = self.training, False
        try:
            return upstream.forward(self, x)
        finally:
            self.training = training

    members = {"forward": forward, "fuse": fuse}
    network.__class__ = type(upstream.__name__, (upstream,), members)
    return network


def svtr_neck(in_channels: int, **options: Any) -> Any:
    """``EncoderWithSVTR``, the neck of PP-OCRv3 to v5: [B, C, 1, T] -> [B, dims, 1, T]."""
    return ppocr_module("modeling.necks.rnn").EncoderWithSVTR(in_channels, **options)


def base_model(architecture: dict[str, Any]) -> Any:
    """PaddleOCR's ``BaseModel`` of an ``Architecture`` section, which it changes.

    Raises :class:`UserError` for a part or an option that PaddleOCR does not know.
    """
    from paddle.utils import unique_name

    module = ppocr_module("modeling.architectures.base_model")
    # Some parts name their parameters, and Paddle takes a name once in a process: forget them.
    numbering, names = unique_name.switch()
    unique_name.switch(numbering)
    try:
        model = module.BaseModel(architecture)
    except (AssertionError, KeyError, NameError, TypeError) as error:
        raise UserError(
            f"Architecture: PaddleOCR cannot build it: {error}",
            "an architecture of PaddleOCR's configs, or the one in configs/base_rec.yml",
        ) from error
    finally:
        unique_name.switch(numbering, names)
    if type(model.backbone).__name__ in POOL_BY_MODE:
        _one_way(model.backbone)
    return model
