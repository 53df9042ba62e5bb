"""Which model is meant, and what is said when there is none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.runs.model import newest_run, require_model


@pytest.fixture(autouse=True)
def folder(vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(vietnamese_path)
    monkeypatch.setattr(sys, "argv", ["tools/export_model.py", "--model", "nope", "--no-onnx"])
    return vietnamese_path


def run(name: str, changed: float) -> None:
    folder = Path("output") / name
    folder.mkdir(parents=True)
    (folder / "latest.json").touch()
    os.utime(folder / "latest.json", (changed, changed))


@pytest.mark.parametrize("there", ["run", "run/latest", "run/latest.pdparams", "[run]/x"])
def test_what_is_there_is_accepted(folder: Path, there: str) -> None:
    for name in ("run", "[run]"):
        (folder / name).mkdir()
    (folder / "run" / "latest.pdparams").touch()
    (folder / "[run]" / "x.pdparams").touch()
    require_model(there)


def test_a_model_that_is_not_there() -> None:
    with pytest.raises(UserError, match="--model nope: there is no such model") as error:
        require_model("nope")
    assert error.value.cure == f"train one: {tool_command('train.py')}"
    run("old", 1000)
    run("new", 2000)
    assert newest_run() == Path("output/new")
    with pytest.raises(UserError) as error:
        require_model("nope/latest")
    assert error.value.cure.endswith("tools/export_model.py --model output/new --no-onnx")


def test_no_run_at_all() -> None:
    with pytest.raises(UserError, match="no trained model under output") as error:
        newest_run()
    assert error.value.cure.endswith(f"train one: {tool_command('train.py')}")
