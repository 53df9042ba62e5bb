"""The queue of a study: exact, shared, and taken up again after a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from optuna.trial import TrialState

from ppocr_ext.errors import UserError
from ppocr_ext.sweep.schema import Sweep
from ppocr_ext.sweep.study import open_study, queue, take, values_of

MakeSweep = Callable[..., Sweep]
SEARCH = {"sampler": {"name": "random"}, "budget": {"trials": 4}}


def test_every_planned_trial_is_queued_once_and_taken_in_order(make_sweep: MakeSweep) -> None:
    sweep = make_sweep(SEARCH)
    study = open_study(sweep, begin=True, join=False)
    queue(study, sweep)  # as at every start
    taken = []
    while (next_one := take(study, sweep)) is not None:
        trial, _ = next_one
        taken.append((trial.user_attrs["configuration"], values_of(trial, sweep)))
    assert [name for name, _ in taken] == ["first", "second", None, None]
    assert taken[0][1] == {"rate": 0.01, "loss": "ctc"}
    assert all(1e-5 <= values["rate"] <= 0.1 for _, values in taken)
    assert taken[2][1] != taken[3][1]


def test_what_is_sampled_follows_from_the_trials_number(make_sweep: MakeSweep) -> None:
    rates = []
    for name in ("one", "other"):  # two machines, two processes
        sweep = make_sweep({**SEARCH, "study": name, "folder": None})
        sweep.storage = "sqlite:///:memory:"
        study = open_study(sweep, begin=True, join=False)
        trials = [study.ask() for _ in range(4)]
        rates.append(values_of(trials[3], sweep)["rate"])
    assert rates[0] == rates[1]


def test_a_second_start_is_refused_and_a_resume_joins(make_sweep: MakeSweep) -> None:
    sweep = make_sweep()
    open_study(sweep, begin=True, join=False)
    with pytest.raises(UserError, match="was already started"):
        open_study(sweep, begin=True, join=False)
    assert len(open_study(sweep, begin=True, join=True).trials) == 2


def test_the_status_of_no_study_is_an_error(make_sweep: MakeSweep) -> None:
    with pytest.raises(UserError, match="there is no study toy yet"):
        open_study(make_sweep(), begin=False, join=True)


def test_more_trials_and_configurations_may_come_later(make_sweep: MakeSweep) -> None:
    open_study(make_sweep(SEARCH), begin=True, join=False)
    more = make_sweep(
        {
            "sampler": {"name": "random"},
            "budget": {"trials": 6},
            "configurations": {"third": {"rate": 0.05, "loss": "ctc"}},
        }
    )
    study = open_study(more, begin=True, join=True)
    queue(study, more)
    names = [trial.user_attrs["configuration"] for trial in study.trials]
    assert names == ["first", "second", None, None, "third", None]


def test_other_dimensions_are_another_study(make_sweep: MakeSweep) -> None:
    open_study(make_sweep(), begin=True, join=False)
    with pytest.raises(UserError, match="different dimensions: rate"):
        open_study(make_sweep({"dimensions": {"rate": {"high": 0.2}}}), begin=True, join=True)


def test_a_trial_whose_sweep_died_is_taken_again_first(make_sweep: MakeSweep) -> None:
    sweep = make_sweep()
    study = open_study(sweep, begin=True, join=False)
    trial, lock = take(study, sweep)
    values_of(trial, sweep)
    trial.report(0.5, 25)
    lock.release()  # as the system does for a process that is gone
    again, _ = take(open_study(sweep, begin=True, join=True), sweep)
    assert again.number == trial.number
    assert values_of(again, sweep) == {"rate": 0.01, "loss": "ctc"}


def test_a_trial_that_is_trained_or_of_another_machine_is_left_alone(
    make_sweep: MakeSweep,
) -> None:
    sweep = make_sweep()
    study = open_study(sweep, begin=True, join=False)
    first, lock = take(study, sweep)
    second, _ = take(study, sweep)
    assert (first.number, second.number) == (0, 1)
    lock.release()
    first.set_user_attr("host", "another machine")
    assert take(study, sweep) is None
    assert study.trials[0].state == TrialState.RUNNING


def test_machines_share_a_queue_and_leave_each_other_s_trials(
    make_sweep: MakeSweep, vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = f"sqlite:///{(vietnamese_path / 'shared.db').as_posix()}"
    sweeps = [
        make_sweep({**SEARCH, "storage": database, "folder": (vietnamese_path / name).as_posix()})
        for name in ("here", "there")
    ]
    studies = [open_study(sweep, begin=True, join=True) for sweep in sweeps]
    taken = []
    for turn in range(5):
        machine = turn % 2
        monkeypatch.setattr("socket.gethostname", lambda machine=machine: f"machine {machine}")
        next_one = take(studies[machine], sweeps[machine])
        taken.append(next_one and (next_one[0].number, next_one[0].user_attrs["host"]))
        if next_one:
            next_one[1].release()
            if turn > 0:  # the first one's sweep dies
                next_one[0].study.tell(next_one[0], 0.5)
    assert taken == [
        (0, "machine 0"),
        (1, "machine 1"),
        (0, "machine 0"),  # gone on with where it began
        (2, "machine 1"),
        (3, "machine 0"),
    ]
    assert len(studies[0].trials) == 4


def test_a_storage_that_is_none_is_reported_without_its_password(make_sweep: MakeSweep) -> None:
    sweep = make_sweep({"storage": "nosuchdb://me:secret@host/db"})
    with pytest.raises(UserError) as caught:
        open_study(sweep, begin=True, join=False)
    assert "nosuchdb storage" in str(caught.value)
    assert "secret" not in str(caught.value)
