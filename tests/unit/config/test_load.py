"""Every problem of a config in one message, in words that lead to the cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppocr_ext.config import FOR_TRAINING, Config, completed, dump_yaml, load_config
from ppocr_ext.errors import UserError
from ppocr_ext.runtime import REPOSITORY

MINIMAL = """\
Architecture:
  Head: {name: MultiHead, head_list: [{CTCHead: {Neck: {name: reshape}}}]}
"""


@pytest.fixture
def minimal(tmp_path: Path) -> Path:
    path = tmp_path / "rec.yml"
    path.write_text(MINIMAL, encoding="utf-8")
    return path


def problem_of(path: Path, *overrides: str) -> str:
    with pytest.raises(UserError) as caught:
        load_config(path, overrides)
    return str(caught.value)


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("Global.epoch_nun=3", "Global.epoch_nun: unknown key; did you mean epoch_num?"),
        ("Globl.epoch_num=3", "Globl: unknown key; did you mean Global?"),
        ("Global.num_workers=3", "did you mean Train.loader.num_workers or Eval.loader"),
        ("Eval.samples_per_epoch=9", "did you mean Train.samples_per_epoch?"),
        ("Train.zzz=1", "Train.zzz: unknown key; known keys: dataset, sampler, loader, samples"),
        ("Global.epoch_num=many", "epoch_num: found the text 'many', expected a whole number"),
        ("Global.epoch_num=1.5", "Global.epoch_num: found 1.5, expected a whole number"),
        ("Global.epoch_num=true", "Global.epoch_num: found true, expected a number"),
        ("Global.epoch_num=0", "Global.epoch_num: found 0, expected more than 0"),
        ("Global.epoch_num=", "Global.epoch_num: found nothing, expected a whole number"),
        ("Global.seed=-1", "Global.seed: found -1, expected at least 0"),
        ("Global.device=cuda", "found the text 'cuda', expected auto, cpu, gpu or gpu:N"),
        ("Global.cpu_processes=0", "found 0, expected auto or a whole number above 0"),
        ("Global.eval_batch_step=[0, x]", "Global.eval_batch_step.1: found the text 'x'"),
        ("Global.eval_batch_step=[0, 1, 2]", "Global.eval_batch_step: found a list of 3, expected"),
        ("Global.eval_batch_step=0", "found 0, expected more than 0"),
        ("Global.use_amp=maybe", "found the text 'maybe', expected true or false"),
        ("Global.freeze=['(']", "Global.freeze.0: found the text '(', expected a regular expr"),
        ("Global.early_stop={metric: acc}", "Global.early_stop.patience: missing"),
        ("Global.pretrained_model=[a]", "found a list of 1, expected a text"),
        ("Optimizer.name=adamw", "Adadelta; did you mean AdamW?"),
        ("Optimizer.lr.learning_rate=.inf", "expected a finite number"),
        ("Optimizer.lr.name=Piecewise", "expected `decay_epochs` and `values` beside `name: Piece"),
        ("Optimizer.lr={name: Piecewise, decay_epochs: [2, 3], values: [1]}", "one more entry in"),
        ("Optimizer.lr={name: Piecewise, decay_epochs: [], values: []}", "one more entry in"),
        ("Optimizer.beta1=1", "found 1, expected less than 1"),
        ("Optimizer.momentum=1.5", "found 1.5, expected at most 1"),
        ("Architecture.model_type=det", "found the text 'det', expected rec"),
        ("Architecture.Models={}", "Architecture: expected one network; take the student out"),
        ("Architecture.Backbone={}", "Architecture.Backbone.name: missing"),
        ("Architecture.Head.head_list=[CTCHead]", "expected `- Name: {arguments}` at position 0"),
        ("Train.dataset.transforms=[{A: 1}]", "expected `- Name: {arguments}` at position 0"),
        ("Train.dataset.transforms=[{A: , B: }]", "expected `- Name: {arguments}` at position 0"),
        ("Train.dataset.transforms={A: 1}", "expected a list of `- Name: {arguments}`"),
        ("Train.dataset={label_file_list: [a, b], ratio_list: [1, 1, 1]}", "as many entries in `r"),
        ("Train.loader=5", "Train.loader: found 5, expected a mapping"),
    ],
)
def test_a_problem_in_words(minimal: Path, override: str, problem: str) -> None:
    message = problem_of(minimal, override)
    assert problem in message
    assert "has 1 problem:" in message
    assert "Value error" not in message


def test_all_problems_come_together_with_their_places(minimal: Path, tmp_path: Path) -> None:
    text = f"_base_: {minimal.name}\nGlobal:\n  epoch_num: x\n  seed: 1\n  seed: 2\n"
    top = tmp_path / "top.yml"
    top.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_config(top, ["Train.loader.batch=3", "Train.dataset.transforms=[]"], FOR_TRAINING)
    message = str(caught.value)
    assert "has 5 problems" in message
    assert f"[{top}:3]" in message
    assert f"seed: written twice, again at {top}:5" in message
    assert "[-o Train.loader.batch=3]" in message
    assert "Train.dataset.label_file_list: no label file is given" in message


def test_keys_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "rec.yml"
    path.write_text(f"{MINIMAL}1: 2\n", encoding="utf-8")
    assert "1: unknown key" in problem_of(path)


def test_numbers_written_as_text_are_understood(minimal: Path) -> None:
    config = load_config(minimal, ["Optimizer.lr.learning_rate='1e-4'", "Global.epoch_num='20'"])
    assert config.Optimizer.lr.learning_rate == 1e-4
    assert config.Global.epoch_num == 20


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]))
OVERRIDES = st.fixed_dictionaries(
    {},
    optional={
        "Global.epoch_num": st.integers(1, 10**6),
        "Global.save_model_dir": TEXT,
        "Global.eval_batch_step": st.tuples(st.integers(0, 9), st.integers(1, 9)).map(list),
        "Global.use_gpu": st.booleans() | st.none(),
        "Global.early_stop": st.builds(lambda n: {"patience": n, "metric": "cer"}, st.integers(1)),
        "Global.debug": st.booleans(),
        "Optimizer.lr.learning_rate": st.floats(1e-12, 10),
        "Train.dataset.label_file_list": TEXT | st.lists(TEXT, max_size=3),
        "Train.dataset.ratio_list": st.floats(0, 1),
        "Train.dataset.transforms": st.lists(
            st.dictionaries(TEXT, st.none() | st.just({"p": 1e-05}), min_size=1, max_size=1)
        ),
        "Architecture.Backbone": st.builds(lambda x: {"name": "N", "arg": x}, TEXT),
    },
)


@given(values=OVERRIDES)
def test_a_resolved_config_loads_to_itself(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, object]
) -> None:
    tree: dict = {"Architecture": {"Head": {"name": "CTCHead"}}}
    for dotted, value in values.items():
        section = tree
        *parents, key = dotted.split(".")
        for parent in parents:
            section = section.setdefault(parent, {})
        section[key] = value
    config = Config.model_validate(tree)
    path = tmp_path_factory.getbasetemp() / "round.yml"
    path.write_text(dump_yaml(config.tree), encoding="utf-8")
    again = load_config(path, saved=True)
    assert again.tree == config.tree
    assert again.ignored() == config.ignored()


def test_keys_that_came_later_complete_an_earlier_config() -> None:
    now = load_config(REPOSITORY / "configs" / "rec_quick.yml").tree
    earlier = {**now, "Architecture": {**now["Architecture"]}}
    del earlier["Architecture"]["stock"]
    assert completed(earlier) == now


def test_a_config_that_does_not_hold_today_stays_as_it_is() -> None:
    foreign = {"Global": {"nobody_knows": 1}}
    assert completed(foreign) is foreign
