"""Findings that contradict each other are not said side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runs import Make, evaluations, silent_for, training, without_weights

from ppocr_ext.report import diagnosis
from ppocr_ext.report.diagnosis import NOT_TO_CONTINUE, SILENCES, diagnose
from ppocr_ext.report.report import Finding, Report, Severity
from ppocr_ext.runs.history import Swap

PAIRS = [(rule, other) for rule, others in SILENCES.items() for other in others]
# Words of an advice: who says one of the first does not say one of the second.
GO_ON = ("Let it run", "Wait for it", "Continue it", "worth continuing", "the rate more time")
STOP = ("Stop,", "Stop here", "Halve", "Lower the learning rate", "or end the run", "stop, or give")


def rule_that_finds(name: str, severity: Severity) -> Callable[[Report], Finding]:
    return lambda report: Finding(name, severity, name, "", "advice")


def rules(*named: tuple[str, Severity]) -> list[Callable[[Report], Finding]]:
    return [rule_that_finds(*one) for one in named]


@pytest.mark.parametrize(("rule", "other"), PAIRS)
def test_a_finding_silences_what_contradicts_it(
    make: Make, monkeypatch: pytest.MonkeyPatch, rule: str, other: str
) -> None:
    monkeypatch.setattr(diagnosis, "RULES", rules((other, "info"), (rule, "critical")))
    assert [one.rule for one in diagnose(make())] == [rule]
    monkeypatch.setattr(diagnosis, "RULES", rules((other, "info")))
    assert [one.rule for one in diagnose(make())] == [other]


def test_numbers_that_are_finite_again_silence_nothing(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "RULES", rules(("not_finite", "warning"), ("healthy", "good")))
    assert [one.rule for one in diagnose(make())] == ["not_finite", "healthy"]


def test_who_is_silenced_silences_nobody(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "SILENCES", {"a": ("b",), "b": ("c",)})
    found = rules(("a", "critical"), ("b", "warning"), ("c", "info"))
    monkeypatch.setattr(diagnosis, "RULES", found)
    assert [one.rule for one in diagnose(make())] == ["a", "c"]


@pytest.mark.parametrize("rule", sorted(NOT_TO_CONTINUE))
def test_not_running_comes_without_its_advice(
    make: Make, monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    monkeypatch.setattr(diagnosis, "RULES", rules(("stopped", "info"), (rule, "critical")))
    assert {one.rule: one.advice for one in diagnose(make())} == {rule: "advice", "stopped": ""}


def test_every_name_is_that_of_a_rule() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(diagnosis.__file__).parent.glob("*.py")
    )
    for name in {*SILENCES, *(other for _, other in PAIRS), *NOT_TO_CONTINUE}:
        assert source.count(f'    "{name}",\n') >= 1, name


scores = st.lists(st.sampled_from([0.0, 0.005, 0.2, 0.5, 0.51, 0.9]), min_size=1, max_size=14)
losses = st.sampled_from([lambda s: 5.0, lambda s: s / 20, lambda s: 9 / s, lambda s: float("nan")])
rates = st.sampled_from(
    [lambda s: 1e-6 * s, lambda s: 1e-3, lambda s: 0.0, lambda s: 1e-4 if s <= 200 else 1e-3]
)


@settings(max_examples=400, suppress_health_check=list(HealthCheck), deadline=None)
@given(scores, scores, losses, rates, st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_no_report_says_continue_and_stop(
    make: Make,
    acc: list[float],
    edits: list[float],
    loss: Callable[[int], float],
    rate: Callable[[int], float],
    finished: bool,
    silent: bool,
    lost: bool,
    swapped: bool,
) -> None:
    size = min(len(acc), len(edits))
    evals = evaluations(acc=acc[:size], norm_edit_dis=edits[:size], loss=edits[:size])
    swaps = [Swap(200, 0.0, "2", {"Global.character_dict_path": "a → b"})] if swapped else []
    report = make(training(600, loss=loss, lr=rate), evals, events=[("resume", 201)], swaps=swaps)
    report.history.plan.steps = 600 if finished else 10_000
    if silent:
        silent_for(report, 7200)
    if lost:
        without_weights(report, "head.ctc_head.fc.weight")
    found = diagnose(report)
    said = {
        words: [one for one in found if any(word in one.advice for word in words)]
        for words in (GO_ON, STOP)
    }
    assert not (said[GO_ON] and said[STOP]), [(one.rule, one.advice) for one in found]
    names = {one.rule for one in found}
    assert not {"letters_first", "learns_nothing"} <= names
    assert not any(
        rule in names and other in names and rule != "not_finite" for rule, other in PAIRS
    )
