"""Exports are verified, replaced whole, and refused when they differ."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import yaml

from ppocr_ext import checksums
from ppocr_ext.checkpoint import read_pdparams
from ppocr_ext.errors import UserError
from ppocr_ext.export import engines
from ppocr_ext.export.engines import open_engine
from ppocr_ext.export.export import ExportOptions, export_model
from ppocr_ext.export.settings import ModelSettings
from ppocr_ext.export.trained import TrainedModel, load_trained
from ppocr_ext.export.verify import to_network
from ppocr_ext.packages import require_package
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec


@pytest.fixture(scope="module")
def trained(trained_run: Path) -> TrainedModel:
    return load_trained(trained_run)


@pytest.fixture(scope="module")
def settings(model_folder: Path) -> ModelSettings:
    return ModelSettings.read(model_folder)


def test_it_reads_what_is_written(model_folder: Path, line_set: Path, settings) -> None:
    codec = CTCCodec(settings.charset)
    engine = open_engine(model_folder)
    path = line_set.parent / "dòng 3.png"
    image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    ((text, confidence),) = codec.decode_batch(engine(to_network(image)))
    assert text == "(028) 3829 4567"
    assert 0.9 < confidence <= 1.0


@pytest.mark.parametrize("shape", [(1, 3, 48, 8), (3, 3, 48, 64), (2, 3, 48, 1000)])
def test_engines_agree_on_every_batch_and_width(model_folder: Path, shape: tuple) -> None:
    images = np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)
    exact, *others = (open_engine(model_folder, name)(images) for name in ENGINES)
    assert exact.shape == (shape[0], shape[3] // 8, 285)
    for other, tolerance in zip(others, (1e-4, 0.03), strict=True):
        np.testing.assert_allclose(other, exact, atol=tolerance)


ENGINES = ("onnxruntime", "paddle", "openvino")


def test_openvino_computes_each_line_as_if_it_were_alone(model_folder: Path) -> None:
    images = np.random.default_rng(0).uniform(-1, 1, (6, 3, 48, 64)).astype(np.float32)
    engine = open_engine(model_folder, "openvino")
    together = engine(images)
    assert (together == np.concatenate([engine(image[None]) for image in images])).all()


def test_openvino_without_bfloat16_computes_in_float32(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = np.random.default_rng(1).uniform(-1, 1, (1, 3, 48, 320)).astype(np.float32)
    exact = open_engine(model_folder, "onnxruntime")(images)
    monkeypatch.setattr(engines, "has_bfloat16", lambda: False)
    np.testing.assert_allclose(open_engine(model_folder, "openvino")(images), exact, atol=1e-4)


def test_several_threads_may_make_the_first_call(model_folder: Path, repository: Path) -> None:
    code = f"""
import numpy, threading
from pathlib import Path
from ppocr_ext.export.engines import open_engine
engine, start = open_engine(Path({str(model_folder)!r}), "openvino", 4), threading.Barrier(4)
def call():
    start.wait()
    engine(numpy.zeros((1, 3, 48, 32), "float32"))
