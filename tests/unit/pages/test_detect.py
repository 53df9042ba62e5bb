"""The bundled detector, and another one as PaddleOCR's TextDetection folders hold it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import paper
import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.packages import package_folder
from ppocr_ext.pages.detect import BUNDLED, Detector, DetectorSettings, boxes_of

SETTINGS = """\
PreProcess:
  transform_ops:
  - DecodeImage: {channel_first: false, img_mode: BGR}
  - NormalizeImage: {mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], order: hwc}
  - ToCHWImage: null
PostProcess: {name: DBPostProcess, thresh: 0.3, box_thresh: 0.5, unclip_ratio: 1.6}
"""


def test_a_folder_of_paddleocr_reads_as_its_settings_say(vietnamese_path: Path) -> None:
    shutil.copy(
        package_folder(BUNDLED[0]).joinpath(*BUNDLED[1:]), vietnamese_path / "inference.onnx"
    )
    (vietnamese_path / "inference.yml").write_text(SETTINGS, encoding="utf-8")
    page, bundled, own = paper.page(), Detector(), Detector(vietnamese_path)
    assert own.settings == DetectorSettings() and len(bundled(page)) == 5
    assert np.array_equal(own(page), bundled(page))
    (vietnamese_path / "inference.yml").unlink()
    assert Detector(vietnamese_path / "inference.onnx").settings.mean == (0.485, 0.456, 0.406)
    (vietnamese_path / "inference.yml").write_text("PostProcess: 1\n", encoding="utf-8")
    with pytest.raises(UserError, match="does not describe a text detector"):
        Detector(vietnamese_path)
    (vietnamese_path / "x.onnx").write_bytes(b"no model")
    (vietnamese_path / "inference.yml").unlink()
    with pytest.raises(UserError, match="cannot be opened"):
        Detector(vietnamese_path / "x.onnx")
    with pytest.raises(UserError, match="no text detector"):
        Detector(vietnamese_path / "absent")


def test_a_capital_that_runs_into_its_line_is_parted_from_it() -> None:
    found = np.zeros((200, 600), np.float32)
    found[60:120, 40:80] = 0.9
    found[60:76, 90:500] = 0.9
    found[62:70, 80:90] = 0.4  # between the two
    boxes = boxes_of(found, DetectorSettings())
    assert sorted(boxes.min(axis=1).round().tolist()) == [[21.0, 41.0], [78.0, 48.0]]
    assert len(boxes_of(found * 0.5, DetectorSettings())) == 0
