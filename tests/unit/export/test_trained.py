"""What a checkpoint is called in PaddleOCR, and what identifies it."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

import pytest

from ppocr_ext.cli.eval import main as score
from ppocr_ext.cli.export_model import main
from ppocr_ext.errors import UserError
from ppocr_ext.export.settings import ModelSettings
from ppocr_ext.export.trained import model_name
from ppocr_ext.infer.recognizer import Recognizer
from ppocr_ext.models.build import ARCHITECTURES
from ppocr_ext.publishing.publish import publish

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_listed_network_has_its_own_name(name: str) -> None:
    found = model_name(ARCHITECTURES[name])
    assert found is not None
    # v4 and v5 mobile are one network under two names; the first one stands for both.
    assert ARCHITECTURES[found]["Backbone"] == ARCHITECTURES[name]["Backbone"]
    assert found == {"PP-OCRv5_mobile_rec": "PP-OCRv4_mobile_rec"}.get(name, name)


def test_keys_that_change_no_layer_change_no_name() -> None:
    architecture = copy.deepcopy(ARCHITECTURES["PP-OCRv6_small_rec"])
    architecture["Backbone"]["fused"] = False
    assert model_name(architecture) == "PP-OCRv6_small_rec"


def test_a_network_of_ones_own_is_read_and_is_named_where_it_is_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(FIXTURES / "before_12", tmp_path / "own")
    monkeypatch.chdir(tmp_path / "own")
    read = [line.text for line in Recognizer("run").read(sorted(Path("val").glob("*.png")))]
    assert score(["--model", "run", "--labels", "val.txt", "--no-plots"]) == 0
    scores = json.loads(Path("run/evaluation.json").read_text(encoding="utf-8"))["scores"]
    assert scores["acc"] == 0.25  # as metrics.jsonl has it
    words = ["tools/export_model.py", "--model", "run", "--no-onnx", "--no-calibration"]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(UserError, match="no PaddleOCR model has the backbone of run") as caught:
        main()
    assert caught.value.cure == f"python {' '.join(words)} --model-name {next(iter(ARCHITECTURES))}"
    assert not Path("run", "inference").exists()
    with pytest.raises(UserError, match="no listed model has the network of run"):
        publish(Path("run"), Path("published"), {}, {})
    assert main([*words[1:], "--model-name", "PP-OCRv4_mobile_rec"]) == 0
    assert ModelSettings.read(Path("run", "inference")).name == "PP-OCRv4_mobile_rec"
    again = Recognizer("run/inference").read(sorted(Path("val").glob("*.png")))
    assert [line.text for line in again] == read
