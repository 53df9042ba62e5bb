"""Weights that are not what lies beside them says are refused, and where a good copy is is said."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ppocr_ext.checkpoint import CheckpointStore, read_pdopt, read_pdparams, refuse_damaged
from ppocr_ext.checkpoint.disk import FileRecord
from ppocr_ext.errors import UserError
from ppocr_ext.published import PUBLISHED
from ppocr_ext.runtime import REPOSITORY

CONTENT = b"weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def flip_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def refusal(path: Path, make: str | None = None) -> UserError:
    with pytest.raises(UserError) as caught:
        refuse_damaged(path, make)
    return caught.value


@pytest.fixture
def weights(vietnamese_path: Path) -> Path:
    path = vietnamese_path / "base.v1.pdparams"
    path.write_bytes(CONTENT)
    return path


def test_the_seal_of_base_weights(weights: Path) -> None:
    seal = weights.with_name("base.v1.json")
    seal.write_text(json.dumps({"sha256": SHA256}), encoding="utf-8")
    refuse_damaged(weights)
    flip_bit(weights)
    error = refusal(weights, "python tools/base_weights.py")
    assert error.found.startswith(f"{weights} is damaged")
    assert str(seal) in error.expected and SHA256[:16] in error.expected
    assert error.cure == "run: python tools/base_weights.py"


def test_a_damaged_seal(weights: Path) -> None:
    weights.with_name("base.v1.json").write_text('{"sha256": "12', encoding="utf-8")
    assert "base.v1.json is damaged" in refusal(weights).found


@pytest.mark.parametrize("other", ["[1, 2]", "7", '{"classes": 3}'])
def test_a_json_of_another_program_says_nothing(weights: Path, other: str) -> None:
    weights.with_name("base.v1.json").write_text(other, encoding="utf-8")
    refuse_damaged(weights)


@pytest.mark.parametrize("suffix", ["pdparams", "ema"])
def test_the_manifest_of_a_checkpoint_names_its_other_copy(
    vietnamese_path: Path, suffix: str
) -> None:
    store = CheckpointStore(vietnamese_path)
    writers = {
        each: lambda path: path.write_bytes(b"some weights") and None
        for each in ("pdparams", "ema")
    }
    saved = store.save("best_accuracy", writers, {}, global_step=7, epoch=1)
    flat = vietnamese_path / f"best_accuracy.{suffix}"
    refuse_damaged(flat)
    flip_bit(flat)
    assert refusal(flat).cure == f"use the undamaged copy {saved.path(suffix)}"
    flip_bit(saved.path(suffix))
    assert refusal(flat).cure == "copy or download it again"


def test_the_card_of_a_published_folder(weights: Path) -> None:
    inference = weights.parent / "inference"
    inference.mkdir()
    model = inference / "inference.onnx"
    model.write_bytes(CONTENT)
    row = f"| `inference/inference.onnx` | 7 | {SHA256} |"
    row = f"| `inference/inference.onnx` | 7 | {SHA256} |"
    card = f"| file | bytes | SHA-256 |\n|---|---|---|\n{row}\n"
    (weights.parent / "README.md").write_text(card, encoding="utf-8")
    refuse_damaged(model)
    refuse_damaged(weights)  # which the card does not name
    flip_bit(model)
    assert "README.md" in refusal(model).expected


def test_the_published_model_is_what_its_card_says_and_git_has_a_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("best_accuracy.pdparams", "inference/inference.onnx", "inference/inference.yml"):
        refuse_damaged(PUBLISHED / name)
    other = FileRecord(0, "f" * 64)
    monkeypatch.setattr("ppocr_ext.checkpoint.sums.fingerprint", lambda path: other)
    name = "output/vi_PP-OCRv6_small_rec/best_accuracy.pdparams"
    cure = refusal(PUBLISHED / "best_accuracy.pdparams").cure
    assert cure == f'run: git -C "{REPOSITORY.as_posix()}" checkout -- "{name}"'


@pytest.mark.parametrize("read", [read_pdparams, read_pdopt])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite(
    weights: Path, read: Callable[[Path], Any], value: float
) -> None:
    arrays = {"fine": np.ones(2, np.float32), "bad": np.array([1, value], np.float16)}
    weights.write_bytes(pickle.dumps(arrays))
    with pytest.raises(UserError, match="bad of 2 tensors hold numbers that are not finite"):
        read(weights)
