"""The YAML edited while training runs: live keys apply at once, everything else is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import toy

from ppocr_ext.files import write_text

pytestmark = pytest.mark.smoke

SLOW, FAST = ({"name": "Const", "learning_rate": rate} for rate in (0.001, 0.002))
EDIT, LAST = 3, 2 * toy.STEPS_PER_EPOCH
FIRST_NEW = EDIT + 2  # announced with the step after the edit, taken after it


@pytest.fixture
def train_with_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Train; after step 3 write the YAML again with ``changes``, or ``text`` in its place."""
    from ppocr_ext.engine.hooks import watch_config

    monkeypatch.setattr(watch_config, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(watch_config, "SETTLE_SECONDS", 0.0)

    def train(text: str = "", **changes: Any) -> Path:
        start = {"Global__watch_config": True, "Optimizer__lr": SLOW}
        path = toy.make(tmp_path, **start)

        def edit(trainer: Any) -> None:
            if text:
                write_text(path, text)
            else:
                toy.write_config(tmp_path, toy.config(tmp_path, **{**start, **changes}))

        toy.at_steps(monkeypatch, {EDIT: edit})
        return toy.train(path)

    return train


def test_the_rate_and_the_end_change_while_training(train_with_edit: Callable[..., Path]) -> None:
    run = train_with_edit(Optimizer__lr=FAST, Global__epoch_num=3)
    rates = {record["global_step"]: record["lr"] for record in toy.records(run, "train")}
    assert rates == {
        step: 0.001 if step < FIRST_NEW else 0.002
        for step in range(1, LAST + toy.STEPS_PER_EPOCH + 1)
    }
    (event,) = toy.records(run, "live")
    assert event["global_step"] == FIRST_NEW - 1
    assert set(event["keys"]) == {"Optimizer.lr.learning_rate", "Global.epoch_num"}
    changes = (run / "config_history" / "changes.jsonl").read_text(encoding="utf-8")
    assert f'"global_step": {FIRST_NEW - 1}' in changes.splitlines()[1]
    assert "learning_rate: 0.002" in (run / "config.yml").read_text(encoding="utf-8")
    saved = (run / "latest.yml").read_text(encoding="utf-8")
    assert "learning_rate: 0.002" in saved, "a resume compares with what was trained with"


def test_intervals_augmentation_and_retention_change_while_training(
    train_with_edit: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppocr_ext.engine.step import TrainStep

    strengths, backward = [], TrainStep._backward

    def noted(self: Any, batch: Any, step: int) -> Any:
        strengths.append(batch.strength)
        return backward(self, batch, step)

    monkeypatch.setattr(TrainStep, "_backward", noted)
    edited = toy.config(tmp_path)["Train"]
    for step in edited["dataset"]["transforms"]:
        if "RecAug" in step:
            step["RecAug"] = {"strength": 1.0}
    run = train_with_edit(
        Train=edited,
        Global__save_step=1,
        Global__keep_last=2,
        Global__eval_batch_step=[0, 2],
        Global__print_batch_step=2,
    )
    assert strengths == [0.5 if step < FIRST_NEW else 1.0 for step in range(1, LAST + 1)]
    records = toy.records(run, "train")
    assert [record["augmentation"] for record in records] == [0.5] * 4 + [1.0] * 4
    assert "augmentation: 0.500, " in (run / "train.log").read_text(encoding="utf-8")
    logged = [record["global_step"] for record in records]
    assert logged == [1, 2, 3, 4, 6, 8, 10, 12]
    assert [record["global_step"] for record in toy.records(run, "eval")] == [4, 6, 8, 10, 12]
    kept = sorted(folder.name for folder in (run / "checkpoints").iterdir())
    assert len(kept) <= 4 and {"step_00000011", "step_00000012"} <= set(kept)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Train__loader": {"num_workers": 0, "batch_size_per_card": 8}}, "batch_size_per_card"),
        ({"Optimizer__name": "Momentum", "Optimizer__lr": FAST}, "Optimizer.name"),
        ({"Global__epoch_numb": 3}, "epoch_numb"),
        ({"text": "Global: [\n"}, "is not YAML"),
    ],
)
def test_other_edits_are_refused_and_training_continues(
    train_with_edit: Callable[..., Path], changes: dict[str, Any], words: str
) -> None:
    run = train_with_edit(**changes)
    (event,) = toy.records(run, "live_refused")
    assert words in event["text"] and event["global_step"] == EDIT and event["level"] == "WARNING"
    rates = {record["global_step"]: record["lr"] for record in toy.records(run, "train")}
    assert rates == dict.fromkeys(range(1, LAST + 1), 0.001)
    assert not toy.records(run, "live")
    assert not (run / "config_history" / "0002.yml").exists()
