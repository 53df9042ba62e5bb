"""What a training writes is read again: the same from ``train.log`` and ``metrics.jsonl``."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any, get_args

import pytest

from ppocr_ext.records import forms
from ppocr_ext.records.history import History
from ppocr_ext.records.jsonl import event_of
from ppocr_ext.records.reading import read_logs
from ppocr_ext.records.records import Event, EventName, Lost
from ppocr_ext.records.writers import Emitter, JsonLines, TrainLog

FC = "head.ctc_head.fc.weight"
START = {"paddle": "3.3.1", "device": "gpu:0", "processes": 2, "total_steps": 90}
PLAN = {"steps_per_epoch": 30, "eval_start": 0, "eval_every": 4}
# name, text, fields; the plan stands in one event, and in three lines of train.log
OPENING: list[tuple[EventName, str, dict[str, Any]]] = [
    ("start", "train with paddle 3.3.1 on gpu:0, 2 process(es), 90 steps", START | PLAN),
    ("opening", "train dataloader has 30 iters", {}),
    ("opening", "valid dataloader has 2 iters", {}),
    (
        "opening",
        "During the training process, after the 0th iteration, an evaluation is run every 4 "
        "iterations",
        {},
    ),
    ("pretrain", "load pretrain successful from w/best.pdparams", {"weights": "w/best.pdparams"}),
    ("transplant", "head transplanted from 97 to 231 classes", {}),
    (
        "not_loaded",
        f"not loaded, they start at random: {FC} (shape [64, 97])",
        {"tensors": [[FC, "[64, 231]", "[64, 97]"]]},
    ),
    ("awake", "the machine is kept awake while training runs", {}),
]
RUNNING: list[tuple[EventName, str, dict[str, Any]]] = [
    ("throttled", "the GPU is slowed down: HwSlowdown", {"reasons": ["HwSlowdown"]}),
    ("skip_step", "step 3 skipped: loss nan, gradient norm inf", {"loss": 1.0}),
    ("impossible_loss", "CTC loss is 0.0 at step 3: it is 0 when every label …", {"loss": 0.0}),
    ("loss_scale", "gradients overflowed: the loss scale is now 64", {"scale": 64.0}),
    ("live", "config edited while training, from the next step on:\nkey  old", {"keys": ["a.b"]}),
    ("live_refused", "edit of the config not applied: it is not valid", {}),
    ("warning", "an image is broken", {}),
    ("skip_line", "left out: a.png: not an image", {}),
    ("skipped_lines", "training lines left out since the start: 1 (not an image)", {}),
    ("profile", "profile of 2 steps is in out/profile", {}),
    ("save", "save model in out/Thư mục/latest", {"checkpoint": "latest"}),
    ("best", "save best model is to out/Thư mục/best_accuracy", {"checkpoint": "best_accuracy"}),
]
STOP = (
    "stop",
    "stopped (SIGTERM); continue with: train",
    {"reason": "signal", "signal": "SIGTERM"},
)
RESUMED: list[tuple[EventName, str, dict[str, Any]]] = [
    OPENING[0],
    ("resume", "resume from out/Thư mục/latest", {"checkpoint": "out/Thư mục/latest"}),
    ("swap", "key  old  new\na.b  1    2", {"keys": ["a.b"]}),
]
ROLLED_BACK = ("rollback", "rolled back to step 4; the rate is …", {"lr_factor": 0.5})
WARNED = {"throttled", "skip_step", "impossible_loss", "live_refused", "warning", "rollback"}


class Run:
    """Writes as the trainer does."""

    def __init__(self, folder: Path) -> None:
        self.emit = Emitter([TrainLog(folder / "train.log"), JsonLines(folder / "metrics.jsonl")])
        self.step = 0

    def events(self, *events: tuple[Any, str, dict[str, Any]]) -> None:
        for name, text, fields in events:
            level = "WARNING" if name in WARNED else "INFO"
            self.emit(Event(name, text, self.step, epoch=1, fields=fields).to_record(level))

    def train(self, step: int) -> None:
        self.step = step
        place = {"epoch": 1, "epoch_num": 3, "global_step": step, "eta_seconds": 90}
        losses = {"CTCLoss": 5.5 / step, "loss": 5.5 / step}
        costs = {"avg_reader_cost": 0.25, "avg_batch_cost": 0.5, "avg_samples": 8.0, "ips": 16.0}
        memory = {"max_mem_reserved_mb": 900, "max_mem_allocated_mb": 800}
        rates = {"lr": 0.0005, "acc": 0.25, "norm_edit_dis": 0.5, "augmentation": 0.5}
        self.emit({"kind": "train", **place, **rates, "losses": losses, **costs, **memory})

    def evaluate(self, *, is_best: bool) -> None:
        scores = {"acc": 0.125 * self.step, "cer": 0.5, "loss": 2.0, "fps": 100.0}
        record = {"kind": "eval", "epoch": 1, "global_step": self.step, **scores}
        self.emit(
            {
                **record,
                "sets": {"menus": {"cer": 0.75, "fps": 9.0}},
                "is_best": is_best,
                "best": scores,
            }
        )


@pytest.fixture
def histories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[History, History]:
    """A run with every event, stopped, resumed and rolled back: of its text, of its JSON."""
    seconds = itertools.count(1_700_000_000)
    monkeypatch.setattr(time, "time", lambda: float(next(seconds)))
    run = Run(tmp_path)
    run.events(*OPENING)
    for step in (1, 2, 3, 4):
        run.train(step)
    run.evaluate(is_best=True)
    run.events(*RUNNING, STOP, *RESUMED)
    for step in (5, 6):
        run.train(step)
    run.step = 4
    run.events(ROLLED_BACK)
    for step in (5, 6, 7, 8):
        run.train(step)
    run.evaluate(is_best=False)
    run.emit.close()
    text, lines = (read_logs([tmp_path / name], []) for name in ("train.log", "metrics.jsonl"))
    return text, lines


def test_every_event_that_a_training_writes_is_in_this_test() -> None:
    written = {name for name, _, _ in (*OPENING, *RUNNING, STOP, *RESUMED, ROLLED_BACK)}
    only_in_text = {"iters", "evals", "error", "critical", "crash", "out_of_memory"}
    assert written | only_in_text == set(get_args(EventName))


def test_numbers_and_plan_are_the_same(histories: tuple[History, History]) -> None:
    text, lines = histories
    for history in histories:
        assert [p.step for p in history.train] == [1, 2, 3, 4, 5, 6, 7, 8]
        assert [(p.step, p.epoch, p.is_best) for p in history.evals] == [
            (4, 1, True),
            (8, 1, False),
        ]
        assert history.best is history.evals.first
        assert planned(history) == (90, 30, 0, 4, 3)
        assert history.trainer == "ours" and not history.earlier
        assert [(one.first, one.last) for one in history.overlaps] == [(5, 6)]
    assert [p.time for p in text.train] == [p.time for p in lines.train]
    assert [p.values for p in text.train] == [
        pytest.approx(p.values, abs=1e-6) for p in lines.train
    ]
    assert [p.values for p in text.evals] == [p.values for p in lines.evals]
    assert lines.evals.points()[0].values["menus/cer"] == 0.75


def planned(history: History) -> tuple[int | None, ...]:
    plan = history.plan
    return plan.steps, plan.steps_per_epoch, plan.eval_start, plan.eval_every, plan.epochs


def test_events_are_the_same(histories: tuple[History, History]) -> None:
    text, lines = ([e for e in h.events if e.name in forms.EVENTS] for h in histories)
    text = [event for event in text if event.name not in ("iters", "evals")]  # start says it
    lines = [event for event in lines if event.name != "swap"]  # a table in the text
    assert [(e.name, e.text.split("\n")[0], e.time) for e in lines] == [
        (e.name, e.text, e.time) for e in text
    ]
    for ours, theirs in zip(lines, text, strict=True):
        assert theirs.fields.items() <= ours.fields.items()
    assert [e.fields for e in text if e.name == "stop"] == [STOP[2]]
    assert [e.fields for e in lines if e.name == "stop"] == [STOP[2]]
    assert [e.fields["keys"] for e in histories[1].events if e.name in ("live", "swap")] == [
        ["a.b"],
        ["a.b"],
    ]


def test_lost_tensors_are_known_by_both_and_their_shapes_by_the_fields(
    histories: tuple[History, History],
) -> None:
    text, lines = histories
    assert list(text.lost.values()) == [Lost(FC, "", "[64, 97]", False, 0)]
    assert list(lines.lost.values()) == [Lost(FC, "[64, 231]", "[64, 97]", False, 0)]
    assert lines.lost[FC].classes == (231, 97)
    assert not any("tensors" in event.fields for event in lines.events)


@pytest.mark.parametrize(
    ("name", "text", "expected", "fields"),
    [
        ("start", "train with paddle 3.3.1 on cpu, 1 process(es), 30 steps", "start",
         {"paddle": "3.3.1", "device": "cpu", "processes": 1, "total_steps": 30}),
        ("start", "train dataloader has 6 iters", "iters", {"steps_per_epoch": 6}),
        ("start", "frozen: 9,000 numbers", "opening", {}),
        ("save", "save best model is to run/best_accuracy", "best",
         {"checkpoint": "best_accuracy"}),
        ("save", "save model in latest", "save", {"checkpoint": "latest"}),
        ("stop", "stopped (SIGTERM); go on with: python tools/train.py", "stop",
         {"reason": "signal", "signal": "SIGTERM"}),
        ("stop", "stopped (early stop: acc has not improved on 0.5 for 3 evaluations); …", "stop",
         {"reason": "early_stop"}),
        ("stop", "stopped (an error); continue: …", "stop", {"reason": "error"}),
        ("stop", "stopped (another process asked to stop); …", "stop", {"reason": "signal"}),
        ("warning", "stopped (SIGTERM)", "warning", {}),
    ],
)  # fmt: skip
def test_what_earlier_versions_wrote_as_text_alone(
    name: str, text: str, expected: str, fields: dict[str, Any]
) -> None:
    event = event_of({"kind": "event", "name": name, "text": text, "global_step": 7, "epoch": 1})
    assert (event.name, event.step, event.fields) == (expected, 7, fields)
    assert event.text == text.replace("go on", "continue")


def test_fields_are_believed_not_the_text() -> None:
    record = {"kind": "event", "name": "stop", "text": "stopped (early stop)", "global_step": 7}
    assert event_of({**record, "reason": "error"}).fields == {"reason": "error"}


def test_fields_of_a_wrong_type_are_no_plan(tmp_path: Path) -> None:
    log = JsonLines(tmp_path / "metrics.jsonl")
    wrong = {"total_steps": "90", "steps_per_epoch": True, "eval_every": [4], "tensors": [[1], 2]}
    log.write({**Event("start", "", 0, epoch=1, fields=wrong).to_record(), "time": 1.0})
    log.close()
    history = read_logs([tmp_path / "metrics.jsonl"], [])
    assert planned(history) == (None, None, 0, None, None) and not history.lost
