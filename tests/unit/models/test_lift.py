"""A model that weights are lifted from is the one that was exported."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.models.lift import open_inference_model
from ppocr_ext.runtime import PUBLISHED


@pytest.mark.parametrize("name", ["inference.onnx", "inference.pdiparams", "inference.json"])
def test_weights_are_not_lifted_from_a_damaged_model(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inference"
    shutil.copytree(PUBLISHED / "inference", folder)
    source = folder / name if name.endswith(".onnx") else folder
    assert open_inference_model(source).tensors
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(UserError, match=f"{name} is damaged") as caught:
        open_inference_model(source)
    assert str(PUBLISHED / "inference" / name) in caught.value.cure