threads = [threading.Thread(target=call) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    subprocess.run([sys.executable, "-c", code], cwd=repository, timeout=120, check=True)


@pytest.mark.skipif(os.name == "nt", reason="a signal to oneself ends the process there")
def test_a_signal_is_heard_after_two_engines_have_gone(
    model_folder: Path, repository: Path
) -> None:
    code = f"""
import os, signal
from pathlib import Path
from ppocr_ext.export.engines import open_engine
engines = [open_engine(Path({str(model_folder)!r}), "openvino") for _ in range(2)]
while engines:
    del engines[0]
signal.signal(signal.SIGTERM, lambda number, frame: print("heard"))
os.kill(os.getpid(), signal.SIGTERM)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, timeout=120, stdout=subprocess.PIPE
    )
    assert (done.returncode, done.stdout) == (0, b"heard\n")


def test_the_engine_is_chosen_by_the_processor_and_the_files(
    model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    for name in ENGINES:
        monkeypatch.setattr(engines, f"_open_{name}", lambda *_, name=name: opened.append(name))
    for bfloat16, package in ((True, ""), (False, ""), (True, "onnxruntime-gpu")):
        monkeypatch.setattr(engines, "has_bfloat16", lambda answer=bfloat16: answer)
        monkeypatch.setattr(engines, "installed", lambda name, held=package: name == held)
        open_engine(model_folder, "auto")
    open_engine(tmp_path, "auto")  # a model of Paddle's own: no ONNX file
    assert opened == ["openvino", "onnxruntime", "onnxruntime", "paddle"]


def test_a_missing_engine_is_no_damaged_model(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "has_bfloat16", lambda: False)
    monkeypatch.setattr(engines, "_openvino", lambda: require_package("no_such_engine"))
    with pytest.raises(UserError, match="the package no_such_engine is not installed") as caught:
        open_engine(model_folder, "openvino")
    assert caught.value.cure == "python tools/workspace.py setup"


def test_the_network_is_hashed_once(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []
    real = checksums.fingerprint
    monkeypatch.setattr(checksums, "fingerprint", lambda path: hashed.append(path) or real(path))
    open_engine(model_folder, "float32")
    assert [path.name for path in hashed] == ["inference.onnx"]


def test_the_yml_is_what_paddlex_reads(model_folder: Path, repository: Path) -> None:
    tree = yaml.safe_load((model_folder / "inference.yml").read_text(encoding="utf-8"))
    dictionary = (repository / "dicts" / "vi_dict.txt").read_text(encoding="utf-8").splitlines()
    assert tree["Global"] == {"model_name": "PP-OCRv6_small_rec"}
    assert tree["PostProcess"] == {"name": "CTCLabelDecode", "character_dict": dictionary}
    assert tree["PreProcess"]["transform_ops"][0] == {
        "DecodeImage": {"channel_first": False, "img_mode": "BGR"}
    }
    assert tree["Export"]["verified"]["onnxruntime"]["same_texts"] == 6


def test_the_onnx_file_names_its_dictionary(model_folder: Path, settings: ModelSettings) -> None:
    model = onnx.load(str(model_folder / "inference.onnx"))
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert tuple(metadata["character"].split("\n")) == settings.charset.characters


def test_the_last_convolution_computes_means_only(model_folder: Path) -> None:
    nodes = onnx.load(str(model_folder / "inference.onnx")).graph.node
    made_by = {node.output[0]: node for node in nodes}
    of_pools = [node for node in nodes if made_by.get(node.input[0], node).op_type == "AveragePool"]
    assert sorted(node.op_type for node in of_pools) == ["Add", "Conv"]
    used = {name for node in nodes for name in node.input}
    assert all(node.output[0] in used for node in nodes[:-1])


def test_a_network_that_differs_is_refused_and_the_old_folder_stays(
    trained: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "inference"
    folder.mkdir()
    (folder / "inference.yml").write_text("Global: {}\n", encoding="utf-8")

    from ppocr_ext.export import onnx_ops

    def wrong(graph, attributes, x):  # tanh's approximation, as careless exporters write it
        return graph.add("Mul", x, graph.add("Sigmoid", x))

    monkeypatch.setitem(onnx_ops.TRANSLATIONS, "pd_op.gelu", wrong)
    with pytest.raises(UserError, match="differs from the checkpoint"):
        export_model(trained, folder, ExportOptions(calibration=False))
    assert [path.name for path in tmp_path.iterdir()] == ["inference"]
    assert [path.name for path in folder.iterdir()] == ["inference.yml"]


def test_an_unknown_operator_is_named(
    trained: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppocr_ext.export import onnx_ops

    monkeypatch.delitem(onnx_ops.TRANSLATIONS, "pd_op.swish")
    with pytest.raises(UserError, match=r"pd_op\.swish"):
        export_model(trained, tmp_path / "inference", ExportOptions(calibration=False))


def test_calibration_keeps_texts_and_lowers_the_error(
    trained: TrainedModel, model_folder: Path, line_set: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("ppocr_ext.export.verify.FEWEST_CHARACTERS", 50)
    folder = tmp_path / "inference"
    exported = export_model(trained, folder, ExportOptions())
    calibration = exported.calibration
    assert calibration is not None
    assert calibration.ece_after < calibration.ece_before
    assert ModelSettings.read(folder).facts["calibration"]["temperature"] != 1.0
    assert "temperature" in exported.describe()
    codec = CTCCodec(trained.charset)
    plain, calibrated = open_engine(model_folder), open_engine(folder)
    image = cv2.imdecode(np.fromfile(line_set.parent / "dòng 0.png", np.uint8), cv2.IMREAD_COLOR)
    before, after = (
        codec.decode_batch(engine(to_network(image)))[0] for engine in (plain, calibrated)
    )
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_base_weights_and_stock_checkpoints_export_too(
    trained: TrainedModel, trained_run: Path, repository: Path, tmp_path: Path
) -> None:
    stock = tmp_path / "latest.pdparams"
    stock.write_bytes((trained_run / "best_accuracy.pdparams").read_bytes())
    with pytest.raises(UserError, match=r"export_model\.py --model .* -c CONFIG\.yml"):
        load_trained(tmp_path / "latest")

    from ppocr_ext.config import load_config

    loaded = load_trained(tmp_path / "latest", load_config(repository / "configs/base_rec.yml"))
    assert loaded.name == "PP-OCRv6_small_rec"
    assert loaded.charset == trained.charset
    weights = read_pdparams(stock)
    for name, tensor in loaded.network.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), weights[name])


def test_a_folder_that_is_no_model_is_never_replaced(trained: TrainedModel, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(UserError, match="not an exported model"):
        export_model(trained, tmp_path, ExportOptions(calibration=False))
    assert (tmp_path / "letter.txt").is_file()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        ("Global: [", "ParserError"),
        ("Global: {model_name: x}\n", "PostProcess"),
        ("just text", "TypeError"),
    ],
)
def test_damaged_settings_are_explained(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "inference.yml").write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        ModelSettings.read(tmp_path)


def test_settings_round_trip_whatever_the_characters(tmp_path: Path) -> None:
    charset = Charset(["0", "~", "y", "=", "-", ":", "#", "null", "ế", "\u3000", "'"], False)
    ModelSettings("PP-OCRv6_small_rec", charset, {}).write(tmp_path)
    assert ModelSettings.read(tmp_path).charset == charset


@pytest.mark.parametrize("engine", ENGINES)
def test_missing_and_damaged_model_files_are_explained(tmp_path: Path, engine: str) -> None:
    with pytest.raises(UserError, match=r"does not exist"):
        open_engine(tmp_path, engine)
    (tmp_path / "inference.onnx").write_bytes(b"no model")
    if engine != "paddle":
        with pytest.raises(UserError, match="cannot be opened"):
            open_engine(tmp_path, engine)
