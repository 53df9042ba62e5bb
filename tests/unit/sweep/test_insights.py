"""Sentences about a study, each with the numbers that it rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ppocr_ext.sweep.insights import insights
from ppocr_ext.sweep.results import Results, Row
from ppocr_ext.sweep.schema import Sweep


@pytest.fixture
def told(make_sweep: Callable[..., Sweep]) -> Callable[..., dict[str, str]]:
    """The sentences about rows, best first, with their evidence."""

    def tell(*rows: Row) -> dict[str, str]:
        return {one.text: one.evidence for one in insights(Results(make_sweep(), [*rows], {}))}

    return tell


def row(name: str, *accs: float, status: str = "complete", **facts: Any) -> Row:
    """A trial with these accs at its evaluations; keys of the dimensions are its values."""
    values = {"rate": facts.pop("rate", 0.01), "loss": facts.pop("loss", "ctc")}
    evals = [
        {"acc": acc, "cer": 1 - acc, "n": 400, "percent": round(100 * number / len(accs))}
        for number, acc in enumerate(accs, 1)
    ]
    if status == "pruned":
        evals[-1]["percent"] = 50
    best = max(evals, key=lambda record: record["acc"], default={})
    facts = {"seconds": 60.0, "parameters": 3e6, **facts}
    return Row(0, name, values, status, facts.pop("reason", ""), best, evals, facts)


def test_a_clear_winner_and_one_within_the_noise(told: Callable) -> None:
    assert told(row("a", 0.8), row("b", 0.6))["a wins."].startswith("acc 0.8000, CER 0.2000; b")
    close = told(row("a", 0.81), row("b", 0.80))
    evidence = close["a leads, but not for certain: b may be as good."]
    assert "on 400 lines differences up to 0.055 may be chance" in evidence


def test_nothing_is_certain_where_chance_is_not_known(make_sweep: Callable[..., Sweep]) -> None:
    rows = [row("a", 0.8, loss="focal"), row("b", 0.6)]
    found = insights(Results(make_sweep({"metric": "cer"}), rows, {}))
    texts = {one.text: one.evidence for one in found}
    evidence = texts["a leads, but not for certain: b may be as good."]
    assert evidence.endswith("b has 0.4000; the part of cer that may be chance is unknown.")
    assert "loss: focal may beat ctc, all else equal." in texts


def test_sizes(told: Callable) -> None:
    found = told(row("a", 0.8), row("b", 0.6), row("big", 0.1, parameters=19e6, pretrained=False))
    assert found["Smaller models win in this budget."] == (
        "3.00 M parameters: mean 0.7000 of 2 trials; "
        "19.00 M parameters: mean 0.1000 of 1 trial, random start."
    )
    big = row("big", 0.1, parameters=19e6)
    assert "Larger models win in this budget." in told(big, row("a", 0.05))
    middle = told(big, row("a", 0.05), row("b", 0.2, parameters=5e6))
    assert "5.00 M parameters do best in this budget." in middle


def test_choices_are_compared_by_their_means_of_several_trials(told: Callable) -> None:
    several = [row("a", 0.8, loss="focal"), row("b", 0.7, loss="focal", rate=0.02)]
    found = told(*several, row("c", 0.6, rate=0.03), row("d", 0.4, rate=0.04))
    assert found["loss: focal does best on average."] == (
        "focal: mean 0.7500 of 2 trials; ctc: mean 0.5000 of 2 trials."
    )
    assert "loss: focal does best on average." not in told(*several, row("c", 0.6, rate=0.03))


def test_trials_that_differ_in_one_dimension_are_compared(told: Callable) -> None:
    found = told(row("a", 0.8, loss="focal"), row("b", 0.6), row("c", 0.59, rate=0.02))
    assert found["loss: focal beats ctc, all else equal."] == "a 0.8000, b 0.6000."
    assert found["rate: 0.01 may beat 0.02, all else equal."] == "b 0.6000, c 0.5900."
    assert len([text for text in found if "all else equal" in text]) == 2


def test_the_end_of_a_range(told: Callable) -> None:
    text = "rate: the highest value that was tried won; higher ones may be better still."
    assert text in told(row("a", 0.8, rate=0.1))
    assert text not in told(row("a", 0.8, rate=0.05))


def test_a_winner_that_still_improves_and_one_that_started_faster(told: Callable) -> None:
    found = told(row("late", 0.1, 0.5, 0.8), row("early", 0.4, 0.5, 0.51))
    assert (
        "late was still improving when its budget ended: longer trials may change the order."
        in found
    )
    assert "early learns fastest at first, late ends ahead." in found
    assert not [text for text in told(row("flat", 0.79, 0.8)) if "still improving" in text]


def test_pruning_and_failures(told: Callable) -> None:
    found = told(
        row("a", 0.8),
        row("b", 0.1, status="pruned"),
        row("c", status="failed", reason="exit code 2: no <b>luck</b>\nmore"),
    )
    assert found["Pruning ended 1 trial early and saved 1 min 0 s."] == "b at 50 %."
    assert found["c failed."] == "exit code 2: no <b>luck</b>."


def test_nothing_to_say_of_nothing(told: Callable) -> None:
    assert told() == {}
    assert told(row("a", status="waiting")) == {}
