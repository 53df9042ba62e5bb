"""Open sections: every misspelled key and name in one message, as the builders know them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppocr_ext import upstream
from ppocr_ext.config import load_config
from ppocr_ext.config.load import slips
from ppocr_ext.config.parts import part_problems
from ppocr_ext.config.schema import network
from ppocr_ext.config.schema.augment import RecAug, Strength
from ppocr_ext.config.schema.data import PRESETS
from ppocr_ext.config.schema.losses import LOSSES
from ppocr_ext.config.schema.section import Section
from ppocr_ext.errors import UserError
from ppocr_ext.losses.build import TERMS
from ppocr_ext.models import build, heads, lcnetv4, lightsvtr
from ppocr_ext.synth import presets
from ppocr_ext.transforms.augment import Augment

CONFIG = """
Architecture:
  Backbone: {name: PPLCNetV4, model_size: small}
  Head:
    name: MultiHead
    head_list:
    - CTCHead: {Neck: {name: lightsvtr, dims: 16}, Head: {fc_decay: 1.0e-5}}
    - NRTRHead: {nrtr_dim: 32}
Loss: {name: MultiLoss, loss_config_list: [{CTCLoss: }, {NRTRLoss: }]}
Train: {dataset: {transforms: [{RecAug: {strength: 0.7}}]}}
"""


@pytest.fixture
def problems(tmp_path: Path) -> Callable[..., list[str]]:
    """The lines of the message, without the file's name."""
    path = tmp_path / "rec.yml"
    path.write_text(CONFIG, encoding="utf-8")

    def problems(*overrides: str) -> list[str]:
        with pytest.raises(UserError) as caught:
            load_config(path, overrides)
        return [line[4:] for line in caught.value.found.splitlines()[1:]]

    return problems


HEAD = "Architecture.Head"
CTC = f"{HEAD}.head_list.0.CTCHead"


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("Loss.nam=CTCLoss", "Loss.nam: unknown key; did you mean name?"),
        ("Loss.name=CTCLos", "Loss.name: unknown loss 'CTCLos'; did you mean CTCLoss?"),
        ("Loss.name=[1]", "Loss.name: found a list of 1, expected a text"),
        ("Loss.wieght_3=1", "Loss.wieght_3: unknown key; did you mean weight_2?"),
        ("Loss.weight_3=1", "Loss.weight_3: unknown key; did you mean weight_2?"),
        ("Loss.loss_config_list.CTCLoss.alfa=2", "0.CTCLoss.alfa: unknown key; known keys: weight"),
        ("Loss.loss_config_list.1={NRTR: }", "1.NRTR: unknown loss 'NRTR'; did you mean NRTRLoss?"),
        (f"{HEAD}.out_chanels=3", f"{HEAD}.out_chanels: unknown key; did you mean out_channels_li"),
        (f"{HEAD}.head_list.CTCHead.Neck.dim=3", f"{CTC}.Neck.dim: unknown key; did you mean dims"),
        (f"{HEAD}.head_list.CTCHead.Head.decay=3", f"{CTC}.Head.decay: unknown key; did you mea"),
        (
            f"{HEAD}.head_list.0.CTCHead.Neck.name=rnn",
            f"{CTC}.Neck.name: unknown neck 'rnn'; known",
        ),
        (
            f"{HEAD}.head_list.0.CTCHead.Neck.dims=many",
            f"{CTC}.Neck.dims: found the text 'many', e",
        ),
        (f"{HEAD}.head_list.1={{SARHead: }}", "head_list.1.SARHead: unknown head 'SARHead'; did y"),
        (f"{HEAD}.head_list=[{{NRTRHead: }}]", f"{HEAD}.head_list: found no CTCHead, expected one"),
        (f"{HEAD}.name=MultiHed", f"{HEAD}.name: unknown head 'MultiHed'; did you mean MultiHead?"),
        ("Architecture.Backbone.model_size=smal", "expected one of tiny, small, medium; did you m"),
        ("Architecture.Backbone.name=PPLCNetV", "unknown backbone 'PPLCNetV'; did you mean PPLCN"),
        ("Architecture.Backbone.scale=2", "Architecture.Backbone.scale: unknown key"),
        ("Architecture.Transform={name: TSP}", "unknown transform 'TSP'; did you mean TPS?"),
        ("wandb.projct=a", "wandb.projct: unknown key; did you mean project?"),
        ("Train.dataset.transforms.RecAug.strenght=1", "RecAug.strenght: unknown key; did you mea"),
        ("Train.dataset.transforms.0={RecAgu: }", "transforms.0.RecAgu: unknown transform 'RecAg"),
        ("Eval.dataset.transforms=[{RecAgu: }]", "Eval.dataset.transforms.0.RecAgu: unknown tran"),
        ("Train.dataset.synthetic=[{}, {preset: hug}]", "synthetic.1.preset: unknown preset 'hug'"),
        ("Eval.sets={a: {synthetic: {preset: hug}}}", "Eval.sets.a.synthetic.preset: unknown pre"),
        ("Train.dataset.synthetic={preset: hug}", "unknown preset 'hug'; did you mean huge?"),
    ],
)
def test_one_slip(problems: Callable[..., list[str]], override: str, problem: str) -> None:
    (line,) = problems(override)
    assert problem in line
    assert line.endswith(f"  [-o {override}]"), "not a file that does not hold it"


