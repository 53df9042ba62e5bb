"""Recipes trained once each and compared on the same lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ppocr_ext.config import dump_yaml, load_config
from ppocr_ext.errors import UserError
from ppocr_ext.sweep import recipes
from ppocr_ext.sweep.recipe_table import BEGIN, END, page, write_into
from ppocr_ext.sweep.recipes import Bench, run_trial, steps_in, train_with_tool

TRUTHS = ["Việt", "tiếng", "số", "bảy"]
READINGS = {
    "plain": ["Việt", "tiềng", "số", "bày"],
    "better": TRUTHS,
    "worse": ["", "", "", ""],
}
HEAD = {"name": "MultiHead", "head_list": [{"CTCHead": {"Neck": {"name": "reshape"}}}]}


class Fake:
    """Stands for training and reading."""

    def __init__(self) -> None:
        self.trained: list[tuple[str, bool]] = []
        self.read_runs: list[str] = []
        self.killed = self.stopped = False

    def train(self, config: Path, overrides: Sequence[str], go_on: bool) -> None:
        settings = load_config(config, overrides)
        run, steps = Path(settings.Global.save_model_dir), settings.Global.max_steps
        self.trained.append((run.name, go_on))
        run.mkdir(parents=True, exist_ok=True)
        (run / "config.yml").write_text(dump_yaml(settings.to_dict()), encoding="utf-8")
        (run / "latest.json").write_text("{}", encoding="utf-8")
        record = {"kind": "train", "global_step": steps // 2, "avg_batch_cost": 6.0}
        records = [record, record, {**record, "global_step": steps, "avg_batch_cost": 3.0}]
        lines = [json.dumps(each) + "\n" for each in [{"kind": "eval"}, *records]]
        lines.insert(1, '{"kind": "tr\n')  # what a kill left
        if self.stopped:
            stop = {"kind": "event", "name": "stop", "text": "stopped (SIGTERM)"}
            lines.append(json.dumps(stop) + "\n")
        (run / "metrics.jsonl").write_text("".join(lines), encoding="utf-8")
        if self.killed:
            raise KeyboardInterrupt

    def read(self, run: Path, labels: Path, output: Path) -> None:
        self.read_runs.append(run.name)
        rows = [f"{i}.png\t{text}\t0.5\n" for i, text in enumerate(READINGS[run.name])]
        output.write_text("".join(rows), encoding="utf-8")


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def bench(vietnamese_path: Path, fake: Fake) -> Bench:
    labels = vietnamese_path / "set" / "val.txt"
    labels.parent.mkdir()
    rows = [f"{i}.png\t{text}\n" for i, text in enumerate(TRUTHS)]
    labels.write_text("".join(rows), encoding="utf-8")
    return Bench(vietnamese_path / "runs", [labels], [], fake.train, fake.read)


def recipe(bench: Bench, name: str) -> Path:
    path = bench.folder.parent / f"{name}.yml"
    path.write_text(dump_yaml({"Architecture": {"Head": HEAD}}), encoding="utf-8")
    return path


def test_the_page_compares_with_the_first(bench: Bench) -> None:
    trials = [run_trial(bench, recipe(bench, name), 4) for name in READINGS]
    text = page(trials, bench.labels, 4)
    assert "\n\nset/val.txt, 4 lines:\n\n" in text
    plain, better, worse = (line.split(" | ") for line in text.splitlines()[-3:])
    assert plain[1].startswith("0.5000 (") and plain[4:7] == ["", "", ""]
    assert better[1] == "1.0000 (1.0000 to 1.0000)"
    assert better[4].startswith("+0.5000 (+") and better[5].startswith("-0.1429 (-")
    assert [better[6], worse[6]] == ["not shown", "worse"]  # 2 of 4 lines are too few to tell
    assert plain[3].startswith("0.2857 (")  # 2 of 7 vowels
    assert plain[-1] == "0.3 |"  # 2 steps of 6 seconds, 2 of 3


def test_a_killed_comparison_goes_on_and_repeats_nothing(bench: Bench, fake: Fake) -> None:
    done, broken = recipe(bench, "plain"), recipe(bench, "better")
    run_trial(bench, done, 4)
    fake.killed = True
    with pytest.raises(KeyboardInterrupt):
        run_trial(bench, broken, 4)
    fake.killed = False
    for each in (done, broken):
        run_trial(bench, each, 4)
    assert fake.trained == [("plain", False), ("better", False), ("better", True)]
    assert fake.read_runs == ["plain", "better"]


def test_a_training_that_was_stopped_alone_is_not_taken_for_finished(
    bench: Bench, fake: Fake
) -> None:
    fake.stopped = True
    with pytest.raises(UserError, match=r"stopped \(SIGTERM\)"):
        run_trial(bench, recipe(bench, "plain"), 4)
    fake.stopped = False
    run_trial(bench, recipe(bench, "plain"), 4)
    assert fake.trained == [("plain", False), ("plain", True)] and fake.read_runs == ["plain"]


def test_a_run_of_other_settings_is_not_taken_for_this_one(bench: Bench) -> None:
    path = recipe(bench, "plain")
    run_trial(bench, path, 4)
    for changed, steps in ((bench, 5), (replace(bench, overrides=["Global.seed=9"]), 4)):
        with pytest.raises(UserError, match=r"holds a run of other settings:\n(.|\n)*Global"):
            run_trial(changed, path, steps)


def test_minutes_become_steps_once(bench: Bench, fake: Fake) -> None:
    path = recipe(bench, "plain")
    assert [steps_in(bench, path, minutes) for minutes in (15.0, 1.0)] == [300, 20]
    assert fake.trained == [("timing", False)]


def test_the_log_keeps_what_is_around_the_table(vietnamese_path: Path) -> None:
    log = vietnamese_path / "LOG.md"
    log.write_text(f"# Log\n\n{BEGIN}\nold\n{END}\n\n## Before\n", encoding="utf-8")
    for _ in range(2):
        write_into(log, "new\n")
    assert log.read_text(encoding="utf-8") == f"# Log\n\n{BEGIN}\n\nnew\n\n{END}\n\n## Before\n"
    log.write_text(f"# Log\n{BEGIN}\n", encoding="utf-8")
    with pytest.raises(UserError, match="no place for the table"):
        write_into(log, "new\n")


def test_training_that_fails_is_said_with_its_config(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = [sys.executable, "-c", "import sys; sys.exit(3)"]
    monkeypatch.setattr(recipes, "train_command", lambda *_: ends)
    with pytest.raises(UserError, match=r"training a\.yml ended with exit code 3"):
        train_with_tool(Path("a.yml"), [], False)
