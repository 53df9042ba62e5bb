"""A small sweep whose trials are trained by a stand-in of a training process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import optuna
import pytest

from ppocr_ext.config import dump_yaml
from ppocr_ext.config.merge import merge
from ppocr_ext.sweep import trial
from ppocr_ext.sweep.load import load_sweep
from ppocr_ext.sweep.schema import Sweep


def write_base(folder: Path) -> None:
    """A config that loads, with files that are there."""
    (folder / "labels.txt").write_text("1.png\tmột\n", encoding="utf-8")
    (folder / "dict.txt").write_text("m\nộ\nt\n", encoding="utf-8")
    dataset = {
        "data_dir": folder.as_posix(),
        "label_file_list": [(folder / "labels.txt").as_posix()],
    }
    head = {"name": "MultiHead", "head_list": [{"CTCHead": {"Neck": {"name": "reshape"}}}]}
    tree = {
        "Global": {"character_dict_path": (folder / "dict.txt").as_posix()},
        "Architecture": {"Head": head},
        "Train": {"dataset": dataset, "loader": {"batch_size_per_card": 8}},
        "Eval": {"dataset": dataset},
    }
    (folder / "base.yml").write_text(dump_yaml(tree), encoding="utf-8")


def sweep_tree(folder: Path) -> dict[str, Any]:
    return {
        "study": "toy",
        "base": "base.yml",
        "folder": (folder / "study").as_posix(),
        "budget": {"steps": 100, "evaluations": 4},
        "pruner": {"name": "none"},
        "dimensions": {
            "rate": {"key": "Optimizer.lr.learning_rate", "low": 1e-5, "high": 0.1, "log": True},
            "loss": {"choices": {"ctc": {}, "focal": {"Loss": {"name": "FocalCTCLoss"}}}},
        },
        "configurations": {
            "first": {"rate": 0.01, "loss": "ctc"},
            "second": {"rate": 0.001, "loss": "focal"},
        },
    }


@pytest.fixture
def make_sweep(vietnamese_path: Path) -> Callable[..., Sweep]:
    """``make_sweep({"budget": {"hours": 1}})``: the toy sweep with changes, in one folder."""
    write_base(vietnamese_path)

    def make(changes: Mapping[str, Any] | None = None) -> Sweep:
        path = vietnamese_path / "sweep.yml"
        tree = merge(sweep_tree(vietnamese_path), dict(changes or {}))
        path.write_text(dump_yaml(tree), encoding="utf-8")
        return load_sweep(path)

    return make


class FakeTraining:
    """Writes one evaluation each time that it is looked at, then ends.

    plans: configuration → acc of its evaluations, or an exit code to end with at that point.
    """

    plans: ClassVar[dict[str, list[float | int]]] = {}
    started: ClassVar[list[tuple[str, bool]]] = []

    def __init__(self, config: Path, folder: Path, resume: bool = False) -> None:
        self.folder, self.stop_asked = folder, 0.0
        self.name = folder.name.split("_", 1)[1]
        self.started.append((self.name, resume))
        self.left = self.plans[self.name]
        self.code: int | None = None
        self.step = 0
        if resume:
            records = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
            self.step = json.loads(records[-1])["global_step"]

    def exit_code(self) -> int | None:
        if self.code is None and self.stop_asked:
            self.code = 0
        elif self.code is None:
            self._go_on()
        return self.code

    def _go_on(self) -> None:
        if not self.left or self.step >= 100:
            self.code = 0
            return
        value = self.left.pop(0)
        if isinstance(value, int):
            self.code = value
            return
        self.step += 25
        names = dict.fromkeys(("norm_edit_dis", "wer", "unaccented_acc", "loss"), 0.5)
        record = {"kind": "eval", "time": time.time(), "global_step": self.step, "n": 400.0}
        record |= {**names, "acc": value, "cer": 1 - value}
        with open(self.folder / "metrics.jsonl", "a", encoding="utf-8") as stream:
            stream.write(json.dumps(record) + "\n")

    def ask_to_stop(self) -> None:
        self.stop_asked = time.monotonic()

    def kill(self) -> None:
        self.code = -9

    def memory_mb(self) -> float:
        return 500.0

    def last_words(self) -> str:
        return "error: out of luck"


class FakeStore:
    """Says that a run has a checkpoint as soon as it has been evaluated."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "metrics.jsonl"

    def newest(self) -> Any:
        if not self.path.exists():
            return None
        lines = self.path.read_text(encoding="utf-8").splitlines()
        step = json.loads(lines[-1])["global_step"]
        return SimpleNamespace(global_step=step, path=lambda suffix: self.path)


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakeTraining]]:
    """The stand-in; set ``training.plans`` before a sweep runs."""
    FakeTraining.plans, FakeTraining.started = {}, []
    monkeypatch.setattr(trial, "Training", FakeTraining)
    monkeypatch.setattr(trial, "CheckpointStore", FakeStore)
    monkeypatch.setattr(trial, "count_parameters", lambda path: 3_000_000)
    yield FakeTraining


@pytest.fixture(autouse=True)
def quiet_optuna() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
