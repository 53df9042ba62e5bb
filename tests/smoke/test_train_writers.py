"""TensorBoard, Weights & Biases by a line of YAML: stand-ins and the real packages."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import toy

from ppocr_ext.errors import UserError

pytestmark = pytest.mark.smoke

STEPS = list(range(1, 2 * toy.STEPS_PER_EPOCH + 1))
EVALUATIONS = [4, 8, 12]
Point = tuple[str, int, float]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``stand_in("wandb", init=…)`` puts a module of that name and content in place."""

    def put(name: str, **content: Any) -> None:
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)

    return put


class FakeWriter:
    """The writer of tensorboardX, as far as it is used."""

    def __init__(self, points: list[Point], logdir: str) -> None:
        self.points, self.logdir = points, logdir

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        self.points.append((tag, step, value))

    def close(self) -> None:
        self.points.append(("closed", 0, 0.0))


def test_every_number_becomes_a_point(tmp_path: Path, stand_in: Any) -> None:
    points: list[Point] = []
    folders: list[str] = []

    def make(logdir: str) -> FakeWriter:
        folders.append(logdir)
        return FakeWriter(points, logdir)

    stand_in("tensorboardX", SummaryWriter=make)
    run = toy.train(toy.make(tmp_path, Global__use_tensorboard=True))
    assert [Path(name) for name in folders] == [run / "tensorboard"]
    assert {step: value for tag, step, value in points if tag == "train/loss"} == toy.losses(run)
    assert [step for tag, step, _ in points if tag == "eval/acc"] == EVALUATIONS
    tags = {tag for tag, _, _ in points}
    assert {"train/lr", "train/CTCLoss", "train/ips", "eval/cer", "eval/loss"} <= tags
    assert not tags & {"train/epoch", "train/time", "eval/is_best"}
    assert points[-1][0] == "closed"


def test_wandb_continues_under_one_id_and_counts_by_global_step(
    tmp_path: Path, stand_in: Any
) -> None:
    calls: list[tuple[str, Any]] = []

    def init(**options: Any) -> Any:
        calls.append(("init", options))
        return SimpleNamespace(
            define_metric=lambda *names, **options: calls.append(("metric", (names, options))),
            log=lambda values: calls.append(("log", values)),
            finish=lambda: calls.append(("finish", None)),
        )

    stand_in("wandb", init=init, Settings=dict)
    path = toy.make(tmp_path, wandb={"project": "biển số", "tags": ["vi"], "save_dir": "x"})
    toy.train(path, "Global.epoch_num=1")
    run = toy.train(path, resume=True)
    first, second = (options for name, options in calls if name == "init")
    assert first["id"] == second["id"] and first["resume"] == "allow"
    assert (first["project"], first["tags"], first["name"]) == ("biển số", ["vi"], "run")
    assert "save_dir" not in first and "entity" not in first
    assert first["dir"] == str(run) and second["config"]["Global"]["epoch_num"] == 2
    assert ("metric", (("*",), {"step_metric": "global_step"})) in calls
    logged = [values for name, values in calls if name == "log" and "train/loss" in values]
    assert [values["global_step"] for values in logged] == STEPS
    assert [name for name, _ in calls].count("finish") == 2


def test_a_package_that_is_absent_is_named_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppocr_ext.engine import writers_curves

    monkeypatch.setattr(writers_curves, "find_spec", lambda name: None)
    path = toy.make(tmp_path, Global__use_wandb=True, Global__use_tensorboard=True)
    with pytest.raises(UserError, match="tensorboardX, wandb is not installed") as refused:
        toy.train(path)
    assert "pip install tensorboardX wandb" in refused.value.cure
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("fails_at", ["opening", "writing"])
def test_a_board_that_fails_never_ends_training(
    tmp_path: Path, stand_in: Any, fails_at: str
) -> None:
    def fail(*arguments: Any, **options: Any) -> Any:
        raise ConnectionError("the server is gone")

    writer = SimpleNamespace(add_scalar=fail, close=fail)
    opener = fail if fails_at == "opening" else lambda logdir: writer
    stand_in("tensorboardX", SummaryWriter=opener)
    run = toy.train(toy.make(tmp_path, Global__use_tensorboard=True))
    assert list(toy.losses(run)) == STEPS
    (warning,) = [w["text"] for w in toy.records(run, "warning") if "tensorboardX" in w["text"]]
    assert "continues without it: the server is gone" in warning


@pytest.mark.parametrize("key", ["use_tensorboard", "use_wandb"])
def test_with_the_real_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    from ppocr_ext.engine.writers_curves import PACKAGES

    if find_spec(PACKAGES[key]) is None:
        pytest.skip(f"{PACKAGES[key]} is optional and not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    run = toy.train(toy.make(tmp_path, **{f"Global__{key}": True}))
    folder = key.removeprefix("use_")
    written = [file for file in (run / folder).rglob("*") if file.is_file()]
    assert sum(os.path.getsize(file) for file in written) > 1000
    assert not [w for w in toy.records(run, "warning") if "continues without it" in w["text"]]
