"""Sweep files: what they mean, and every mistake in one message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.sweep import reference
from ppocr_ext.sweep.compose import write_config
from ppocr_ext.sweep.load import load_sweep, planned
from ppocr_ext.sweep.schema import Sweep

MakeSweep = Callable[..., Sweep]
SHIPPED = sorted((REPOSITORY / "configs" / "sweeps").glob("*.yml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_sweep_makes_configs_in_which_everything_is_read(
    path: Path, tmp_path: Path
) -> None:
    sweep = load_sweep(path)
    for name, values in planned(sweep):
        config = write_config(sweep, values, tmp_path / f"{name}.yml", tmp_path / "run", files=())
        assert config.ignored() == []


def test_the_list_of_keys_is_that_of_the_schema() -> None:
    assert reference.PATH.read_text(encoding="utf-8") == reference.reference()


def test_phase3_compares_seven_configurations() -> None:
    sweep = load_sweep(REPOSITORY / "configs" / "sweeps" / "phase3.yml")
    assert len(sweep.configurations) == 7
    small = sweep.configurations["conservative_small"]
    assert (small["batch"], small["rate"]) == (32, 1e-3)
    attention, free = (sweep.configurations[n] for n in ("baseline_optimized", "attention_free"))
    assert {name for name in attention if attention[name] != free[name]} == {"loss"}


def test_every_mistake_is_reported_at_once_with_the_nearest_name(make_sweep: MakeSweep) -> None:
    with pytest.raises(UserError) as caught:
        make_sweep({"budget": {"trails": 3}, "dimensions": {"rate": {"hihg": 1}}, "studdy": 1})
    message = str(caught.value)
    assert "3 problems" in message
    assert "budget.trails: unknown key; did you mean trials?" in message
    assert "dimensions.rate.hihg: unknown key; did you mean high?" in message
    assert "studdy: unknown key; did you mean study?" in message
    assert "sweep.yml:" in message


def test_a_mistake_of_the_sweep_does_not_hide_those_of_its_trials(
    make_sweep: MakeSweep, vietnamese_path: Path
) -> None:
    """One message for the sweep file, its config, each choice and the base."""
    base = vietnamese_path / "base.yml"
    changes = {
        "budget": {"trails": 3},
        "config": {"Global": {"epoch_nums": 1}},
        "dimensions": {
            "loss": {"choices": {"focal": {"Global": {"sead": 1}}}},
            "rate": {"key": ["Optimizer.lr.learning_rat"]},
        },
    }
    make_sweep({})
    base.write_text(base.read_text(encoding="utf-8") + "Metrik: {}\n", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        make_sweep(changes)
    message = str(caught.value)
    assert "5 problems" in message
    assert "budget.trails: unknown key; did you mean trials?" in message
    assert "config: Global.epoch_nums: unknown key; did you mean epoch_num?" in message
    loss = "dimensions.loss.choices.focal: Global.sead: unknown key; did you mean seed?"
    assert (
        "rate.key: Optimizer.lr.learning_rat: unknown key; did you mean learning_rate?" in message
    )
    assert f"{loss}  [{vietnamese_path / 'sweep.yml'}:" in message
    assert "Metrik: unknown key; did you mean Metric?" in message


def test_configurations_are_checked_against_the_dimensions(make_sweep: MakeSweep) -> None:
    wrong = {"rate": 3, "los": "ctc", "loss": "focl"}
    with pytest.raises(UserError) as caught:
        make_sweep({"configurations": {"first": wrong, "third": {"loss": "ctc"}}})
    message = str(caught.value)
    assert "configurations.first.rate: found 3, expected a number from 1e-05 to 0.1" in message
    assert "configurations.first.los: unknown dimension; did you mean loss?" in message
    assert "expected one of ctc, focal; did you mean focal?" in message
    assert "configurations.third.rate: missing" in message


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"sampler": {"name": "tpe"}}, "budget.trials: missing"),
        ({"sampler": {"name": "grid"}}, "dimensions.rate: a range"),
        ({"budget": {"lines": 5}}, "one of `steps`, `lines` and `minutes`"),
        ({"base": "nowhere.yml"}, "nowhere.yml does not exist"),
        ({"dimensions": {"rate": {"low": 0.2}}}, "`low` below `high`"),
    ],
)
def test_keys_that_contradict_each_other(
    make_sweep: MakeSweep, changes: dict, problem: str
) -> None:
    with pytest.raises(UserError) as caught:
        make_sweep(changes)
    assert problem in str(caught.value)


def test_overrides(make_sweep: MakeSweep, vietnamese_path: Path) -> None:
    make_sweep()
    added = "configurations.third={rate: 0.02, loss: ctc}"
    sweep = load_sweep(vietnamese_path / "sweep.yml", ["budget.steps=7", added])
    assert sweep.budget.steps == 7
    assert list(sweep.configurations) == ["first", "second", "third"]
    with pytest.raises(UserError, match="none are listed"):
        load_sweep(vietnamese_path / "sweep.yml", ["configurations={}"])


def test_the_listed_trials_come_first_and_the_sampler_fills_up(make_sweep: MakeSweep) -> None:
    sweep = make_sweep({"sampler": {"name": "tpe"}, "budget": {"trials": 5}})
    assert [name for name, _ in planned(sweep)] == ["first", "second", None, None, None]
    assert all(not values for _, values in planned(sweep)[2:])


def test_a_grid_holds_every_combination_once(make_sweep: MakeSweep, vietnamese_path: Path) -> None:
    make_sweep()
    rates = "dimensions.rate={key: Optimizer.lr.learning_rate, choices: [0.01, 0.001]}"
    sweep = load_sweep(vietnamese_path / "sweep.yml", [rates, "sampler.name=grid"])
    trials = [(values["rate"], values["loss"]) for _, values in planned(sweep)]
    every = {(rate, loss) for rate in (0.01, 0.001) for loss in ("ctc", "focal")}
    assert set(trials) == every
    assert len(trials) == 4
    assert [name for name, _ in planned(sweep)][:3] == ["first", "second", None]
