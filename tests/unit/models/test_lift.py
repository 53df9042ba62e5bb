"""A model that weights are lifted from is the one that was exported."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from ppocr_ext.console import command_line
from ppocr_ext.errors import UserError
from ppocr_ext.models.lift import open_inference_model
from ppocr_ext.models.weights import read_lifted
from ppocr_ext.runtime import PUBLISHED


@pytest.mark.parametrize("name", ["inference.pdiparams", "inference.onnx"])
def test_a_calibrated_export_gives_the_weights_that_it_was_made_of(name: str) -> None:
    """Its confidences are divided by a temperature; 151 tensors are the network's own."""
    arrays, charset = read_lifted(PUBLISHED / "inference" / name)
    found = hashlib.sha256()
    for key in sorted(arrays):
        found.update(arrays[key].tobytes())
    assert len(arrays) == 151 and charset.num_classes == 257
    assert found.hexdigest()[:16] == "99b656c9d977409c"


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


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("inference.pdiparams", b""),
        ("inference.json", b"{}"),
        ("inference.onnx", b"\x00" * 99),
        ("inference.yml", b"a: ["),
        ("inference.yml", b"words"),
        ("inference.yml", b"\xff\xfe\x00"),
    ],
)
def test_a_damaged_model_without_sums_is_one_error(
    tmp_path: Path, name: str, content: bytes
) -> None:
    folder, others = tmp_path / "inference", shutil.ignore_patterns("*.onnx", "SHA256SUMS")
    shutil.copytree(PUBLISHED / "inference", folder, ignore=others)
    (folder / name).write_bytes(content)
    with pytest.raises(UserError, match="is damaged, or not an exported model"):
        open_inference_model(folder / name if name.endswith(".onnx") else folder)


def test_a_folder_with_an_onnx_file_alone_is_lifted_as_the_message_says(tmp_path: Path) -> None:
    model = tmp_path / "inference.onnx"
    model.write_bytes((PUBLISHED / "inference" / model.name).read_bytes())
    assert len(open_inference_model(tmp_path).tensors) == 151
    with pytest.raises(UserError, match="unknown network or dictionary") as caught:
        read_lifted(model)
    # What --model-name cures is no cure where inference.yml names the model: it is another's.
    settings = (PUBLISHED / "inference" / "inference.yml").read_text(encoding="utf-8")
    other = settings.replace("PP-OCRv6_small_rec", "PP-OCRv6_medium_rec")
    (tmp_path / "inference.yml").write_text(other, encoding="utf-8")
    with pytest.raises(UserError, match="151 weight tensors") as refused:
        read_lifted(model)
    assert "PP-OCRv6_medium_rec" in refused.value.expected and "--" not in refused.value.cure
    assert caught.value.cure.endswith(
        command_line(["--source", str(model), "--model-name", "NAME"])
    )
