"""Every rule finds its case, with its numbers, and is silent on a healthy run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from runs import (
    NOW,
    RISING,
    Make,
    after_another_run,
    checkpoint,
    counted,
    evaluations,
    healthy,
    odd,
    overlapping,
    restarted,
    saved_best,
    silent_for,
    training,
    with_dictionary,
    without_weights,
)

from ppocr_ext.report.build import make_report
from ppocr_ext.report.diagnosis import RULES, diagnose
from ppocr_ext.report.report import Report
from ppocr_ext.runs.history import Swap
from ppocr_ext.runs.logs import find_source
from ppocr_ext.runtime import PUBLISHED

# rule → (a run that shows it, severity, words of the evidence)
Case = tuple[Callable[[Make, Path], Report], str, str]
CASES: dict[str, Case] = {
    "healthy": (lambda make, _: healthy(make), "good", "0.7500 at step 320, 0.8400 at step 400"),
    "damaged_checkpoint": (
        lambda make, _: healthy(make, disk=checkpoint("empty")),
        "critical",
        "latest.pdparams: empty",
    ),
    "disk_almost_full": (
        lambda make, _: healthy(make, disk=checkpoint(size=10**9)),
        "critical",
        "1 GB",
    ),
    "checkpoint_not_updated": (
        lambda make, _: healthy(make, disk=checkpoint(saved=NOW - 9000)),
        "warning",
        "2 h 29 min",
    ),
    "not_finite": (lambda make, _: odd(healthy(make), "nan", "loss"), "warning", "step 100 to 390"),
    "diverging": (
        lambda make, _: make(training(loss=lambda s: 2.0 if s < 300 else 2.0 + (s - 300) / 10)),
        "critical",
        "against 2.000",
    ),
    "impossible_ctc": (
        lambda make, _: odd(healthy(make), "zero", "CTCLoss"),
        "critical",
        "exactly 0 in 3 lines, step 100 to 200",
    ),
    "stopped": (lambda make, _: silent_for(healthy(make), 7200), "info", "at step 400"),
    "crashed": (
        lambda make, _: make(training(), events=[("out_of_memory", 400)]),
        "critical",
        "last at step 400",
    ),
    "warming_up": (
        lambda make, _: make(training(lr=lambda step: 1e-6 * step)),
        "info",
        "4.00e-04 at step 400",
    ),
    "rate_jumped": (
        lambda make, _: make(
            training(lr=lambda step: 1e-4 if step <= 200 else 1e-3), events=[("resume", 201)]
        ),
        "warning",
        "1.00e-04 at step 200, 1.00e-03 at step 210",
    ),
    "rate_too_high": (
        lambda make, _: make(
            training(
                lr=lambda step: min(step, 200) * 1e-5,
                loss=lambda step: 5.0 if step <= 200 else 8.0,
            )
        ),
        "warning",
        "rose from 5.000 to 8.000",
    ),
    "rate_spent": (
        lambda make, _: make(training(lr=lambda step: max(1e-3 * (1 - step / 300), 0.0))),
        "warning",
        "0.0e+00",
    ),
    "relearning": (
        lambda make, _: make(
            training(),
            evaluations(acc=[0.5, 0.6, 0.7, 0.1, 0.3]),
            swaps=[Swap(120, NOW, "2", {"Global.character_dict_path": "a → b"})],
        ),
        "info",
        "0.7000 before the change at step 120 and is 0.3000",
    ),
    "letters_first": (
        lambda make, _: make(
            training(), evaluations(acc=[0.0] * 4, norm_edit_dis=[0.1, 0.15, 0.2, 0.25])
        ),
        "info",
        "rose by 0.150 to 0.250",
    ),
    "learns_nothing": (
        lambda make, _: make(training(), evaluations(acc=[0.0] * 5, norm_edit_dis=[0.02] * 5)),
        "warning",
        "stays at 0.0200 and acc is below 0.01 over the last 4 evaluations",
    ),
    "overfitting": (
        lambda make, _: make(
            training(),
            evaluations(acc=[0.5, 0.6, 0.6, 0.59, 0.58], loss=[2.0, 1.5, 1.7, 1.9, 2.2]),
        ),
        "warning",
        "1.500 at step 80, 2.200 at step 200",
    ),
    "confidence_lost": (
        lambda make, _: make(
            training(),
            evaluations(cer=[0.3, 0.2, 0.18, 0.16, 0.15], loss=[2.0, 1.5, 1.7, 1.9, 2.2]),
        ),
        "info",
        "errors still fell, 0.2000 → 0.1500",
    ),
    "plateau": (
        lambda make, _: make(training(), evaluations(acc=[*RISING[:5], *[0.5] * 5])),
        "warning",
        "0.5000, against 0.5000",
    ),
    "best_is_old": (
        lambda make, _: make(training(600), evaluations(acc=[0.3, 0.7, *[0.6] * 11])),
        "warning",
        "best at step 80",
    ),
    "tones_wrong": (
        lambda make, _: make(training(), evaluations(acc=[0.5], unaccented_acc=[0.9])),
        "info",
        "80% of the lines",
    ),
    "cer_above_one": (
        lambda make, _: make(training(), evaluations(cer=[2.5])),
        "warning",
        "CER 2.50",
    ),
    "no_evaluation": (lambda make, _: make(training()), "warning", "400 steps"),
    "evaluates_rarely": (
        lambda make, _: make([], [(n * 20_000, {"acc": 0.1 * n}) for n in range(1, 5)]),
        "info",
        "5 h 33 min",
    ),
    "evaluates_slowly": (
        lambda make, _: make(training(), evaluations(acc=RISING, seconds=[20.0] * 10)),
        "info",
        "50% of it; 20 s each",
    ),
    "few_validation_lines": (
        lambda make, _: make(training(), evaluations(acc=[0.5], n=[50.0])),
        "info",
        "50 lines: acc is known to about ±0.14",
    ),
    "flattering_metric": (
        lambda make, _: healthy(make, config={"Metric": {"name": "RecMetric"}}),
        "warning",
        "spaces are ignored",
    ),
    "outside_dictionary": (with_dictionary, "warning", "2 of 3 validation lines: ế"),
    "waits_for_data": (
        lambda make, _: make(training(avg_reader_cost=lambda step: 0.5)),
        "warning",
        "2.0 times as fast",
    ),
    "throttled": (
        lambda make, _: make(training(gpu_temp=lambda step: 88.0)),
        "warning",
        "88 °C",
    ),
    "slower": (
        lambda make, _: make(training(ips=lambda step: 30.0 if step < 350 else 10.0)),
        "info",
        "10.0 lines a second since step 360, usually 30.0",
    ),
    "memory_grows": (
        lambda make, _: make(training(host_mem_mb=lambda step: 1000.0 + 10 * step)),
        "warning",
        "5000 MB at step 400",
    ),
    "confidence_flat": (
        lambda make, _: make(
            training(),
            evaluations(
                **{
                    "confidence_p95": [0.7] * 5 + [0.8],
                    "menus/confidence_p95": [0.5] * 5 + [0.505],
                }
            ),
        ),
        "warning",
        "confidence: menus 0.500 at step 80, 0.505 at step 240",
    ),
    "steps_twice": (lambda make, _: overlapping(healthy(make)), "info", "from step 30 to 50"),
    "steps_restarted": (lambda make, _: restarted(healthy(make)), "info", "18 steps are added"),
    "printed_twice": (
        lambda make, _: counted(healthy(make), **{"repeated line": 30}),
        "info",
        "30 lines",
    ),
    "damaged_lines": (
        lambda make, _: counted(healthy(make), damaged=2, train=98),
        "info",
        "2 damaged of 100 lines",
    ),
    "not_understood": (
        lambda make, _: counted(healthy(make), unknown=90, train=10),
        "warning",
        "90 of 100",
    ),
    "no_step": (lambda make, _: counted(make(), bar=30), "warning", "30 lines"),
    "not_loaded": (
        lambda make, _: without_weights(make(training()), "head.ctc_head.fc.weight"),
        "warning",
        "the model has 231 classes (a dictionary of 229 characters, blank and space), the weights "
        "have 97",
    ),
    "earlier_runs": (
        lambda make, _: after_another_run(healthy(make), 0.9),
        "warning",
        "700 steps, best acc 0.9000 at step 600",
    ),
    "best_not_saved": (
        lambda make, _: saved_best(healthy(make), 320),
        "warning",
        "the best is acc 0.8400 at step 400; best_accuracy was saved last at step 320, with acc "
        "0.7500",
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_finds_its_case(rule: str, make: Make, tmp_path: Path) -> None:
    build, severity, words = CASES[rule]
    found = {one.rule: one for one in diagnose(build(make, tmp_path))}
    assert rule in found, f"found only {sorted(found)}"
    assert words in found[rule].evidence
    assert found[rule].severity == severity


def test_every_rule_has_its_case() -> None:
    assert len(CASES) == len(RULES) + 1  # validation_rises has two findings


def test_a_healthy_run_is_called_so_and_nothing_else(make: Make) -> None:
    report = healthy(make, disk=checkpoint())
    assert [one.rule for one in diagnose(report)] == ["healthy"]


def test_an_empty_run_has_no_findings(make: Make) -> None:
    assert diagnose(make()) == []


def test_the_worst_comes_first(make: Make) -> None:
    report = odd(healthy(make, disk=checkpoint("empty")), "nan", "loss")
    assert [one.severity for one in diagnose(report)] == ["critical", "warning", "good"]


OURS_ALONE = ("save_step", "early_stop", "keep_last", "accumulation", "--resume", "mirror")


@pytest.mark.parametrize("trainer", ["ours", "stock"])
@pytest.mark.parametrize("rule", CASES)
def test_advice_is_about_the_trainer_that_wrote_the_log(
    rule: str, trainer: str, make: Make, tmp_path: Path
) -> None:
    report = CASES[rule][0](make, tmp_path)
    if report.history.trainer == "ours":
        report.history.trainer = trainer
    for one in diagnose(report):
        if report.is_ours:
            assert "tock" not in one.advice.replace("restock", ""), one.rule
        elif "tools/train.py" not in one.advice and "mirror" not in one.advice:
            assert not any(key in one.advice for key in OURS_ALONE), one.rule


@pytest.mark.parametrize(
    ("key", "explains"),
    [
        ("Optimizer.lr.learning_rate", True),
        ("Global.max_steps", True),
        ("Global.epoch_num", True),
        ("Train.loader.batch_size_per_card", True),
        ("Global.eval_batch_step", False),
        ("Metric.main_indicator", False),
    ],
)
def test_a_swap_of_the_schedule_explains_a_jump_of_the_rate(
    make: Make, key: str, explains: bool
) -> None:
    report = make(
        training(lr=lambda step: 1e-4 if step <= 200 else 1e-3),
        events=[("resume", 201)],
        swaps=[Swap(200, NOW, "2", {key: "a → b"})],
    )
    assert ("rate_jumped" in {one.rule for one in diagnose(report)}) is not explains


def test_what_a_swap_changed_is_no_news(make: Make) -> None:
    """More augmentation: the loss is higher, the speed lower, the validation set another one."""
    train = training(
        600,
        loss=lambda step: 2.0 if step <= 300 else 6.0 + step / 1e4,
        ips=lambda step: 30.0 if step <= 300 else 10.0,
    )
    evals = evaluations(acc=[*RISING[:6], *[0.5] * 6], loss=[*[1.0] * 6, *[3.0] * 6])
    swap = Swap(
        300, NOW, "2", {"Train.dataset.transforms": "a → b", "Eval.dataset.data_dir": "a → b"}
    )
    for shown, rules in (
        ({"train": train}, {"diverging", "slower"}),
        ({"train": training(600), "evals": evals}, {"plateau", "confidence_lost"}),
    ):
        assert rules <= {one.rule for one in diagnose(make(**shown))}
        assert not rules & {one.rule for one in diagnose(make(**shown, swaps=[swap]))}


def test_the_report_of_the_published_run_has_no_advice_about_another_trainer(
    tmp_path: Path,
) -> None:
    report = make_report(find_source([PUBLISHED]), output=tmp_path, remember=False)
    assert report.is_ours and report.best is not None
    published = json.loads((PUBLISHED / "report_card.json").read_text(encoding="utf-8"))
    rules = {one.rule for one in report.findings} | {one["rule"] for one in published["findings"]}
    assert not {"rate_jumped", "earlier_runs"} & rules
    assert not any("Stock" in one.advice for one in report.findings)


def test_values_that_fell_did_not_stay(logs: Path, tmp_path: Path) -> None:
    report = make_report(find_source([logs / "stock_2_10.log"]), output=tmp_path, remember=False)
    (found,) = [one for one in report.findings if one.rule == "learns_nothing"]
    assert "norm_edit_dis went from 0.0625 to 0.0000 (at most 0.0625)" in found.evidence


def test_the_log_of_an_evaluation_is_not_to_be_continued(logs: Path, tmp_path: Path) -> None:
    source = find_source([logs / "stock_eval_tool.log"])
    report = make_report(source, output=tmp_path, remember=False)
    assert report.silence is None or report.silence > 1800
    assert "stopped" not in {one.rule for one in report.findings}
