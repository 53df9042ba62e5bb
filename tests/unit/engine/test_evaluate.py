"""Sets that are evaluated beside the main one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ppocr_ext.engine.evaluate import evaluate_sets, with_average

MAIN = {"acc": 0.9, "seconds": 5.0}
MENUS = {"acc": 0.5, "seconds": 2.0}
READERS: Any = SimpleNamespace(eval=MAIN, sets={"menus": MENUS})


def test_each_set_has_scores_of_its_own() -> None:
    alone: Any = SimpleNamespace(eval=MAIN, sets={})
    assert evaluate_sets(dict, alone, {}, "acc") == MAIN
    found = evaluate_sets(dict, READERS, {"menus": 0.0}, "acc")
    assert found == {"acc": 0.9, "seconds": 7.0, "sets": {"menus": MENUS}}


def test_the_mean_weighs_the_main_set_with_one() -> None:
    assert evaluate_sets(dict, READERS, {"menus": 3.0}, "acc")["mean_acc"] == pytest.approx(0.6)


def test_scores_of_the_average_stand_beside_those_of_the_weights() -> None:
    found = evaluate_sets(dict, READERS, {"menus": 0.0}, "acc")
    both = with_average(
        found, {"acc": 0.91, "seconds": 4.0, "sets": {"menus": {**MENUS, "acc": 1}}}
    )
    assert both["ema_acc"] == 0.91 and both["seconds"] == 11.0
    assert both["sets"]["menus"] == {"acc": 0.5, "ema_acc": 1, "seconds": 4.0, "ema_seconds": 2.0}
