"""Several starts in one log: whose the numbers are, and what the earlier runs came to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.records.history import History
from ppocr_ext.records.patterns import load_patterns
from ppocr_ext.records.reading import LogParser
from ppocr_ext.report.build import make_report, save_report
from ppocr_ext.report.diagnosis import diagnose
from ppocr_ext.report.journal import add_entry
from ppocr_ext.report.summary import since_last
from ppocr_ext.runs.logs import one_of_several

START = "train with paddle 2.6.1 and device Place(gpu:0)"
RESUME = "resume from ./output/vi/latest"
CRASH = "Traceback (most recent call last):"


class Log:
    """A stock log, written line by line, a second each."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, *messages: str) -> Log:
        for text in messages:
            day, second = divmod(len(self.lines), 3600)
            when = f"2024/08/{8 + day:02d} 09:{second // 60:02d}:{second % 60:02d}"
            self.lines.append(f"[{when}] ppocr INFO: {text}")
        return self

    def start(self, *more: str) -> Log:
        """The opening lines; ``more`` come where PaddleOCR loads weights."""
        self.say(START, "train dataloader has 20 iters", *more)
        return self.say(
            "During the training process, after the 0th iteration, an evaluation is run every 20 "
            "iterations"
        )

    def train(self, *accuracies: float, first: int = 0, epoch: int = 1) -> Log:
        """Two lines of training and an evaluation for each accuracy."""
        for number, acc in enumerate(accuracies):
            for step in (10, 20):
                self.say(
                    f"epoch: [{epoch + number}/9], global_step: {first + 20 * number + step}, "
                    "lr: 0.001000, loss: 1.000000, avg_reader_cost: 0.10000 s, avg_batch_cost: "
                    "0.20000 s, avg_samples: 8.0, ips: 40.00000 samples/s, eta: 0:10:00"
                )
            self.say(f"cur metric, acc: {acc}, norm_edit_dis: {acc}, fps: 9.5")
        return self

    def write(self, folder: Path) -> Path:
        path = folder / "train.log"
        path.write_text("\n".join(self.lines) + "\n", encoding="utf-8")
        return path

    def read(self, run: int | None = None) -> History:
        parser = LogParser(load_patterns(), History(run=run))
        parser.feed(self.lines)
        return parser.history


def course(history: History) -> list[tuple[int, float]]:
    return [(point.step, point.values["acc"]) for point in history.evals]


def bests(history: History) -> list[float | None]:
    return [run.best and run.best.values["acc"] for run in history.earlier]


def test_a_start_that_resumes_nothing_begins_another_run() -> None:
    first = Log().start().train(0.2, 0.8, 0.5)
    second_began = len(first.lines)
    history = first.start().train(0.1, 0.3).read()
    assert course(history) == [(20, 0.1), (40, 0.3)]
    assert bests(history) == [0.8] and history.overlaps == []
    (earlier,) = history.earlier
    assert earlier.last_step == 60
    assert earlier.began is not None and earlier.ended is not None and history.began is not None
    assert history.began - earlier.began == second_began
    assert earlier.ended - earlier.began == second_began - 1
    assert [event.name for event in history.events].count("start") == 1


def test_the_run_continues_through_a_resume_and_ends_at_the_next_start() -> None:
    log = Log().start().train(0.2, 0.3).start(RESUME).train(0.4, first=0, epoch=3)
    assert course(log.read()) == [(20, 0.2), (40, 0.3), (60, 0.4)]
    log.start().train(0.1).start(RESUME).train(0.2, first=0, epoch=2).start().train(0.05)
    history = log.read()
    assert bests(history) == [0.4, 0.2] and course(history) == [(20, 0.05)]


def test_a_start_without_a_step_is_no_run() -> None:
    log = Log().start().train(0.2, 0.3).say(START, CRASH)
    history = log.read()
    assert course(history) == [(20, 0.2), (40, 0.3)] and history.earlier == []
    assert history.plan.steps_per_epoch == 20 and history.plan.epochs == 9
    assert history.events[-1].name == "crash"
    history = log.start().train(0.1).read()
    assert bests(history) == [0.3] and course(history) == [(20, 0.1)]
    assert "crash" not in [event.name for event in history.events]


def test_a_start_whose_resume_is_lost_continues_in_its_epoch() -> None:
    """The line is damaged, or another program wrote its start into the log."""
    history = Log().start().train(0.2, 0.3).start().train(0.4, first=40, epoch=3).read()
    assert course(history) == [(20, 0.2), (40, 0.3), (60, 0.4)] and history.earlier == []


def test_steps_that_begin_again_without_a_word_are_another_run() -> None:
    history = Log().train(0.2, 0.8).train(0.1).read()
    assert bests(history) == [0.8] and course(history) == [(20, 0.1)]
    history = Log().start().train(0.2, 0.8, 0.9).train(0.85, first=20).read()
    assert history.earlier == [] and [one.first for one in history.overlaps] == [30]


