"""Every rule is silent on a run that is close to its case, but is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from runs import (
    NOW,
    RISING,
    Make,
    checkpoint,
    counted,
    evaluations,
    healthy,
    odd,
    saved_best,
    silent_for,
    training,
    with_dictionary,
    without_weights,
)

from ppocr_ext.report.diagnosis import RULES, diagnose
from ppocr_ext.report.report import Report
from ppocr_ext.runs.history import Swap
from ppocr_ext.runs.inventory import UNVERIFIED


def finished(report: Report) -> Report:
    report.history.plan.steps = report.last_step
    return report


def with_every_letter(make: Make, folder: Path) -> Report:
    report = with_dictionary(make, folder)
    (folder / "dict.txt").write_text("a\nb\nế\n", encoding="utf-8")
    return report


def swapped(key: str) -> list[Swap]:
    return [Swap(200, NOW, "2", {key: "a → b"})]


CLOSE: dict[str, Callable[[Make, Path], Report]] = {
    "healthy": lambda make, _: make(training(), evaluations(acc=[0.1, 0.8, 0.7, 0.6])),
    "damaged_checkpoint": lambda make, _: healthy(make, disk=checkpoint(UNVERIFIED)),
    "disk_almost_full": lambda make, _: healthy(make, disk=checkpoint(size=10**9 // 5)),
    "checkpoint_not_updated": lambda make, _: healthy(make, disk=checkpoint(saved=NOW - 3000)),
    "not_finite": lambda make, _: odd(healthy(make), "zero", "CTCLoss"),
    "diverging": lambda make, _: make(training(loss=lambda s: 2.0 if s < 300 else 3.9)),
    "impossible_ctc": lambda make, _: odd(healthy(make), "nan", "CTCLoss"),
    "stopped": lambda make, _: silent_for(finished(healthy(make)), 7200),
    "crashed": lambda make, _: healthy(make, events=[("warning", 400)]),
    "confidence_flat": lambda make, _: make(
        training(),
        evaluations(**{"confidence_p95": [0.95] * 6, "menus/confidence_p95": [0.5] * 5 + [0.52]}),
    ),
    "warming_up": lambda make, _: make(training(lr=lambda step: 1e-6 * min(step, 800 - step, 390))),
    "rate_jumped": lambda make, _: make(
        training(lr=lambda step: 1e-4 if step <= 200 else 1e-3),
        events=[("resume", 201)],
        swaps=swapped("Optimizer.lr.learning_rate"),
    ),
    "rate_too_high": lambda make, _: make(
        training(
            lr=lambda step: min(step, 200) * 1e-5, loss=lambda step: 5.0 if step <= 200 else 5.5
        )
    ),
    "rate_spent": lambda make, _: finished(
        make(training(lr=lambda step: max(1e-3 * (1 - step / 300), 0.0)))
    ),
    "relearning": lambda make, _: make(
        training(),
        evaluations(acc=[0.5, 0.6, 0.7, 0.1, 0.3]),
        swaps=swapped("Optimizer.lr.learning_rate"),
    ),
    "letters_first": lambda make, _: make(
        training(), evaluations(acc=[0.0, 0.0, 0.0, 0.02], norm_edit_dis=[0.1, 0.15, 0.2, 0.25])
    ),
    "learns_nothing": lambda make, _: make(
        training(), evaluations(acc=[0.0] * 4, norm_edit_dis=[0.02, 0.03, 0.04, 0.05])
    ),
    "overfitting": lambda make, _: make(
        training(), evaluations(acc=[0.5, 0.6, 0.6, 0.59, 0.58], loss=[2.0, 1.5, 1.5, 1.6, 1.6])
    ),
    "confidence_lost": lambda make, _: make(
        training(),
        evaluations(cer=[0.3, 0.2, 0.21, 0.22, 0.23], loss=[2.0, 1.5, 1.7, 1.9, 2.2]),
    ),
    "plateau": lambda make, _: make(training(), evaluations(acc=RISING)),
    "best_is_old": lambda make, _: make(training(), evaluations(acc=[0.3, 0.7, *[0.6] * 4])),
    "tones_wrong": lambda make, _: make(training(), evaluations(acc=[0.5], unaccented_acc=[0.69])),
    "cer_above_one": lambda make, _: make(training(), evaluations(cer=[2.5, 1.0])),
    "no_evaluation": lambda make, _: make(training(), evaluations(acc=[0.1])),
    "evaluates_rarely": lambda make, _: make(
        [], [(n * 10_000, {"acc": 0.1 * n}) for n in (1, 2, 3)]
    ),
    "evaluates_slowly": lambda make, _: make(
        training(), evaluations(acc=RISING, seconds=[7.0] * 10)
    ),
    "few_validation_lines": lambda make, _: make(training(), evaluations(acc=[0.5], n=[200.0])),
    "flattering_metric": lambda make, _: healthy(
        make, config={"Metric": {"name": "RecMetric", "ignore_space": False}}
    ),
    "outside_dictionary": with_every_letter,
    "waits_for_data": lambda make, _: make(training(avg_reader_cost=lambda step: 0.24)),
    "throttled": lambda make, _: make(training(gpu_temp=lambda step: 82.0)),
    "slower": lambda make, _: make(training(ips=lambda step: 30.0 if step < 350 else 19.0)),
    "memory_grows": lambda make, _: make(training(host_mem_mb=lambda step: 1000.0 + step)),
    "steps_twice": lambda make, _: counted(healthy(make), **{"repeated step": 1}),
    "steps_restarted": lambda make, _: healthy(make, events=[("resume", 200)]),
    "printed_twice": lambda make, _: counted(healthy(make), **{"repeated line": 2}),
    "damaged_lines": lambda make, _: counted(healthy(make), unknown=3),
    "not_understood": lambda make, _: counted(healthy(make), unknown=40, train=41),
    "no_step": lambda make, _: counted(healthy(make), bar=30),
    "not_loaded": lambda make, _: without_weights(healthy(make), "head.gtc_head.fc.weight"),
    "earlier_runs": lambda make, _: healthy(make),
    "best_not_saved": lambda make, _: saved_best(healthy(make), 400),
}


@pytest.mark.parametrize("rule", CLOSE)
def test_a_rule_is_silent_close_to_its_case(rule: str, make: Make, tmp_path: Path) -> None:
    assert rule not in {one.rule for one in diagnose(CLOSE[rule](make, tmp_path))}


def test_every_rule_has_such_a_run() -> None:
    assert len(CLOSE) == len(RULES) + 1  # validation_rises has two findings


def test_a_crash_that_training_survived_is_no_alarm(make: Make) -> None:
    (crash,) = [
        one for one in diagnose(make(training(), events=[("crash", 100)])) if one.rule == "crashed"
    ]
    assert crash.severity == "info" and crash.advice.startswith("Training continued since")
