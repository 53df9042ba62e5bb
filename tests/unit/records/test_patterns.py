"""Logs of other trainers, and patterns of the user."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.records.patterns import SHIPPED, load_patterns
from ppocr_ext.records.reading import read_logs


def test_every_shipped_pattern_shows_an_example_that_only_it_takes_first() -> None:
    import yaml

    patterns = load_patterns()
    entries = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    assert len(entries) == len(patterns) >= 5
    for entry, pattern in zip(entries, patterns, strict=True):
        line = entry["example"]["line"]
        first = next(p for p in patterns if p.read(line) is not None)
        assert first is pattern, line


def test_a_pattern_of_the_user_comes_first(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yml"
    mine.write_text(
        "- name: mine\n  kind: eval\n  find: 'vòng <epoch>: lỗi <cer>'\n"
        "  example: {line: 'vòng 3: lỗi 5%', gives: {epoch: 3, cer: 0.05}}\n",
        encoding="utf-8",
    )
    log = tmp_path / "run.log"
    log.write_text("vòng 1: lỗi 50%\nvòng 2: lỗi 0.25\n", encoding="utf-8")
    history = read_logs([log], load_patterns(mine))
    assert [(p.step, p.values["cer"]) for p in history.evals] == [(1, 0.5), (2, 0.25)]


def test_a_header_tells_the_epoch_of_the_lines_below(tmp_path: Path) -> None:
    log = tmp_path / "keras.log"
    log.write_text(
        "Epoch 1/5\n10/10 [====] - 1s - loss: 3.0 - val_loss: 2.9\n"
        "Epoch 2/5\n10/10 [====] - 1s - loss: 2.0 - val_loss: 2.1\n",
        encoding="utf-8",
    )
    history = read_logs([log], load_patterns())
    assert [(p.step, p.values["loss"]) for p in history.evals] == [(1, 2.9), (2, 2.1)]
    assert history.plan.epochs == 5


def test_lines_that_begin_like_json_are_tried_too(tmp_path: Path) -> None:
    log = tmp_path / "trainer.log"
    log.write_text(
        "{'loss': 0.52, 'learning_rate': 4.5e-05, 'epoch': 1.0}\n"
        "{'eval_loss': 0.35, 'eval_cer': 0.041, 'epoch': 1.0}\n",
        encoding="utf-8",
    )
    history = read_logs([log], load_patterns())
    assert history.account.kinds == {"train": 1, "eval": 1}
    assert history.evals.points()[0].values == {"loss": 0.35, "cer": 0.041}


def test_a_place_is_a_number_that_can_be_reckoned_with(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    steps = ("nan", "inf", "9" * 400, "200")
    log.write_text(
        "".join(f"iter: {step} - train loss: nanxxx - lr: infxxx\n" for step in steps),
        encoding="utf-8",
    )
    (point,) = read_logs([log], load_patterns()).train.points()
    assert point.step == 200 and point.values == pytest.approx(
        {"loss": float("nan"), "lr": float("inf")}, nan_ok=True
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- {name: a, kind: eval}", "must have the keys"),
        ("- {name: a, kind: test, find: '<acc>'}", "not train or eval"),
        ("- {name: a, kind: eval, find: '(<acc>'}", "pattern 1"),
        ("a: b", "not a list"),
        ("- [", "not YAML"),
        (
            "- {name: a, kind: eval, find: 'x <acc>', example: {line: 'y 1'}}",
            "does not find its own",
        ),
        (
            "- {name: a, kind: eval, find: 'x <acc>', example: {line: 'x 1', gives: {acc: 2}}}",
            "acc is 1.0, not 2",
        ),
    ],
)
def test_a_wrong_pattern_is_said_with_its_cure(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"mine\.yml") as error:
        load_patterns(path)
    assert words in error.value.found and "patterns.yml" in error.value.cure


def test_a_missing_file_of_patterns_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        load_patterns(tmp_path / "none.yml")
