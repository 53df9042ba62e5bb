"""Weights that are not what lies beside them says are refused, and where a good copy is is said."""

from __future__ import annotations

import hashlib
import json
import pickle
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ppocr_ext.checkpoint import CheckpointStore, read_pdopt, read_pdparams, refuse_damaged
from ppocr_ext.checksums import write_sums
from ppocr_ext.errors import UserError

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
    assert error.expected.endswith(SHA256)
    assert error.cure == "python tools/base_weights.py"


def test_a_damaged_seal(weights: Path) -> None:
    weights.with_name("base.v1.json").write_text('{"sha256": "12', encoding="utf-8")
    assert "base.v1.json is damaged" in refusal(weights).found


@pytest.mark.parametrize("other", ["[1, 2]", "7", '{"classes": 3}'])
def test_a_json_of_another_program_says_nothing(weights: Path, other: str) -> None:
    weights.with_name("base.v1.json").write_text(other, encoding="utf-8")
    refuse_damaged(weights)


@pytest.mark.parametrize("suffix", ["pdparams", "ema"])
def test_the_good_copy_of_a_checkpoint_is_put_in_place_by_the_cure(
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
    for damaged in (flat, saved.path(suffix)):
        flip_bit(damaged)
        subprocess.run(refusal(damaged).cure, shell=True, check=True)
        refuse_damaged(damaged)
    for path in vietnamese_path.rglob(f"*.{suffix}"):
        path.write_bytes(b"")
    assert refusal(flat).cure == "copy or download it again"


@pytest.mark.parametrize("read", [read_pdparams, read_pdopt])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite(
    weights: Path, read: Callable[[Path], Any], value: float
) -> None:
    arrays = {"fine": np.ones(2, np.float32), "bad": np.array([1, value], np.float16)}
    weights.write_bytes(pickle.dumps(arrays))
    with pytest.raises(UserError, match="bad of 2 tensors hold numbers that are not finite"):
        read(weights)


def test_a_checkpoint_that_was_verified_is_still_held_to_the_sums_beside_it(
    vietnamese_path: Path,
) -> None:
    store = CheckpointStore(vietnamese_path)
    writers = {"pdparams": lambda path: path.write_bytes(CONTENT)}
    checkpoint = store.save("latest", writers, {}, global_step=7, epoch=1)
    path = checkpoint.path("pdparams")
    assert checkpoint.digests == {}, "saved, and not read again since"
    digests = store.load().digests
    assert digests == {path: SHA256}
    write_sums(path.parent, [path.name])
    refuse_damaged(path, digests=digests)
    path.with_name("SHA256SUMS").write_text(f"{'0' * 64}  {path.name}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"model\.pdparams is damaged"):
        refuse_damaged(path, digests=digests)
