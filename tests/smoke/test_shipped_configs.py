"""No shipped config is a dead end: it trains a step, is evaluated, exported and read with.

Every config trains and is evaluated by itself. What is exported and read with afterwards is its
network alone, so that is done once for each ``Architecture``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import paddle
import pytest
import toy

from ppocr_ext.config import load_config
from ppocr_ext.export.export import ExportOptions, export_model
from ppocr_ext.export.trained import load_trained
from ppocr_ext.files import write_text
from ppocr_ext.infer.doubt import NO_NUMBERS
from ppocr_ext.infer.images import load_image
from ppocr_ext.infer.lines import prepare, to_batch
from ppocr_ext.infer.recognizer import Recognizer
from ppocr_ext.models.lines import probabilities
from ppocr_ext.runs.run import ONNX_FILE
from ppocr_ext.runtime import REPOSITORY

pytestmark = pytest.mark.smoke

CONFIGS = REPOSITORY / "configs"
SHIPPED = sorted(set(CONFIGS.rglob("*.yml")) - set(CONFIGS.glob("sweeps/*.yml")))
WITHOUT_ONNX = {"NRTRHead"}  # main heads that Paddle's engine alone runs (configs/models/README.md)

EVALUATED = 2  # lines; a decoder that has learnt nothing writes 200 characters of each


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dữ liệu")
    toy.make_data(folder)
    lines = (folder / "val.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    write_text(folder / "val.txt", "".join(lines[:EVALUATED]))
    return folder


@pytest.fixture(scope="module")
def exported() -> set[str]:
    """Networks that were exported already."""
    return set()


def small(path: Path, data: Path, folder: Path) -> Path:
    """The config at ``path`` on two dozen lines, for one step from random weights."""
    parts = [CONFIGS / "rec_quick.yml", path] if path.parent.name == "models" else [path]
    reading = {"batch_size_per_card": 2, "num_workers": 0}
    tree = {
        "_base_": [part.as_posix() for part in parts],
        "Global": {
            **{"pretrained_model": None, "make_pretrained": None, "max_steps": 1},
            **{"eval_at_start": False, "watch_config": False, "cpu_processes": 1},
            **{"device": "cpu", "save_model_dir": (folder / "run").as_posix()},
        },
        "Train": {"dataset": _lines(data, "train"), "sampler": {"_delete_": True}},
        "Eval": {"dataset": _lines(data, "val"), "sets": {"_delete_": True}},
    }
    for part in ("Train", "Eval"):
        tree[part]["loader"] = dict(reading)
    return toy.write_config(folder, tree)


def _lines(data: Path, name: str) -> toy.Tree:
    labels = (data / f"{name}.txt").as_posix()
    return {"data_dir": data.as_posix(), "label_file_list": labels, "synthetic": None}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_trained_evaluated_exported_and_read_with(
    path: Path, data: Path, tmp_path: Path, exported: set[str]
) -> None:
    config = small(path, data, tmp_path)
    run = toy.train(config)
    (loss,) = toy.losses(run).values()
    assert np.isfinite(loss)
    assert toy.records(run, "eval")[-1]["n"] == EVALUATED
    architecture = load_config(config).tree["Architecture"]
    network = json.dumps(architecture, sort_keys=True)
    if network not in exported:
        exported.add(network)
        _export_and_read(run, data, architecture["Head"]["name"] not in WITHOUT_ONNX)


def _export_and_read(run: Path, data: Path, has_onnx: bool) -> None:
    """A user's way: the export beside the run is what the run is read with."""
    trained = load_trained(run)
    folder = run / "inference"
    found = export_model(trained, folder, ExportOptions(calibration=False))
    assert {"onnxruntime" in found.comparisons, (folder / ONNX_FILE).is_file()} == {has_onnx}
    recognizer = Recognizer(run, engine="float32", threads=1, reread=False)
    assert recognizer.folder == folder
    images = [data / f"val/{number}.png" for number in range(EVALUATED)]
    readings = recognizer.read(images)
    assert len(readings) == EVALUATED
    assert all(reading.text or reading.error for reading in readings)
    assert NO_NUMBERS not in {reading.error for reading in readings}
    (piece,) = prepare(load_image(images[0]))
    with paddle.no_grad():
        (expected,) = probabilities(trained.network(paddle.to_tensor(to_batch([piece])))).numpy()
    np.testing.assert_allclose(recognizer.run([piece])[0], expected, atol=1e-3)
