"""What a change of the config means for a resume."""

from __future__ import annotations

from typing import Any

import pytest

from ppocr_ext.config import load_config
from ppocr_ext.config.diff import ABSENT, diff, format_table
from ppocr_ext.runtime import REPOSITORY

STEPS = "Train.dataset.transforms"


def resolved(*overrides: str, name: str = "rec_huge.yml") -> dict[str, Any]:
    return load_config(REPOSITORY / "configs" / name, overrides).tree


def test_nothing_changed() -> None:
    assert diff(resolved(), resolved()) == []
    gone = {"Global": {"use_visualdl": False}}
    assert diff(gone, {"Global": {}}) == []  # not used
    assert format_table([]) == ""


@pytest.mark.parametrize(
    ("override", "kind", "effect"),
    [
        ("Optimizer.lr.learning_rate=1e-5", "live", "new curve"),
        ("Optimizer.lr.warmup_epoch=2", "live", "new curve"),
        ("Global.epoch_num=7", "live", "the end"),
        ("Global.print_batch_step=7", "live", "log line"),
        ("Global.eval_batch_step=7", "live", "evaluation"),
        ("Global.keep_every=7", "live", "save"),
        (f"{STEPS}.RecAug.strength=0.9", "live", "samples"),
        ("Loss.weight_1=0.5", "live", "new weights"),
        ("Global.infer_img=x.png", "live", "for reading"),
        ("Global.debug=true", "live", "not used"),
        ("Train.sampler.first_bs=64", "live", "not used"),
        ("Train.loader.batch_size_per_card=8", "rebuild", "different number of lines"),
        ("Train.loader.num_workers=0", "rebuild", "the same samples"),
        ("Eval.sets.menus=val.txt", "rebuild", "different sets are evaluated beside the main one"),
        ("Train.samples_per_epoch=10000", "rebuild", "different length"),
        ("Train.dataset.label_file_list=x.txt", "rebuild", "read again"),
        (f"{STEPS}.RecResizeImg.image_shape=[3, 48, 640]", "rebuild", "read again"),
        ("Eval.dataset.label_file_list=x.txt", "rebuild", "comparable"),
        ("Optimizer.name=Momentum", "rebuild", "without its moments"),
        ("Optimizer.weight_decay=0", "rebuild", "keeps its moments"),
        ("Global.character_dict_path=x.txt", "rebuild", "transplanted"),
        ("Global.early_stop={patience: 3}", "rebuild", "restart"),
        ("Global.use_amp=true", "rebuild", "restart"),
        ("Architecture.Head.head_list.CTCHead.Head.fc_decay=0", "rebuild", "decays"),
        ("Architecture.Head.head_list.CTCHead.Neck.dims=64", "fatal", "different shape"),
        ("Architecture.Backbone.model_size=tiny", "fatal", "another network"),
        ("Architecture.form=train", "fatal", "another network"),
    ],
)
def test_a_change_and_its_meaning(override: str, kind: str, effect: str) -> None:
    found = diff(resolved(), resolved(override))
    (change,) = (each for each in found if not each.key.endswith(".make"))  # goes with its files
    assert change.key == override.partition("=")[0]
    assert change.kind == kind
    assert effect in change.effect


def test_steps_are_compared_by_name() -> None:
    old = {"Train": {"dataset": {"transforms": [{"A": None}, {"RecAug": {"p": 1}}, {"C": None}]}}}
    new = {"Train": {"dataset": {"transforms": [{"C": None}, {"A": {"x": 1}}, {"New": None}]}}}
    changes = {change.key: change for change in diff(old, new)}
    assert changes[STEPS][1:3] == (["A", "RecAug", "C"], ["C", "A", "New"])
    assert changes[f"{STEPS}.A.x"][1:3] == (ABSENT, 1)
    assert changes[f"{STEPS}.RecAug"][1:4] == ({"p": 1}, ABSENT, "rebuild")
    assert changes[f"{STEPS}.New"][1:3] == (ABSENT, {})
    assert len(changes) == 4


def test_a_head_that_is_added_is_rebuilt() -> None:
    old = resolved()
    new = resolved()
    new["Architecture"]["Head"]["head_list"] = [
        *old["Architecture"]["Head"]["head_list"],
        {"NRTRHead": {"nrtr_dim": 384}},
    ]
    assert [(c.key, c.kind) for c in diff(old, new)] == [
        ("Architecture.Head.head_list.NRTRHead", "rebuild")
    ]


def test_a_removed_ctc_head_is_fatal() -> None:
    new = resolved()
    new["Architecture"]["Head"]["head_list"] = [{"NRTRHead": {"nrtr_dim": 384}}]
    assert diff(resolved(), new)[0].kind == "fatal"


def test_the_second_phase_is_a_live_swap() -> None:
    changes = diff(resolved(), resolved(name="rec_huge_phase2.yml"))
    assert {change.key for change in changes} == {
        "Global.epoch_num",
        "Optimizer.lr.learning_rate",
        f"{STEPS}.RecAug.strength",
    }
    assert {change.kind for change in changes} == {"live"}


def test_the_table_is_aligned_and_fatal_comes_first() -> None:
    new = resolved("Architecture.Backbone.model_size=tiny", "Global.epoch_num=5", "Global.seed=1")
    heading, *rows = format_table(diff(resolved(), new)).splitlines()
    kinds = [row.split()[3] for row in rows]
    assert kinds == ["fatal", "rebuild", "live"]
    column = heading.index("what happens")
    assert all(row[column - 1] == " " and row[column] != " " for row in rows)


def test_long_values_are_cut() -> None:
    changes = diff(resolved(), resolved(f"Train.dataset.data_dir={'x' * 99}"))
    row = format_table(changes).splitlines()[1]
    assert "x" * 37 + "..." in row
    assert "x" * 38 not in row
