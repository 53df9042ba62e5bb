"""Mixed precision as far as a CPU shows it: what Paddle is asked for, the loss scale, the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
import toy

from ppocr_ext.checkpoint import CheckpointStore, read_pdparams

pytestmark = pytest.mark.smoke

FEW = "Global.max_steps=4"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """As on a GPU; what was asked of ``paddle.amp.auto_cast``, whose outputs are float16 then."""
    from ppocr_ext.engine import build
    from ppocr_ext.engine.step import TrainStep

    asked: list[dict[str, Any]] = []

    @contextmanager
    def auto_cast(**options: Any) -> Iterator[None]:
        asked.append(options)
        yield

    backward = TrainStep._backward

    def in_half(self: TrainStep, batch: Any, step: int) -> Any:
        network, is_mixed = self.network, self.amp is not None

        def rounded(*inputs: Any) -> Any:
            outputs = network(*inputs)
            return {k: v.astype("float16") if is_mixed else v for k, v in outputs.items()}

        self.network = rounded
        try:
            return backward(self, batch, step)
        finally:
            self.network = network

    monkeypatch.setattr(build, "on_gpu", lambda: True)
    monkeypatch.setattr(paddle.amp, "auto_cast", auto_cast)
    monkeypatch.setattr(TrainStep, "_backward", in_half)
    return asked


def mixed(folder: Path, **changes: Any) -> Path:
    settings = {"Global__use_amp": True, "Global__eval_batch_step": [0, 1000]}
    return toy.make(folder, **{**settings, **changes})


def overflow_at(monkeypatch: pytest.MonkeyPatch, steps: list[int]) -> None:
    """Make one gradient of these steps, counted from 1, infinite."""
    from ppocr_ext.engine.step import TrainStep

    backward: Callable[..., Any] = TrainStep._backward

    def poisoned(self: TrainStep, batch: Any, step: int) -> Any:
        result = backward(self, batch, step)
        if step + 1 in steps:
            self.parameters[0].grad.set_value(self.parameters[0].grad * float("inf"))
        return result

    monkeypatch.setattr(TrainStep, "_backward", poisoned)


def weights(run: Path) -> dict[str, np.ndarray]:
    return read_pdparams(CheckpointStore(run).load().path("pdparams"))


@pytest.mark.parametrize("level", ["O1", "O2"])
def test_losses_are_computed_and_weights_kept_in_float32(
    tmp_path: Path, asked: list[dict[str, Any]], level: str
) -> None:
    lists = {"Global__amp_custom_black_list": ["softmax"], "Global__amp_level": level}
    run = toy.train(mixed(tmp_path, **lists), FEW)
    assert asked[-1] == {
        "level": level,
        "dtype": "float16",
        "use_promote": level == "O1",  # at O2 the float32 weights would make all else float32
        "custom_white_list": [],
        "custom_black_list": ["softmax"],
    }
    assert len(toy.losses(run)) == 4 and np.isfinite(list(toy.losses(run).values())).all()
    assert {array.dtype for array in weights(run).values()} == {np.dtype("float32")}
    assert CheckpointStore(run).load().state["scaler"]["scale"] == 1024.0


def test_the_scale_of_the_loss_changes_nothing_else(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    """In bfloat16, whose range needs none, and in float32 there is none to begin with."""
    plain = toy.train(mixed(tmp_path / "plain", Global__scale_loss=1.0), FEW)
    scaled = toy.train(mixed(tmp_path / "scaled", Global__use_dynamic_loss_scaling=False), FEW)
    assert toy.losses(plain) == pytest.approx(toy.losses(scaled), rel=1e-3)
    half = toy.train(mixed(tmp_path / "half", Global__amp_dtype="bfloat16"), "Global.max_steps=1")
    assert CheckpointStore(half).load().state["scaler"]["scale"] == 1.0


def test_an_overflow_lowers_the_scale_which_a_resume_keeps(
    tmp_path: Path, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    overflow_at(monkeypatch, [2, 3, 4, 9])
    path = mixed(tmp_path, Global__on_nonfinite={"max_in_row": 2})
    toy.train(path, "Global.max_steps=6")
    run = tmp_path / "run"
    first = read_pdparams(CheckpointStore(run).load("iter_epoch_1").path("pdparams"))
    assert CheckpointStore(run).load().state["scaler"] == {
        "scale": 128.0,
        "dynamic": True,
        "good_steps": 2,
    }
    toy.train(path, resume=True)
    assert [event["global_step"] for event in toy.records(run, "loss_scale")] == [2, 3, 4, 9]
    assert "loss scale is now 64" in toy.records(run, "loss_scale")[-1]["text"]
    assert not toy.records(run, "skip_step") and not toy.records(run, "rollback")
    assert all(np.isfinite(array).all() for array in weights(run).values())
    assert any(not np.array_equal(first[name], array) for name, array in weights(run).items())


def test_what_is_not_finite_at_any_scale_is_guarded_against(
    tmp_path: Path, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    overflow_at(monkeypatch, [5, 6, 7])
    run = toy.train(mixed(tmp_path, Global__scale_loss=4.0), "Global.max_steps=8")
    assert [event["global_step"] for event in toy.records(run, "loss_scale")] == [5, 6]
    assert [event["global_step"] for event in toy.records(run, "skip_step")] == [7]
