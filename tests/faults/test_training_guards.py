"""Bad numbers, bad images, dead readers and stalls in the middle of a run."""

from __future__ import annotations

import errno
import json
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
import toy

from ppocr_ext.checkpoint import CheckpointStore, disk, read_pdparams
from ppocr_ext.errors import UserError, disk_error

if TYPE_CHECKING:
    from conftest import Ledger

STEPS = 2 * toy.STEPS_PER_EPOCH
NO_EVALUATION = [0, 1000]  # only at the end
Poison = Callable[[Any, dict[str, Any]], dict[str, Any]]


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Callable[[Iterable[int], Poison], list[int]]:
    """Change what comes out of the backward pass of some steps, counted from 1, once each."""

    def inject(steps: Iterable[int], change: Poison) -> list[int]:
        from ppocr_ext.engine.step import TrainStep

        left, backward = list(steps), TrainStep._backward

        def poisoned(self: Any, batch: Any, step: int) -> Any:
            terms, outputs = backward(self, batch, step)
            if step + 1 in left:
                left.remove(step + 1)
                terms = change(self, terms)
            return terms, outputs

        monkeypatch.setattr(TrainStep, "_backward", poisoned)
        return left

    return inject


def nan_loss(step: Any, terms: dict[str, Any]) -> dict[str, Any]:
    return {name: value * float("nan") for name, value in terms.items()}


def infinite_gradient(step: Any, terms: dict[str, Any]) -> dict[str, Any]:
    gradient = step.parameters[0].grad
    gradient.set_value(gradient * float("inf"))
    return terms


def texts(run: Path, name: str) -> list[str]:
    return [event["text"] for event in toy.records(run, name)]


@pytest.mark.parametrize("kind", [nan_loss, infinite_gradient])
def test_a_bad_step_is_skipped_and_its_batch_is_kept(
    tmp_path: Path, poison: Any, monkeypatch: pytest.MonkeyPatch, ledger: Ledger, kind: Poison
) -> None:
    weights: list[np.ndarray] = []

    def remember(trainer: Any) -> None:
        weights.append(trainer.step.parameters[0].numpy())

    toy.at_steps(monkeypatch, dict.fromkeys((4, 5, 6), remember))
    poison([5], kind)
    with ledger.fault("training: a loss or gradient is not finite"):
        run = toy.train(toy.make(tmp_path))
        assert list(toy.losses(run)) == list(range(1, STEPS + 1))
        assert np.isfinite(list(toy.losses(run).values())).all()
        assert np.array_equal(weights[0], weights[1])
        assert not np.array_equal(weights[1], weights[2])
    (event,) = toy.records(run, "skip_step")
    assert event["global_step"] == 5 and "step 5 skipped" in event["text"]
    kept = run / "nonfinite" / "step_00000005_rank0" / "0"
    assert kept.as_posix().rpartition("/")[0] in event["text"]
    lines = json.loads((kept / "lines.json").read_text(encoding="utf-8"))
    assert len(lines) == len(list(kept.glob("*.png"))) == toy.BATCH
    labels = (tmp_path / "train.txt").read_text(encoding="utf-8").split("\n")
    assert all(f"train/{Path(line['path']).name}\t{line['text']}" in labels for line in lines)


def test_running_statistics_survive_a_bad_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ledger: Ledger
) -> None:
    """Of the training form, whose BatchNorms follow the batches."""
    from ppocr_ext.engine import step as module

    to_input, calls = module.to_input, []

    def spoilt(images: np.ndarray, widths: np.ndarray) -> Any:
        calls.append(len(images))
        return to_input(images, widths) * (float("nan") if len(calls) == 5 else 1.0)

    monkeypatch.setattr(module, "to_input", spoilt)
    with ledger.fault("training: activations are not finite"):
        run = toy.train(toy.make(tmp_path, Architecture__form="train"))
        arrays = read_pdparams(run / "latest.pdparams")
        assert all(np.isfinite(array).all() for array in arrays.values())
    assert [event["global_step"] for event in toy.records(run, "skip_step")] == [5]


def test_bad_steps_in_a_row_roll_back_with_a_lower_rate(
    tmp_path: Path, poison: Any, ledger: Ledger
) -> None:
    poison([8, 9], nan_loss)
    guard = {"max_in_row": 2, "lr_factor": 0.25}
    path = toy.make(tmp_path, Global__on_nonfinite=guard, Global__eval_batch_step=NO_EVALUATION)
    with ledger.fault("training: bad steps in a row, rolled back"):
        run = toy.train(path)
        assert CheckpointStore(run).load().global_step == STEPS
    assert (
        "rolled back to step 6; the learning rate is multiplied by 0.25"
        in texts(run, "rollback")[0]
    )
    rates = [(r["global_step"], r["lr"]) for r in toy.records(run, "train")]
    first, again = dict(rates[:9]), dict(rates[9:])
    assert again[7] == pytest.approx(first[7] / 4)
    assert max(again) == STEPS


def test_bad_steps_without_end_stop_the_run_with_a_diagnosis(
    tmp_path: Path, poison: Any, ledger: Ledger
) -> None:
    poison(list(range(8, STEPS + 1)) * 10, nan_loss)
    guard = {"max_in_row": 2}
    path = toy.make(tmp_path, Global__on_nonfinite=guard, Global__eval_batch_step=NO_EVALUATION)
    with ledger.fault("training: bad steps without end"):
        with pytest.raises(UserError, match="2 steps in a row were not finite") as stopped:
            toy.train(path)
        assert CheckpointStore(tmp_path / "run").load().global_step == 6
    assert "learning_rate" in stopped.value.cure
    assert len(texts(tmp_path / "run", "rollback")) == 4
    assert len(list((tmp_path / "run" / "nonfinite").iterdir())) <= 10


