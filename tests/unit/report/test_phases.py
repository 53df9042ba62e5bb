"""The course of a run in words."""

from __future__ import annotations

from collections.abc import Callable

from ppocr_ext.report.phases import DECLINE, LETTERS_FIRST, PLATEAU, RISE, WARM_UP, find_phases
from ppocr_ext.report.report import Report


def test_a_run_from_warm_up_to_plateau(make: Callable[..., Report]) -> None:
    train = [(step, {"lr": min(step, 50) * 1e-5}) for step in range(10, 2001, 10)]
    accuracies = [0, 0, 0, 0.05, 0.3, 0.6, 0.8, *[0.85] * 8, 0.3, 0.3]
    evals = [
        (100 * (n + 1), {"acc": acc, "norm_edit_dis": 0.2 + acc / 2})
        for n, acc in enumerate(accuracies)
    ]
    phases = find_phases(make(train, evals).history)
    assert [phase.name for phase in phases] == [WARM_UP, LETTERS_FIRST, RISE, PLATEAU, DECLINE]
    assert (phases[0].first_step, phases[0].last_step) == (10, 50)
    assert (phases[1].first_step, phases[1].last_step) == (100, 300)
    assert "acc 0.000 → 0.850" in phases[2].words


def test_logs_without_accuracy_go_by_their_errors(make: Callable[..., Report]) -> None:
    errors = [1.3, 1.0, 0.7, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    phases = find_phases(make((), [(n, {"cer": e}) for n, e in enumerate(errors, 1)]).history)
    assert [phase.name for phase in phases] == [RISE, PLATEAU]


def test_a_first_evaluation_alone_is_no_phase(make: Callable[..., Report]) -> None:
    accuracies = [0.18, 0.04, 0.16, 0.18, 0.19, 0.3, 0.5]
    evals = [(15 * n, {"acc": acc}) for n, acc in enumerate(accuracies)]
    phases = find_phases(make((), evals).history)
    assert all(phase.first_step < phase.last_step for phase in phases)
    assert phases[-1].name == RISE and phases[-1].last_step == 90


def test_nothing_to_tell(make: Callable[..., Report]) -> None:
    assert find_phases(make().history) == []
    assert find_phases(make([(1, {"lr": 0.1})], [(1, {"acc": 0.5})]).history) == []
