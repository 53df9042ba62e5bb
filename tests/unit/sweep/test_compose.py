"""Configs of trials: differences from the base."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ppocr_ext.errors import UserError
from ppocr_ext.sweep.compose import check_configurations, write_config
from ppocr_ext.sweep.schema import Sweep

VALUES = {"rate": 0.02, "loss": "focal"}


def test_a_trial_is_the_base_and_its_differences(
    make_sweep: Callable[..., Sweep], vietnamese_path: Path
) -> None:
    path = vietnamese_path / "study" / "000_first" / "trial.yml"
    config = write_config(make_sweep(), VALUES, path, path.parent)
    assert config.Optimizer.lr.learning_rate == 0.02
    assert config.Loss.name == "FocalCTCLoss"
    assert config.Global.max_steps == 100
    assert config.Global.eval_batch_step == (0, 25)
    assert config.Global.save_model_dir == path.parent.as_posix()
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert written["_base_"] == ["../../base.yml"]
    assert "Architecture" not in written


def test_equal_lines_are_more_steps_of_smaller_batches(
    make_sweep: Callable[..., Sweep], tmp_path: Path
) -> None:
    sweep = make_sweep({"budget": {"steps": None, "lines": 100}})
    config = write_config(sweep, VALUES, tmp_path / "trial.yml", tmp_path)
    assert config.Global.max_steps == 13  # of 8


def test_a_later_dimension_lies_on_an_earlier_one_and_on_what_all_share(
    make_sweep: Callable[..., Sweep], tmp_path: Path
) -> None:
    sweep = make_sweep({"config": {"Loss": {"name": "CTCLoss"}, "Global": {"seed": 5}}})
    config = write_config(sweep, VALUES, tmp_path / "trial.yml", tmp_path)
    assert (config.Loss.name, config.Global.seed) == ("FocalCTCLoss", 5)


def test_a_piece_may_stand_on_a_file(
    make_sweep: Callable[..., Sweep], vietnamese_path: Path, tmp_path: Path
) -> None:
    text = "Architecture: {Backbone: {_delete_: true, name: PPLCNetV3}}"
    (vietnamese_path / "other.yml").write_text(text, encoding="utf-8")
    sweep = make_sweep({"dimensions": {"loss": {"choices": {"focal": {"_base_": "other.yml"}}}}})
    config = write_config(sweep, VALUES, tmp_path / "trial.yml", tmp_path)
    assert config.Architecture.Backbone.name == "PPLCNetV3"
    assert config.Loss.name == "FocalCTCLoss"


def test_configurations_that_are_no_configs_are_reported_before_anything_runs(
    make_sweep: Callable[..., Sweep],
) -> None:
    sweep = make_sweep({"dimensions": {"loss": {"choices": {"focal": {"Global": {"sed": 1}}}}}})
    with pytest.raises(UserError) as caught:
        check_configurations(sweep)
    problem = "Global.sed: unknown key; did you mean seed?  [configurations.second]"
    assert caught.value.found == f"the sweep toy has 1 problem:\n  - {problem}"


def test_what_is_wrong_with_all_trials_is_in_one_message(
    make_sweep: Callable[..., Sweep], tmp_path: Path
) -> None:
    pieces = {
        "ctc": {"Global": {"sed": 1}},
        "focal": {"Loss": {"name": "FocalCTCLos"}},
        "other": {"Architecture": {"Backbone": {"_delete_": True, "naem": "PPLCNetV3"}}},
    }
    sweep = make_sweep(
        {
            "config": {"Train": {"dataset": {"label_file_list": "none.txt"}}},
            "dimensions": {"loss": {"choices": pieces}},
            "sampler": {"name": "random"},
            "budget": {"trials": 5},
        }
    )
    with pytest.raises(UserError) as caught:
        check_configurations(sweep)
    first, *lines = caught.value.found.splitlines()
    assert first == "the sweep toy has 4 problems:"
    assert lines[:3] == [
        "  - Global.sed: unknown key; did you mean seed?  [configurations.first]",
        "  - Loss.name: unknown loss 'FocalCTCLos'; did you mean FocalCTCLoss?"
        "  [configurations.second]",
        "  - Architecture.Backbone.name: missing; found naem; did you mean name?"
        "  [dimensions.loss.choices.other]",
    ]
    assert "none.txt does not exist" in lines[3]
