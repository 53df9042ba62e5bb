"""Which export reads, and that a damaged model never reads: its message says what cures it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.export.publish import replacing_folder
from ppocr_ext.infer import Recognizer
from ppocr_ext.infer.model import model_folder as find_model_folder
from ppocr_ext.runs.model import find_model
from ppocr_ext.runs.run import seal_model
from ppocr_ext.runtime import PUBLISHED


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A copy of the published model that lies in no git repository."""
    folder = tmp_path / "mô hình của tôi"
    shutil.copytree(PUBLISHED / "inference", folder / "inference")
    for path in PUBLISHED.glob("best_accuracy.*"):
        shutil.copy(path, folder)
    return folder


@pytest.mark.parametrize(
    ("name", "harm", "engine"),
    [
        ("inference/inference.onnx", flip_a_bit, "onnxruntime"),
        ("inference/inference.onnx", truncate, "openvino"),
        ("inference/inference.onnx", Path.unlink, "auto"),
        ("inference/inference.pdiparams", flip_a_bit, "paddle"),
        ("inference/inference.json", truncate, "paddle"),
        ("inference/inference.yml", truncate, "onnxruntime"),
        ("inference/inference.yml", Path.unlink, "onnxruntime"),
    ],
)
def test_a_damaged_published_model_never_reads(
    published: Path, name: str, harm: Callable[[Path], None], engine: str
) -> None:
    before = set(published.rglob("*"))
    harm(published / name)
    what = "is missing" if harm is Path.unlink else "is damaged"
    with pytest.raises(UserError, match=f"{name} {what}") as caught:
        Recognizer(published, engine=engine)
    subprocess.run(caught.value.cure, shell=True, check=True)
    Recognizer(published, engine="onnxruntime")
    assert set(published.rglob("*")) == before


def test_weights_of_an_earlier_publication_are_those_of_its_export(published: Path) -> None:
    weights = published / "best_accuracy.pdparams"
    weights.write_bytes(b"others")
    assert find_model(published).trainable == weights
    with pytest.raises(UserError, match=r"best_accuracy.pdparams is damaged"):
        find_model_folder(published)


def test_each_engine_needs_only_its_own_files(published: Path) -> None:
    (published / "inference/inference.pdiparams").unlink()
    Recognizer(published, engine="onnxruntime")
    assert find_model_folder(published / "best_accuracy.pdparams") == published / "inference"


@pytest.fixture
def run(trained_run: Path, model_folder: Path, tmp_path: Path) -> Path:
    """A run with its export in ``inference/``, told from others by its confidences."""
    run = tmp_path / "vi rec"
    shutil.copytree(trained_run, run, ignore=shutil.ignore_patterns("inference*"))
    shutil.copytree(model_folder, run / "inference")
    return run


@pytest.mark.parametrize("harm", [flip_a_bit, truncate, Path.unlink])
@pytest.mark.parametrize("name", ["inference.yml", "inference.onnx"])
def test_a_damaged_export_of_a_run_is_not_replaced_in_silence(
    run: Path, name: str, harm: Callable[[Path], None]
) -> None:
    assert find_model_folder(run) == run / "inference"
    harm(run / "inference" / name)
    with pytest.raises(UserError, match=name) as caught:
        Recognizer(run, engine="onnxruntime")
    tool = "python tools/export_model.py"
    assert caught.value.cure == f"{tool} --model '{run}' --output '{run / 'inference'}'"
    assert not (run / "inference_cache").exists()


def test_an_export_that_lost_its_settings_may_be_replaced(run: Path) -> None:
    (run / "inference" / "inference.yml").unlink()
    with replacing_folder(run / "inference") as folder:
        (folder / "inference.yml").write_bytes(b"new")
    assert [path.name for path in (run / "inference").iterdir()] == ["inference.yml"]
    with pytest.raises(UserError, match="is not an exported model"), replacing_folder(run):
        pass


def test_a_damaged_cached_export_is_made_again(
    run: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(run / "inference")

    def export_model(trained: object, folder: Path, options: object) -> None:
        shutil.copytree(model_folder, folder, dirs_exist_ok=True)

    monkeypatch.setattr("ppocr_ext.export.export.export_model", export_model)
    cached = find_model_folder(run)
    for harm in (truncate, flip_a_bit, Path.unlink):
        harm(cached / "inference.onnx")
        assert find_model_folder(run) == cached
        Recognizer(run, engine="onnxruntime")


def test_a_folder_without_sums_is_read_as_before(model_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    shutil.copytree(model_folder, folder)
    (folder / "SHA256SUMS").unlink()
    Recognizer(folder, engine="onnxruntime")
    for engine, name in (("onnxruntime", "inference.onnx"), ("paddle", "inference.pdiparams")):
        truncate(folder / name)
        with pytest.raises(UserError, match="cannot be opened"):
            Recognizer(folder, engine=engine)
    seal_model(folder)
    with pytest.raises(UserError, match="cannot be opened"):  # sealed as it is: whole, but no model
        Recognizer(folder, engine="onnxruntime")
