"""Options of the loop: frozen parts, rates by group, averaged weights, the config's history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy
import yaml

from ppocr_ext.checkpoint import CheckpointStore, read_pdparams

pytestmark = pytest.mark.smoke


def moved(run: Path) -> set[str]:
    """Parts of the network, ``backbone`` or ``head``, whose weights the second epoch changed."""
    first, last = (
        read_pdparams(CheckpointStore(run).load(name).path("pdparams"))
        for name in ("iter_epoch_1", "iter_epoch_2")
    )
    return {name.split(".")[0] for name in first if not np.array_equal(first[name], last[name])}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"backbone", "head"}),
        ({"Global__freeze": ["^backbone\\."]}, {"head"}),
        ({"Optimizer__groups": [{"pattern": "^head\\.", "lr_mult": 0.0}]}, {"backbone"}),
        (
            {
                "Optimizer__groups": [
                    {"pattern": "^head\\.", "lr_mult": 2.0},
                    {"pattern": ".", "lr_mult": 0.0},
                ]
            },
            {"head"},
        ),
    ],
)
def test_what_is_frozen_or_has_no_rate_stays(
    tmp_path: Path, changes: dict[str, Any], expected: set[str]
) -> None:
    assert moved(toy.train(toy.make(tmp_path, **changes))) == expected


def test_unfreezing_at_a_resume_takes_its_first_step(tmp_path: Path) -> None:
    path = toy.make(tmp_path, Global__freeze=["^backbone\\."])
    toy.train(path, "Global.epoch_num=1")
    run = toy.train(path, "Global.freeze=[]", resume=True)
    assert moved(run) == {"backbone", "head"}
    assert "optimizer state is reset for" in (run / "train.log").read_text(encoding="utf-8")


def test_the_average_of_the_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights: list[np.ndarray] = []
    names: list[str] = []

    def remember(trainer: Any) -> None:
        name, parameter = next(iter(trainer.step.network.named_parameters()))
        names.append(name)
        weights.append(parameter.numpy())

    steps = 2 * toy.STEPS_PER_EPOCH
    toy.at_steps(monkeypatch, dict.fromkeys(range(1, steps + 1), remember))
    run = toy.train(toy.make(tmp_path, Global__ema={"decay": 0.8, "start_step": 3}))
    expected = weights[1]  # until step 3 the average is the weights
    for newer in weights[2:]:
        expected = 0.8 * expected + 0.2 * newer
    saved = read_pdparams(CheckpointStore(run).load().path("ema"))
    assert saved[names[0]] == pytest.approx(expected, rel=1e-5, abs=1e-7)
    assert not np.array_equal(saved[names[0]], weights[-1])
    last = toy.records(run, "eval")[-1]
    assert last["ema_loss"] != last["loss"] and {"ema_acc", "ema_cer"} <= last.keys()
    assert (run / "best_ema.pdparams").is_file()


def test_the_history_tells_every_config_and_when_it_took_over(tmp_path: Path) -> None:
    path = toy.make(tmp_path)
    toy.train(path, "Global.epoch_num=1")
    toy.train(path, "Global.epoch_num=1", resume=True)
    run = toy.train(path, "Optimizer.lr.learning_rate=0.0001", resume=True)
    history = run / "config_history"
    assert sorted(file.name for file in history.glob("*.yml")) == ["0001.yml", "0002.yml"]
    with open(history / "changes.jsonl", encoding="utf-8") as lines:
        first, second = map(json.loads, lines)
    assert first["changes"] == [] and (first["global_step"], second["global_step"]) == (0, 6)
    assert [change["key"] for change in second["changes"]] == [
        "Global.epoch_num",
        "Optimizer.lr.learning_rate",
    ]
    text = (run / "config.yml").read_text(encoding="utf-8")
    assert text == (history / "0002.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["Optimizer"]["lr"]["learning_rate"] == 0.0001


@pytest.mark.parametrize(
    ("allowed", "words"), [(True, "is kept awake"), (False, "turn its sleep mode off")]
)
def test_keeping_awake_is_in_the_log_and_ends_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: bool, words: str
) -> None:
    import wakepy

    ended: list[bool] = []

    class Mode:
        active = allowed

        def __enter__(self) -> None: ...

        def __exit__(self, *exception: Any) -> None:
            ended.append(True)

    monkeypatch.setattr(wakepy.keep, "running", lambda **options: Mode())
    run = toy.train(toy.make(tmp_path), "Global.max_steps=1")
    (event,) = toy.records(run, "awake")
    assert words in event["text"] and ended == [True]
