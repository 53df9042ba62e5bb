"""Checkpoints that stock PaddleOCR or others wrote."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from ppocr_ext.checkpoint import load_checkpoint
from ppocr_ext.errors import UserError


@pytest.fixture
def stock(vietnamese_path: Path) -> Path:
    """The prefix of a checkpoint as stock PaddleOCR writes it."""
    for suffix in ("pdparams", "pdopt"):
        (vietnamese_path / f"latest.{suffix}").write_bytes(b"tensors")
    states = {"best_model_dict": {"acc": 0.5}, "epoch": 3, "global_step": 18}
    with open(vietnamese_path / "latest.states", "wb") as stream:
        pickle.dump(states, stream, protocol=2)
    return vietnamese_path / "latest"


def test_stock_checkpoint_is_partial_and_tells_its_epoch(stock: Path) -> None:
    said: list[str] = []
    loaded = load_checkpoint(stock, said.append)
    assert loaded.partial and loaded.name == "latest"
    assert (loaded.epoch, loaded.global_step, loaded.metrics) == (3, 18, {"acc": 0.5})
    assert set(loaded.files) == {"pdparams", "pdopt", "states"}
    assert len(said) == 1 and "could not be verified" in said[0]


def test_weights_alone_are_enough(vietnamese_path: Path) -> None:
    path = vietnamese_path / "vi.official.pdparams"
    path.write_bytes(b"tensors")
    for typed in (path, path.with_suffix(""), vietnamese_path):
        loaded = load_checkpoint(typed)
        assert loaded.files == {"pdparams": path}
        assert (loaded.epoch, loaded.global_step, dict(loaded.state)) == (0, 0, {})


def test_which_weights_must_be_said_when_there_are_several(vietnamese_path: Path) -> None:
    for name in ("teacher", "student"):
        (vietnamese_path / f"{name}.pdparams").write_bytes(b"tensors")
    with pytest.raises(UserError, match="no checkpoint"):
        load_checkpoint(vietnamese_path)


def test_a_hostile_states_file_is_left_out(stock: Path) -> None:
    stock.with_suffix(".states").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    said: list[str] = []
    loaded = load_checkpoint(stock, said.append)
    assert set(loaded.files) == {"pdparams", "pdopt"} and loaded.epoch == 0
    assert any("os.system" in text for text in said)
