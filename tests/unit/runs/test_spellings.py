"""Every way to name a model, at every tool that takes one: which is taken, or what is said.

Each tool runs from its command line to where it has decided, and not further.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import MagicMock

import pytest
import toy

from ppocr_ext.checkpoint import CheckpointStore
from ppocr_ext.config import dump_yaml
from ppocr_ext.errors import UserError
from ppocr_ext.files import write_text
from ppocr_ext.runs.model import Model, find_model
from ppocr_ext.runs.run import Run
from ppocr_ext.runtime import PUBLISHED

RUN = "output/run"
NAMES = {
    "nothing": None,
    "run": RUN,
    "prefix": f"{RUN}/latest",
    "file": f"{RUN}/latest.pdparams",
    "manifest": f"{RUN}/latest.json",
    "average": f"{RUN}/best_ema",
    "average file": f"{RUN}/best_ema.ema",
    "checkpoint's folder": f"{RUN}/checkpoints/step_00000008",
    "export": f"{RUN}/inference",
    "ONNX": f"{RUN}/inference/inference.onnx",
    "published": PUBLISHED,
    "published weights": PUBLISHED / "best_accuracy.pdparams",
    "published export": PUBLISHED / "inference",
    "missing": "output/none",
    "missing name": f"{RUN}/none",
    "empty run": "output/empty",
    "device": os.devnull,
    "another file": "val.txt",
}
PUBLISHED_ONES = [name for name in NAMES if "published" in name]
BEST, NEWEST = "step_00000008/model", "step_00000009/model"
EXPORTED = "output/run/inference is an exported model, not a checkpoint"
LISTED = "toy.yml has 1 problem:\n  - Global.pretrained_model: "
ONNX = "output/run/inference/inference.onnx is an exported model, not a checkpoint"
ALONE = " contains only weights: training cannot continue from it"
GONE = {
    "missing": "output/none does not exist",
    "missing name": "output/run/none does not exist",
    "empty run": "output/empty holds no model",
    "device": f"{os.devnull} holds no model",
    "another file": "val.txt holds no model",
}
READ = {
    "nothing": "run/best_accuracy.pdparams",
    "run": "run/best_accuracy.pdparams",
    "prefix": "run/latest.pdparams",
    "file": "run/latest.pdparams",
    "manifest": "run/latest.pdparams",
    "average": "run/best_ema.ema",
    "average file": "run/best_ema.ema",
    "checkpoint's folder": f"{BEST}.pdparams",
    "export": "run/inference",
    "ONNX": "run/inference",
    "published": f"{PUBLISHED.name}/inference",
    "published weights": f"{PUBLISHED.name}/inference",
    "published export": f"{PUBLISHED.name}/inference",
    **GONE,
}
WEIGHTS = {
    "nothing": f"{BEST}.pdparams",
    "run": f"{BEST}.pdparams",
    "prefix": f"{NEWEST}.pdparams",
    "file": f"{NEWEST}.pdparams",
    "manifest": f"{NEWEST}.pdparams",
    "average": f"{BEST}.ema",
    "average file": f"{BEST}.ema",
    "checkpoint's folder": f"{BEST}.pdparams",
    "export": EXPORTED,
    "ONNX": ONNX,
    "published": EXPORTED.replace("output/run/inference", PUBLISHED.as_posix()),
    "published weights": EXPORTED.replace(
        "output/run/inference", f"{PUBLISHED.as_posix()}/best_accuracy.pdparams"
    ),
    "published export": EXPORTED.replace("output/run", PUBLISHED.as_posix()),
    **GONE,
}
TRAINED = {**READ, **dict.fromkeys(PUBLISHED_ONES, "inference/inference.pdiparams")}
TRAINED |= {"nothing": "at random"}
TRAINED |= dict.fromkeys(("export", "ONNX"), "inference/inference.onnx")
TABLE = {
    "infer_rec": {**READ, "nothing": f"{PUBLISHED.name}/inference"},
    "eval": {**READ, "nothing": "one of the arguments"},
    "language_model": READ,
    "export_model": WEIGHTS,
    "publish_model": WEIGHTS,
    "report_card": {
        **dict.fromkeys(NAMES, "output/run"),
        **{name: f"output/{PUBLISHED.name}" for name in NAMES if "published" in name},
        **GONE,
        "empty run": "output/empty",
        "another file": "",
    },
    "pretrained": {
        **TRAINED,
        "missing": f"{LISTED}output/none.pdparams does not exist",
        "missing name": f"{LISTED}output/run/none.pdparams does not exist",
    },
    "checkpoints": {
        **WEIGHTS,
        "nothing": "at random",
        "run": f"{NEWEST}.pdparams",
        "average": f"{BEST}.pdparams",
        "average file": f"{BEST}.pdparams",
        "published": f"{PUBLISHED.as_posix()}{ALONE}",
        "published weights": f"{PUBLISHED.as_posix()}/best_accuracy.pdparams{ALONE}",
        "published export": f"{PUBLISHED.as_posix()}/inference{ALONE}",
    },
}
OPTIONS = {
    "pretrained": "Global.pretrained_model",
    "checkpoints": "Global.checkpoints",
    "report_card": "",
}


class Taken(Exception):
    """What a tool has decided for."""


def taken(path: Path) -> NoReturn:
    raise Taken("/".join(path.parts[-2:]))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run and what is none. Its newest checkpoint is not its best."""
    place = tmp_path_factory.mktemp("Nơi")
    toy.make(place)
    run = place / RUN
    writers: dict[str, Callable[[Path], Any]] = {
        "pdparams": lambda path: path.write_bytes(b"weights"),
        "ema": lambda path: path.write_bytes(b"averages"),
        "yml": lambda path: write_text(path, dump_yaml(toy.config(place))),
    }
    store, state = CheckpointStore(run), {"characters": ["a"], "use_space_char": False}
    store.save(("latest", "best_accuracy", "best_ema"), writers, state, global_step=8, epoch=1)
    store.save("latest", writers, state, global_step=9, epoch=1)
    for name in ("inference.yml", "inference.onnx"):
        write_text(run / "inference" / name, "x")
    write_text(run / "train.log", "[2026/11/30 08:00:00] ppocr INFO: run\n")
    write_text(place / "output" / "empty" / "train.log", "[2026/11/29 08:00:00] ppocr INFO: run\n")
    write_text(place / "val.txt", "val/0.png\ta\n")
    return place


