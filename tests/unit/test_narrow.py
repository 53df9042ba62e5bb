"""Paddle on Windows opens no path with letters beyond ASCII; a stand-in here does the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ppocr_ext import files, narrow
from ppocr_ext.errors import UserError


@pytest.fixture
def on_windows(vietnamese_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that any user may write to, beside a user's own with Vietnamese letters."""
    shared = tmp_path / "shared"
    shared.mkdir()
    own = vietnamese_path / "AppData"
    own.mkdir()
    monkeypatch.setattr(files, "WINDOWS", True)
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    monkeypatch.setenv("PROGRAMDATA", str(shared))
    return shared


def test_reading_and_writing_by_way_of_an_ascii_folder(
    on_windows: Path, vietnamese_path: Path
) -> None:
    (vietnamese_path / "inference.json").write_text("{}", encoding="utf-8")
    (vietnamese_path / "other").write_text("", encoding="utf-8")
    with narrow.readable(vietnamese_path, "inference.*") as place:
        assert str(place).isascii() and place.parent == on_windows
        assert [path.name for path in place.iterdir()] == ["inference.json"]
    with narrow.writable(vietnamese_path) as place:
        assert str(place).isascii()
        (place / "inference.onnx").write_bytes(b"model")
    assert (vietnamese_path / "inference.onnx").read_bytes() == b"model"
    assert not list(on_windows.iterdir())


def test_an_ascii_path_is_taken_as_it_is(on_windows: Path) -> None:
    with narrow.readable(on_windows, "*") as place, narrow.writable(on_windows) as other:
        assert place == other == on_windows


def test_without_such_a_folder_the_cure_is_reported(
    on_windows: Path, vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(dir: str) -> Any:
        raise PermissionError(13, "denied", dir)

    monkeypatch.setattr(tempfile, "TemporaryDirectory", refuse)
    with pytest.raises(UserError, match="ASCII") as caught, narrow.writable(vietnamese_path):
        pass
    assert "set TEMP=" in caught.value.cure


def ascii_only(function: Callable) -> Callable:
    """As Paddle's narrow calls: what has other letters in its path is not found."""

    def call(*arguments: Any, **options: Any) -> Any:
        for path in (each for each in arguments if isinstance(each, str)):
            if not path.isascii():
                raise RuntimeError(f"cannot open {path!a}")
        return function(*arguments, **options)

    return call


def test_a_model_is_exported_opened_and_lifted_below_vietnamese_letters(
    on_windows: Path, vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import paddle
    from paddle import inference, nn

    from ppocr_ext.engine.frozen import _engine
    from ppocr_ext.export.engines import open_engine
    from ppocr_ext.export.trained import save_program
    from ppocr_ext.models.lift import open_inference_model

    monkeypatch.setattr(paddle.jit, "save", ascii_only(paddle.jit.save))
    load = paddle.static.load_inference_model
    monkeypatch.setattr(paddle.static, "load_inference_model", ascii_only(load))
    monkeypatch.setattr(inference, "Config", ascii_only(inference.Config))
    layer, frozen = nn.Conv2D(3, 2, 3), nn.Conv2D(3, 2, 3)
    frozen.set_state_dict(layer.state_dict())
    images = np.random.default_rng(0).normal(size=(1, 3, 48, 32)).astype(np.float32)
    expected = layer(paddle.to_tensor(images)).numpy()
    folder = vietnamese_path / "mô hình"
    folder.mkdir()
    save_program(layer, folder)
    assert {path.name for path in folder.iterdir()} == {"inference.json", "inference.pdiparams"}
    for run in (
        open_engine(folder, "paddle"),
        open_inference_model(folder).run,
        _engine([frozen]),
    ):
        np.testing.assert_allclose(run(images), expected, atol=1e-5)
    assert not list(on_windows.iterdir())
