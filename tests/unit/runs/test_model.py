"""Which model is meant, and what is said when there is none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.runs.model import find_model
from ppocr_ext.runs.run import Run
from ppocr_ext.runtime import PUBLISHED


@pytest.fixture(autouse=True)
def folder(vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(vietnamese_path)
    monkeypatch.setattr(sys, "argv", ["tools/export_model.py", "--model", "nope", "--no-onnx"])
    return vietnamese_path


def run(name: str, changed: float) -> None:
    folder = Path("output") / name
    folder.mkdir(parents=True)
    (folder / "latest.pdparams").touch()
    (folder / "latest.json").touch()
    os.utime(folder / "latest.json", (changed, changed))


@pytest.mark.parametrize("there", ["run", "run/latest", "run/latest.pdparams", "[run]/x"])
def test_what_is_there_is_accepted(folder: Path, there: str) -> None:
    for name in ("run", "[run]"):
        (folder / name).mkdir()
    (folder / "run" / "latest.pdparams").touch()
    (folder / "[run]" / "x.pdparams").touch()
    found = find_model(there).weights
    assert found == Path("[run]/x.pdparams" if there == "[run]/x" else "run/latest.pdparams")


def test_a_model_that_is_not_there() -> None:
    with pytest.raises(UserError, match="--model nope does not exist") as error:
        find_model("nope", option="--model")
    assert error.value.cure == f"train one: {tool_command('train.py')}"
    run("old", 1000)
    run("new", 2000)
    assert find_model(None).run == Run.newest() == Run(Path("output/new"))
    with pytest.raises(UserError) as error:
        find_model("nope/latest", option="--model")
    assert error.value.cure.endswith("tools/export_model.py --model output/new --no-onnx")


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("output/old/best_ema", "does not exist"),
        ("output/old/train.log", "is not a model"),
        ("output/old/checkpoints", "is not a model"),
        ("output/old/checkpoints/step_9/model", "does not exist"),
    ],
)
def test_a_path_inside_a_run_gets_that_runs_checkpoints(named: str, found: str) -> None:
    run("old", 1000)
    run("new", 2000)
    Path("output/old/best_accuracy.pdparams").touch()
    Path("output/old/train.log").touch()
    Path("output/old/checkpoints").mkdir()
    with pytest.raises(UserError) as error:
        find_model(named, option="--model")
    assert error.value.found == f"--model {Path(named)} {found}"
    there = "output/old/best_accuracy, output/old/latest"
    assert error.value.expected.endswith(f"; there are {there}")
    assert "its inference.onnx" in error.value.expected
    assert error.value.cure.endswith("tools/export_model.py --model output/old --no-onnx")


def test_without_a_name_the_newest_run_with_a_model_or_the_published_one() -> None:
    published = find_model(None, "either")
    assert published.run.is_published and published == find_model(None, "published")
    assert published.describe() == f"model: {PUBLISHED.as_posix()} (the published model)"
    run("old", 1000)
    (Path("output") / "new").mkdir()
    (Path("output") / "new" / "train.log").touch()
    assert find_model(None, "either").run == Run(Path("output/old"))
    run("newer", 2000)
    found = find_model(None, "either")
    assert found.describe() == "model: output/newer/latest (the newest run with a model)"
    assert find_model("output/newer").describe() == "model: output/newer/latest"


def test_the_newest_run_has_saved_nothing_yet(folder: Path) -> None:
    """It is still the one that is meant; the cure names the newest that has a model."""
    run("trained", 2000)
    (folder / "output" / "begun").mkdir()
    (folder / "output" / "begun" / "train.log").touch()
    with pytest.raises(UserError) as error:
        find_model(None, option="--model")
    begun = Path("output", "begun")
    assert error.value.found == f"{begun}, the newest run, holds no model"
    assert error.value.cure.endswith("tools/export_model.py --model output/trained --no-onnx")


def test_no_run_at_all() -> None:
    with pytest.raises(UserError, match="there is no run under output") as error:
        find_model(None)
    assert error.value.cure.endswith(f"train one: {tool_command('train.py')}")