def test_stopping_instead_of_rolling_back(tmp_path: Path, poison: Any) -> None:
    poison([8, 9], nan_loss)
    path = toy.make(tmp_path, Global__on_nonfinite={"max_in_row": 2, "action": "stop"})
    with pytest.raises(UserError, match="not finite"):
        toy.train(path)
    assert CheckpointStore(tmp_path / "run").load().global_step == 9, "nothing was learnt from it"
    assert not texts(tmp_path / "run", "rollback")


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_ctc_loss_that_cannot_be_is_reported(tmp_path: Path, poison: Any, value: float) -> None:
    poison([4], lambda step, terms: {name: term * 0.0 + value for name, term in terms.items()})
    run = toy.train(toy.make(tmp_path))
    (text,) = texts(run, "impossible_loss")
    assert f"CTC loss is {value} at step 4" in text and "check_data.py" in text


def test_early_stopping_waits_for_its_patience_and_its_warm_up(tmp_path: Path) -> None:
    stop = {"metric": "acc", "patience": 2, "warmup_evals": 4}
    path = toy.make(tmp_path, Global__early_stop=stop, Global__eval_batch_step=[0, 1])
    run = toy.train(path)
    assert len(toy.records(run, "eval")) == 5
    assert "early stop: acc has not improved on 0" in texts(run, "stop")[0]
    assert CheckpointStore(run).load().global_step == 5


def test_the_end_is_always_evaluated(tmp_path: Path) -> None:
    run = toy.train(toy.make(tmp_path, Global__eval_batch_step=NO_EVALUATION))
    assert [record["global_step"] for record in toy.records(run, "eval")] == [STEPS]


def test_images_that_break_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ledger: Ledger
) -> None:
    path = toy.make(tmp_path)
    broken = sorted((tmp_path / "train").iterdir())[::3] + sorted((tmp_path / "val").iterdir())[:2]

    def damage(trainer: Any) -> None:
        for image in broken:
            image.write_bytes(image.read_bytes()[:60])

    toy.at_steps(monkeypatch, {3: damage})
    with ledger.fault("training: images become unreadable"):
        run = toy.train(path)
        assert list(toy.losses(run)) == list(range(1, STEPS + 1))
        assert toy.records(run, "eval")[-1]["n"] == toy.EVAL_LINES, "unreadable lines count"
    named = texts(run, "skip_line")
    assert named and len(named) == len(set(named)) <= 8
    assert all("train/" in text and "left out" in text for text in named)
    assert "left out since the start" in texts(run, "skipped_lines")[0]


def test_dead_readers_are_replaced_and_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ledger: Ledger
) -> None:
    undisturbed = toy.losses(toy.train(toy.make(tmp_path / "one")))
    reading = {"num_workers": 2, "batch_size_per_card": toy.BATCH}

    def kill_readers(trainer: Any) -> None:
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()):
                child.kill()

    toy.at_steps(monkeypatch, {2: kill_readers})
    with ledger.fault("training: data readers die"):
        run = toy.train(toy.make(tmp_path / "two", Train__loader=reading))
        assert toy.losses(run) == undisturbed
    assert "a data reader process died" in texts(run, "warning")[0]
    assert not logging.getLogger("ppocr_ext").handlers


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_takes_no_more_ends_the_run_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ledger: Ledger, code: int
) -> None:
    def refused(*arguments: Any, **options: Any) -> Any:
        raise OSError(code, os.strerror(code))

    path = toy.make(tmp_path, Global__save_step=2)
    toy.at_steps(monkeypatch, {7: lambda trainer: monkeypatch.setattr(disk, "settle", refused)})
    how = "disk fills up" if code == errno.ENOSPC else "folder turns read-only"
    with ledger.fault(f"training: {how}"):
        with pytest.raises(OSError) as stopped:
            toy.train(path)
        assert disk_error(stopped.value) is not None
        assert CheckpointStore(tmp_path / "run").load().global_step == 6
    monkeypatch.undo()
    assert max(toy.losses(toy.train(path, resume=True))) == STEPS


def test_a_gpu_that_slows_down_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppocr_ext.engine import session

    class Hot:
        def __init__(self, device: str) -> None:
            self.count = 0

        def sample(self) -> dict[str, Any]:
            self.count += 1
            slow = ["HwThermalSlowdown"] if 4 <= self.count <= 8 else []
            return {"gpu_temp": 91, "gpu_throttled": slow}

    monkeypatch.setattr(session, "Telemetry", Hot)
    run = toy.train(toy.make(tmp_path))
    (event,) = toy.records(run, "throttled")
    assert event["global_step"] == 4 and "HwThermalSlowdown" in event["text"]
    assert {record["gpu_temp"] for record in toy.records(run, "train")} == {91}


def test_mixed_precision_on_a_cpu_is_reported_and_leaves_the_guard_working(
    tmp_path: Path, poison: Any
) -> None:
    poison([5], nan_loss)
    run = toy.train(toy.make(tmp_path, Global__use_amp=True))
    assert "use_amp has no effect on a CPU" in " ".join(texts(run, "opening"))
    assert len(texts(run, "skip_step")) == 1
    weights = read_pdparams(run / "latest.pdparams")
    assert all(np.isfinite(array).all() for array in weights.values())