def test_a_log_that_is_given_twice_holds_one_run() -> None:
    log = Log().start().train(0.2, 0.8)
    log.lines += log.lines
    history = log.read()
    assert history.earlier == [] and course(history) == [(20, 0.2), (40, 0.8)]


def test_epochs_of_other_trainers_begin_again_too() -> None:
    line = "Epoch {} | 40.1s | Train Loss: 4.61, Val Loss: 4.52, Val CER: {}%"
    log = Log()
    log.lines = [line.format(epoch, cer) for epoch, cer in ((1, 90), (2, 40), (1, 95), (2, 85))]
    history = log.read()
    assert [point.values["cer"] for point in history.evals] == [0.95, 0.85]
    assert [run.best and run.best.values["cer"] for run in history.earlier] == [0.4]


def test_our_own_notes_at_a_start_are_not_more_starts() -> None:
    place = {"epoch": 1, "time": 5.0}
    records = [
        {"kind": "event", "name": "start", "text": text, "global_step": step, **place}
        for step in (0, 20)
        for text in (
            "train with paddle 3.3.1 on cpu, 2 process(es), 100 steps",
            *(["resume from output/vi/checkpoints/step_00000020/model"] if step else []),
            "500 training lines are left out: label too long for its image",
        )
    ]
    evals = [{"kind": "eval", "acc": 0.1, "global_step": step, **place} for step in (10, 20, 30)]
    parser = LogParser([])
    ordered = [records[0], records[1], *evals[:2], *records[2:], evals[2]]
    parser.feed(json.dumps(record) for record in ordered)
    assert parser.history.earlier == [] and parser.history.trainer == "ours"
    assert [point.step for point in parser.history.evals] == [10, 20, 30]


@pytest.mark.parametrize("run", [1, 2, 3, None])
def test_each_run_of_a_log_can_be_taken(run: int | None) -> None:
    log = Log().start().train(0.1, 0.2).start().train(0.3).start().train(0.4, 0.5)
    wanted = {1: [0.1, 0.2], 2: [0.3], 3: [0.4, 0.5], None: [0.4, 0.5]}[run]
    history = log.read(run)
    assert [acc for _, acc in course(history)] == wanted
    assert [event.name for event in history.events].count("start") == 1


def test_the_report_names_the_better_run_and_how_to_compare(tmp_path: Path) -> None:
    path = Log().start().train(0.2, 0.8).start().train(0.1, 0.3).write(tmp_path)
    report = make_report(one_of_several(path), remember=False)
    found = {one.rule: one for one in diagnose(report)}
    assert "steps_twice" not in found
    assert found["earlier_runs"].severity == "warning"
    assert "best acc 0.8000 at step 40" in found["earlier_runs"].evidence
    assert "train.log#1" in found["earlier_runs"].advice
    first = one_of_several(path.with_name("train.log#1"))
    assert first.name == f"{tmp_path.name}#1"
    assert [p.values["acc"] for p in make_report(first, output=tmp_path / "o").evals] == [0.2, 0.8]
    with pytest.raises(UserError, match=r"holds 2 runs, not 3"):
        make_report(one_of_several(path.with_name("train.log#3")))
    assert [each.name for each in tmp_path.iterdir()] == ["train.log"]


def test_what_changed_is_counted_within_a_run_only(tmp_path: Path) -> None:
    log = Log().start().train(0.2, 0.8)
    report = make_report(one_of_several(log.write(tmp_path)))
    save_report(report, tmp_path)
    add_entry(report, tmp_path)
    log.start().train(0.1)
    report = make_report(one_of_several(log.write(tmp_path)))
    assert since_last(report) == ""
    add_entry(report, tmp_path)
    assert "steps since the last entry" not in (tmp_path / "journal.md").read_text(encoding="utf-8")


def cut_at_each_line(check: Callable[[History], object]) -> Callable[[Log], None]:
    """``check`` gives the same when the history is kept and taken up again at any line."""

    def compare(log: Log) -> None:
        whole = check(log.read())
        for cut in range(len(log.lines)):
            parser = LogParser([])
            parser.feed(log.lines[:cut])
            again = LogParser.from_dict(json.loads(json.dumps(parser.to_dict())), [])
            again.feed(log.lines[cut:])
            assert check(again.history) == whole, log.lines[cut]

    return compare


def test_what_was_kept_in_the_middle_of_a_start_is_taken_up_again() -> None:
    log = Log().start().train(0.2, 0.8).say(START, CRASH).start().train(0.1).start(RESUME)
    log.train(0.3, first=0, epoch=2)
    cut_at_each_line(lambda history: {**history.to_dict(), "account": 0})(log)
