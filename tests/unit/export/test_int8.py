"""8-bit integers: where they are used, that they read, and when they are refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.export import int8
from ppocr_ext.export.engines import INT8_FILE, open_engine
from ppocr_ext.export.int8 import pointwise_convolutions, write_int8
from ppocr_ext.export.lines import Lines, load_lines
from ppocr_ext.export.settings import ModelSettings
from ppocr_ext.text.codec import CTCCodec


@pytest.fixture(scope="module")
def lines(line_set: Path) -> Lines:
    return load_lines(None, line_set, 6)


@pytest.fixture(scope="module")
def codec(model_folder: Path) -> CTCCodec:
    return CTCCodec(ModelSettings.read(model_folder).charset)


@pytest.fixture
def folder(model_folder: Path, vietnamese_path: Path) -> Path:
    """A copy, so that other tests' model folder stays as it is."""
    shutil.copy(model_folder / "inference.onnx", vietnamese_path)
    return vietnamese_path


def test_it_reads_as_in_float32_and_is_smaller(
    folder: Path, lines: Lines, codec: CTCCodec, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = write_int8(folder, lines, codec)
    assert found.lines == 6
    assert found.cer_int8 <= found.cer_float32 + 0.005
    assert sorted(path.name for path in folder.iterdir()) == ["inference.onnx", INT8_FILE]
    assert (folder / INT8_FILE).stat().st_size < (folder / "inference.onnx").stat().st_size / 2
    exact, rough = (open_engine(folder, name) for name in ("onnxruntime", "onnxruntime-int8"))
    image = lines.images[3]
    assert codec.decode_batch(rough(image))[0][0] == "(028) 3829 4567"
    assert 0 < np.abs(exact(image) - rough(image)).max() < 0.5

    monkeypatch.setattr(int8, "LARGEST_RISE", -1.0)
    with pytest.raises(UserError, match="raise the CER"):
        write_int8(folder, lines, codec)


def test_only_the_wide_convolutions_of_the_backbone(model_folder: Path) -> None:
    model = onnx.load(str(model_folder / "inference.onnx"))
    weights = {weight.name: tuple(weight.dims) for weight in model.graph.initializer}
    chosen = set(pointwise_convolutions(model))
    shapes = [weights[node.input[1]] for node in model.graph.node if node.name in chosen]
    # Expand and compress of each of the 13 blocks, but for the last one, which sees one row; the
    # former doubles the channels.
    assert len(shapes) == 25
    assert {shape[2:] for shape in shapes} == {(1, 1)}
    assert all({shape[0] / shape[1], shape[1] / shape[0]} & {2.0, 1.0} for shape in shapes)


def test_a_network_without_any_is_told(
    folder: Path, lines: Lines, codec: CTCCodec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(int8, "FEWEST_CHANNELS", 10_000)
    with pytest.raises(UserError, match="would gain nothing"):
        write_int8(folder, lines, codec)


def test_labels_are_needed(folder: Path, lines: Lines, codec: CTCCodec) -> None:
    with pytest.raises(UserError, match="--lines"):
        write_int8(folder, Lines(lines.images, [], "drawn lines"), codec)
    assert not (folder / INT8_FILE).exists()