@pytest.fixture
def stopped(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every tool ends where its model would be opened."""
    from ppocr_ext.engine import session, start
    from ppocr_ext.export import trained
    from ppocr_ext.infer import build_language, recognizer
    from ppocr_ext.report import commands

    def read(model: Model | str, **_: Any) -> NoReturn:
        found = find_model(model)
        taken(found.exported or found.require_weights())

    def train(config: Any, request: Any) -> NoReturn:
        found = start.decide(config, resume=False, force_partial=True, warn=lambda _: None)
        if isinstance(found, start.Resume):
            taken(found.checkpoint.path("pdparams"))
        found.load(config, MagicMock(), MagicMock(), {}, {})
        raise Taken("at random")

    monkeypatch.chdir(place)
    monkeypatch.setattr(recognizer, "Recognizer", read)
    monkeypatch.setattr(build_language, "draw_lines", lambda count: [])
    monkeypatch.setattr(trained, "build_network", MagicMock())
    monkeypatch.setattr(trained, "read_pdparams", taken)
    monkeypatch.setattr(trained, "load_weights", lambda _, __, path, *___: taken(path))
    monkeypatch.setattr(trained, "_ready", lambda *parts: taken(parts[4]))
    monkeypatch.setattr(start, "load_weights", lambda _, __, path, *___, **____: taken(path))
    monkeypatch.setattr(session, "run_training", train)
    monkeypatch.setattr(commands, "_make", lambda source, _: taken(source.folder))
    return


def words(tool: str, named: str | Path | None) -> list[str]:
    """The command line that names a model so."""
    option = OPTIONS.get(tool, "--model")
    more = {
        "infer_rec": ["--images", "val", "--output", "read.txt"],
        "eval": ["--labels", "val.txt", "--output", "evaluation"],
        "language_model": ["--labels", "val.txt", "--drawn", "1", "--output", "language.gz"],
        "publish_model": ["--no-test", "--output", "published"],
        "pretrained": ["-c", "toy.yml"],
        "checkpoints": ["-c", "toy.yml"],
    }
    spelled = ["-o", f"{option}={named}"] if option.startswith("Global.") else [option, str(named)]
    return [*(filter(None, spelled) if named else ()), *more.get(tool, [])]


def decision(tool: str, typed: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    name = "train" if tool in ("pretrained", "checkpoints") else tool
    module = import_module(f"ppocr_ext.cli.{name}")
    monkeypatch.setattr(sys, "argv", [f"tools/{name}.py", *typed])
    try:
        module.main(typed)
    except Taken as found:
        return str(found)
    except UserError as error:
        return error.found.removeprefix(f"{OPTIONS.get(tool, '--model')} ").replace("\\", "/")
    except SystemExit:
        return "one of the arguments"
    raise AssertionError("it continued")


@pytest.mark.parametrize("tool", TABLE)
@pytest.mark.usefixtures("stopped")
def test_every_spelling(tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = TABLE[tool]
    found = {name: decision(tool, words(tool, NAMES[name]), monkeypatch) for name in NAMES}
    assert found == {name: expected[name] for name in NAMES}


@pytest.mark.usefixtures("stopped")
def test_without_options_both_tools_choose_the_newest_run(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [decision(tool, [], monkeypatch) for tool in ("export_model", "report_card")]
    assert chosen == ["step_00000008/model.pdparams", "output/run"]
    assert find_model(None).run == Run.newest() == Run(Path(RUN))


@pytest.mark.usefixtures("stopped")
def test_an_error_names_the_runs_that_are_there() -> None:
    with pytest.raises(UserError) as caught:
        find_model("output/none")
    assert caught.value.found == f"{Path('output/none')} does not exist"
    assert caught.value.expected.endswith("; there are output/run")
    assert caught.value.cure == "choose one of these runs: output/run"
