"""Which evaluation is better."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppocr_ext.ranking import best_of, deciding, is_better, lower_is_better, rank

BEST = {"acc": 0.5, "norm_edit_dis": 0.9, "loss": 1.0}


@pytest.mark.parametrize(
    ("change", "main_indicator", "expected"),
    [
        ({"acc": 0.6, "norm_edit_dis": 0.1}, "acc", True),
        ({"acc": 0.4, "norm_edit_dis": 1.0}, "acc", False),
        ({"norm_edit_dis": 0.91, "loss": 9.0}, "acc", True),
        ({"norm_edit_dis": 0.89, "loss": 0.0}, "acc", False),
        ({"loss": 0.9}, "acc", True),
        ({"loss": 1.1}, "acc", False),
        ({}, "acc", False),  # stock PaddleOCR overwrites the best with an equal one
        ({"norm_edit_dis": 0.91, "acc": 0.1}, "norm_edit_dis", True),
        ({"acc": 0.6}, "norm_edit_dis", True),
        ({"acc": 0.4, "loss": 0.1}, "norm_edit_dis", False),
        ({"loss": 0.9, "acc": 0.1}, "loss", True),
        ({"acc": math.nan}, "acc", False),
        ({"loss": math.nan}, "acc", False),
    ],
)
def test_order(change: dict[str, float], main_indicator: str, expected: bool) -> None:
    assert is_better({**BEST, **change}, BEST, main_indicator) is expected


def test_anything_finite_beats_nothing() -> None:
    assert is_better({"acc": 0.0}, None)
    assert is_better({"acc": 0.0}, {})
    assert is_better({"acc": 0.0}, {"acc": math.nan})
    assert not is_better({"acc": math.inf}, None)
    assert not is_better({}, None)


@pytest.mark.parametrize("name", ["cer", "ema_cer", "mean_cer", "ema_mean_cer"])
def test_an_error_rate_is_one_under_any_name(name: str) -> None:
    assert is_better({name: 0.1}, {name: 0.2}, name)
    assert not is_better({name: 0.2}, {name: 0.1}, name)


def test_a_metric_that_one_side_lacks_decides_nothing() -> None:
    assert not is_better({"acc": 0.5, "norm_edit_dis": 1.0}, {"acc": 0.5})
    assert is_better({"acc": 0.5, "loss": 0.1}, {"acc": 0.5, "norm_edit_dis": 1.0, "loss": 0.2})


metrics = st.fixed_dictionaries(
    {name: st.sampled_from([0.0, 0.5, 1.0]) for name in ("acc", "norm_edit_dis", "loss")}
)


@given(metrics, metrics, metrics, st.sampled_from(["acc", "norm_edit_dis", "loss", "cer"]))
def test_is_a_strict_order(one: dict, two: dict, three: dict, main_indicator: str) -> None:
    def better(new: dict, old: dict) -> bool:
        return is_better(
            {**new, "cer": 1 - new["acc"]}, {**old, "cer": 1 - old["acc"]}, main_indicator
        )

    assert better(one, two) + better(two, one) == (one != two)
    if better(one, two) and better(two, three):
        assert better(one, three)


@pytest.mark.parametrize("metric", ["cer", "wer", "loss"])
def test_scores_of_averaged_weights_rank_like_those_of_the_weights(metric: str) -> None:
    name = f"ema_{metric}"
    assert lower_is_better(metric) and lower_is_better(name)
    assert is_better({name: 0.03}, {name: 0.40}, name)
    assert not is_better({name: 0.40}, {name: 0.03}, name)
    assert not lower_is_better("acc") and not lower_is_better("ema_norm_edit_dis")


def test_the_tie_breakers_of_averaged_weights_are_their_own() -> None:
    best = {"ema_acc": 0.5, "ema_cer": 0.2, "cer": 0.1}
    assert is_better({"ema_acc": 0.5, "ema_cer": 0.1, "cer": 0.9}, best, "ema_acc")
    assert not is_better({"ema_acc": 0.5, "ema_cer": 0.3, "cer": 0.0}, best, "ema_acc")


def test_cer_breaks_a_tie_before_the_loss() -> None:
    assert is_better({**BEST, "cer": 0.1, "loss": 2.0}, {**BEST, "cer": 0.2})
    assert not is_better({**BEST, "cer": 0.3, "loss": 0.1}, {**BEST, "cer": 0.2})


def test_the_best_is_the_earliest_of_equals_and_the_first_in_order() -> None:
    evals = [{"step": n, "acc": acc, "cer": 1 - acc} for n, acc in ((1, 0.1), (2, 0.5), (3, 0.5))]
    for metric in ("acc", "cer"):
        assert best_of(evals, metric, dict) == evals[1]
        assert [one["step"] for one in sorted(evals, key=rank(metric))] == [2, 3, 1]
    assert best_of([], "acc", dict) is None
    assert best_of([{"acc": math.nan}, {}], "acc", dict) is None


def test_what_decides_is_the_wanted_metric_if_it_is_there() -> None:
    assert deciding(["acc", "cer"], "cer") == "cer"
    assert deciding(["loss", "norm_edit_dis"], "wer") == "norm_edit_dis"
    assert deciding([], "wer") == "wer"