def test_a_head_list_without_a_neck(problems: Callable[..., list[str]]) -> None:
    missing, unknown = problems(f"{HEAD}.head_list=[{{CTCHead: {{Nek: {{name: svtr}}}}}}]")
    assert f"{CTC}.Neck: missing; found Nek; did you mean Neck?" in missing
    assert f"{CTC}.Nek: unknown key; did you mean Neck?" in unknown


def test_all_come_in_one_message(problems: Callable[..., list[str]]) -> None:
    found = problems(
        "Global.epoch_nun=1",
        "Loss.nam=x",
        "Loss.weight_2=-1",
        "Architecture.Backbone.model_size=smal",
        f"{HEAD}.head_list.NRTRHead.dropout=1",
        "wandb={projct: x}",
        "Train.dataset.transforms=[{RecAug: {strenght: 1, blur: 2}}, {RecAgu: }]",
        "Train.dataset.synthetic={preset: hug, lines: 0}",
        "Global.pretrained_model=None",
    )
    assert len(found) == 12


def test_a_place_is_that_of_the_file_that_wrote_the_value(tmp_path: Path) -> None:
    (tmp_path / "base.yml").write_text(CONFIG, encoding="utf-8")
    top = tmp_path / "top.yml"
    text = "_base_: base.yml\nTrain:\n  dataset:\n    transforms:\n      RecAug: {strength: 7}\n"
    top.write_text(f"{text}Global:\n  freeze: ['(']\n", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_config(top, ["Loss.loss_config_list.CTCLoss.weight=x"])
    where = sorted(line.rsplit("  [")[-1] for line in caught.value.found.splitlines()[1:])
    assert where == [
        "-o Loss.loss_config_list.CTCLoss.weight=x]",
        f"{top}:5]",
        f"{top}:7]",
    ]


@pytest.mark.parametrize("architecture", [{}, {"Backbone": 3}, {"Backbone": {"name": [1]}}])
def test_sections_of_another_shape_are_the_schemas_business(
    problems: Callable[..., list[str]], architecture: dict[str, Any]
) -> None:
    found = problems(f"Architecture={architecture}", "Loss=3", "Train=[2]")
    assert all(re.search("expected|missing|unknown backbone", line) for line in found)


NAMES = st.sampled_from(
    (
        *("name", "head_list", "Neck", "CTCHead", "MultiHead", "PPLCNetV4", "CTCLoss", "MultiLoss"),
        *(
            "loss_config_list",
            "weight",
            "weight_1",
            "RecAug",
            "strength",
            "preset",
            "None",
            "D:\\x",
        ),
    )
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 9) | st.floats() | NAMES | st.just("\n"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["Backbone", "Head", "Neck"]), ANYTHING), ANYTHING, ANYTHING)
def test_any_tree_is_looked_through(architecture: Any, loss: Any, steps: Any) -> None:
    dataset = {"transforms": steps, "synthetic": loss}
    tree = {
        "Architecture": architecture,
        "Loss": loss,
        "Train": {"dataset": dataset},
        "Eval": {"dataset": steps, "sets": loss},
        "wandb": steps,
    }
    lines = [*part_problems(tree, {}), *(slip.problem for slip in slips(tree, {}))]
    assert all("\n" not in line for line in lines)


def keys(kind: type[Section], *but: str) -> set[str]:
    return set(kind.model_fields) - set(but)


def parameters(factory: Callable[..., Any], *but: str) -> set[str]:
    return set(inspect.signature(factory).parameters) - {"self", "kwargs", *but}


def test_the_schema_knows_what_the_builders_know() -> None:
    assert LOSSES.keys() == TERMS.keys()
    for name, factory in TERMS.items():
        assert keys(LOSSES[name], "weight") == parameters(factory, "setting"), name
    changes = {each.name for each in fields(Augment)}
    assert changes <= keys(RecAug)
    assert keys(Strength) == {"start", "end", "steps", "epochs"}
    assert set(PRESETS) == {*presets.PRESETS, *presets.FORMER_NAMES}
    assert set(network.BACKBONES) == set(build.BACKBONES) and set(network.NECKS) == set(build.NECKS)
    assert set(network.HEADS) == set(build._HEADS)


def test_the_schema_knows_the_options_of_each_part() -> None:
    implied = build.IMPLIED | {"name"}
    rnn, lcnetv3 = (
        upstream.ppocr_module(f"modeling.{name}") for name in ("necks.rnn", "backbones.rec_lcnetv3")
    )
    pairs: list[tuple[type[Section], set[str]]] = [
        (network.PPLCNetV4, parameters(lcnetv4.PPLCNetV4, "fused")),
        (network.PPLCNetV3, parameters(lcnetv3.PPLCNetV3, "det")),
        (network.LightSVTR, parameters(lightsvtr.LightSVTR, "in_channels")),
        (network.SVTR, parameters(rnn.EncoderWithSVTR, "in_channels")),
        (network.Guide, parameters(heads.guidance, "in_channels", "num_classes")),
    ]
    for kind, known in pairs:
        assert keys(kind, *implied) == known, kind
    decoder = parameters(heads.DecoderHead, "in_channels", "num_classes", "neck")
    assert keys(network.DecoderHead, "name", "head_list", "Neck") == decoder
    assert parameters(heads.CTCHead, "in_channels", "num_classes") < keys(network.CTCOutput)
    assert network.PPLCNetV4.model_fields["model_size"].annotation.__args__ == (*lcnetv4.SIZES,)
