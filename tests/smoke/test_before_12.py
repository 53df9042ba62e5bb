"""A run that the commit before the rooms moved (c6d4f2f) began, stopped, resumed and stopped again:
today's commands report it as then, and resume it to the digit.

Made by ``tools/train.py`` on one thread with paddle 3.3.1; the losses are those of a run of that
commit that nothing stopped. ``run`` holds what a copy to another machine takes along.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import toy

from ppocr_ext.records.reading import read_logs
from ppocr_ext.runtime import REPOSITORY

pytestmark = pytest.mark.smoke

STOPPED_AT = 23
LOSSES = {
    24: 11.992843627929688,
    25: 10.821617126464844,
    26: 11.958390235900879,
    27: 10.668400764465332,
    28: 12.096000671386719,
    29: 9.299827575683594,
    30: 12.064369201660156,
}
TOLERANCE = 3e-3  # another instruction set of the processor, as in tests/golden


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "before_12"
    shutil.copytree(REPOSITORY / "tests" / "fixtures" / "before_12", copy)
    monkeypatch.chdir(copy)  # its paths are relative
    return copy


def test_it_is_reported_as_then(folder: Path, run_tool: Callable) -> None:
    result = run_tool("report_card.py", "run", cwd=folder)
    assert (result.code, result.err) == (0, "")
    assert "Progress: step 23 of 30 (77%), epoch 4 of 5" in result.out
    assert "Best: acc 0.2500, norm_edit_dis 0.2500, CER 0.7500, WER 0.7500" in result.out
    assert "loss 12.101; step 20" in result.out
    verified = [line for line in result.out.splitlines() if line.endswith("every file verified")]
    assert [line.split(":")[0] for line in verified] == ["latest", "best_accuracy"]


def test_it_is_resumed_to_the_digit(folder: Path) -> None:
    before = len(toy.records(Path("run"), "event"))
    run = toy.train(Path("train.yml"), resume=True)
    after = {step: loss for step, loss in toy.losses(run).items() if step > STOPPED_AT}
    assert after == pytest.approx(LOSSES, rel=TOLERANCE)
    events = toy.records(run, "event")[before:]
    assert {event["name"] for event in events} <= {
        "start",
        "opening",
        "resume",
        "awake",
        "save",
        "best",
    }
    assert "global_step 23, epoch 4" in [event["text"] for event in events]
    best = [event["global_step"] for event in events if "best_accuracy" in event["text"]]
    assert best == [30]  # as accurate as the best until then, with a lower loss
    assert not toy.records(run, "warning")
    text, lines = (read_logs([run / name], []) for name in ("train.log", "metrics.jsonl"))
    assert text.plan == lines.plan and lines.plan.eval_every == 10
    assert [point.step for point in text.train] == [point.step for point in lines.train]
    bests = [[(p.step, p.is_best, p.values["acc"]) for p in each.evals] for each in (text, lines)]
    assert bests[0] == bests[1] and bests[1][-1][:2] == (30, True)
    both = {"start", "resume", "stop", "save", "best"}
    shared = [
        [(e.name, e.text, e.step) for e in each.events if e.name in both] for each in (text, lines)
    ]
    assert shared[0] == shared[1] and [e[0] for e in shared[1]].count("start") == 3
    assert [event.fields["device"] for event in lines.starts] == ["cpu"] * 3
