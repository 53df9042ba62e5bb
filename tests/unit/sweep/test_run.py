"""The loop of a sweep, with a stand-in for training: pruned, killed, failed, out of time."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState

from ppocr_ext.errors import InUseError
from ppocr_ext.sweep import run as module
from ppocr_ext.sweep.results import Results, read_results
from ppocr_ext.sweep.run import Runner, has_room
from ppocr_ext.sweep.schema import Sweep
from ppocr_ext.sweep.study import open_study

MakeSweep = Callable[..., Sweep]
GOOD, BAD = [0.2, 0.4, 0.6, 0.7], [0.0, 0.0, 0.0, 0.0]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 0)


def work(sweep: Sweep, say: Callable[[str], None] = lambda text: None) -> tuple[str, Results]:
    study = open_study(sweep, begin=True, join=True)
    reason = Runner(sweep, study, say, lambda: None).run()
    return reason, read_results(sweep, study)


def test_trials_run_to_their_end_and_are_ranked(make_sweep: MakeSweep, training: Any) -> None:
    training.plans = {"first": BAD.copy(), "second": GOOD.copy()}
    reason, results = work(make_sweep())
    assert reason == "every trial has ended"
    assert [(row.name, row.status) for row in results.rows] == [
        ("second", "complete"),
        ("first", "complete"),
    ]
    best = results.best
    assert best is not None
    assert (best.best["acc"], best.best["step"]) == (0.7, 100)
    assert [record["percent"] for record in best.evals] == [25, 50, 75, 100]
    assert best.facts["parameters"] == 3_000_000
    assert (best.facts["batch"], best.facts["rate"]) == (8, 0.001)


def test_results_that_are_open_elsewhere_do_not_end_the_trials(
    make_sweep: MakeSweep,
    training: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    training.plans = {"first": GOOD.copy(), "second": GOOD.copy()}
    write, left = module.export, [1]

    def open_in_a_spreadsheet(results: Results, folder: Path) -> list[Path]:
        if left.pop() if left else 0:
            raise InUseError(13, "open in another program", str(folder / "results.csv"))
        return write(results, folder)

    monkeypatch.setattr(module, "export", open_in_a_spreadsheet)
    sweep = make_sweep()
    assert module.run(sweep, resume=False) == 0
    said = f"continues: {sweep.path / 'results.csv'} is open in another program"
    assert said in capsys.readouterr().out
    assert (sweep.path / "results.csv").read_text(encoding="utf-8").count("complete") == 2


def test_a_trial_worse_than_others_at_the_same_progress_is_pruned(
    make_sweep: MakeSweep, training: Any
) -> None:
    training.plans = {"first": GOOD.copy(), "second": BAD.copy()}
    pruner = {"name": "asha", "min_percent": 50, "reduction_factor": 2}
    said: list[str] = []
    _, results = work(make_sweep({"pruner": pruner}), said.append)
    row = results.rows[1]
    assert (row.name, row.status) == ("second", "pruned")
    assert row.reason.startswith("acc 0.0000 at 50 % of its steps")
    assert len(training.plans["second"]) == 2  # not trained any more
    assert any(text.startswith("001_second: pruned") for text in said)


def test_a_failed_trial_is_recorded_and_the_study_continues(
    make_sweep: MakeSweep, training: Any
) -> None:
    training.plans = {"first": [0.1, 2], "second": GOOD.copy()}
    _, results = work(make_sweep())
    assert [(row.name, row.status) for row in results.rows] == [
        ("second", "complete"),
        ("first", "failed"),
    ]
    assert results.rows[1].reason == "exit code 2: error: out of luck"


def test_a_trial_that_cannot_start_is_recorded_too(make_sweep: MakeSweep, training: Any) -> None:
    training.plans = {"second": GOOD.copy()}
    sweep = make_sweep({"configurations": {"first": {"loss": "focal"}}})
    sweep.dimensions["loss"].choices["ctc"] = {"Global": {"sed": 1}}
    sweep.configurations["first"]["loss"] = "ctc"
    _, results = work(sweep)
    assert [(row.name, row.status) for row in results.rows][1] == ("first", "failed")
    assert "did you mean seed?" in results.rows[1].reason


def test_a_killed_trial_continues_from_its_checkpoint(make_sweep: MakeSweep, training: Any) -> None:
    training.plans = {"first": [0.2, -9, 0.4, 0.6, 137, 0.7], "second": GOOD.copy()}
    _, results = work(make_sweep())
    row = next(row for row in results.rows if row.name == "first")
    assert row.status == "complete"
    assert row.facts["resumes"] == [25, 75]
    assert training.started[:3] == [("first", False), ("first", True), ("first", True)]


def test_a_trial_that_is_killed_again_and_again_fails(make_sweep: MakeSweep, training: Any) -> None:
    training.plans = {"first": [0.2, -9, -9, -9], "second": GOOD.copy()}
    _, results = work(make_sweep())
    row = next(row for row in results.rows if row.name == "first")
    assert row.status == "failed"
    assert row.reason.startswith("killed (exit code -9)")


def test_tpe_and_hyperband_search_on_from_the_listed_trials(
    make_sweep: MakeSweep, training: Any
) -> None:
    training.plans = {"first": GOOD.copy(), "second": GOOD.copy(), "sampled": 3 * BAD}
    search = {"sampler": {"name": "tpe", "startup_trials": 1}, "budget": {"trials": 5}}
    _, results = work(make_sweep({**search, "pruner": {"name": "hyperband", "min_percent": 25}}))
    assert len(results.rows) == 5
    assert {row.name for row in results.rows[:2]} == {"first", "second"}
    sampled = [row for row in results.rows if row.name.startswith("trial")]
    assert {row.status for row in sampled} <= {"complete", "pruned"}
    assert len({row.values["rate"] for row in sampled}) == 3


@pytest.mark.skipif(os.name == "nt", reason="a signal to oneself ends the process there")
def test_a_signal_stops_and_a_resume_continues(make_sweep: MakeSweep, training: Any) -> None:
    training.plans = {"first": GOOD.copy(), "second": BAD.copy()}

    def say(text: str) -> None:
        if "25 %" in text:
            os.kill(os.getpid(), signal.SIGTERM)

    reason, results = work(make_sweep(), say)
    assert reason == "SIGTERM"
    assert [(row.name, row.status) for row in results.rows] == [
        ("first", "stopped"),
        ("second", "waiting"),
    ]
    reason, results = work(make_sweep())
    assert reason == "every trial has ended"
    assert all(row.status == "complete" for row in results.rows)
    assert results.rows[0].facts["resumes"] == [25]


def test_the_time_budget_ends_the_study_and_more_of_it_continues(
    make_sweep: MakeSweep, training: Any
) -> None:
    training.plans = {"first": GOOD.copy(), "second": GOOD.copy()}
    reason, results = work(make_sweep({"budget": {"hours": 1e-9}}))
    assert reason == "the time budget is used up"
    assert not any(row.status == "complete" for row in results.rows)
    reason, results = work(make_sweep({"budget": {"hours": 1}}))
    assert reason == "every trial has ended"


@pytest.mark.parametrize(("gigabytes", "together"), [(0.1, 2), (1e6, 1), (None, 1)])
def test_two_trials_at_once_only_where_memory_allows(
    make_sweep: MakeSweep, training: Any, gigabytes: float | None, together: int
) -> None:
    training.plans = {"first": GOOD.copy(), "second": GOOD.copy()}
    sweep = make_sweep({"parallel": {"trials": 2, "memory_gb": gigabytes}})
    study = open_study(sweep, begin=True, join=False)
    runner = Runner(sweep, study, lambda text: None, lambda: None)
    assert runner._start_next()
    runner._start_next()
    assert len(runner.running) == together
    runner.run()
    assert all(trial.state == TrialState.COMPLETE for trial in study.trials)


def test_room() -> None:
    assert has_room(0, [], 1000)  # one always may
    assert not has_room(10_000, [500], None)  # what another needs is unknown
    assert has_room(1700, [500], 1000)  # 500 to grow, 1,000 for the other and a reserve
    assert not has_room(1500, [500], 1000)
