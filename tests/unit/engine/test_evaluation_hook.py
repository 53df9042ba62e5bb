"""When evaluations are due, and how long those to come will take."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ppocr_ext.engine.hooks.evaluation import Evaluation
from ppocr_ext.engine.state import TrainState


class Run:
    """As much of a trainer as the hook needs; evaluations take two seconds."""

    def __init__(self, start: int, every: int, total: int) -> None:
        self.state, self.total_steps, self.at = TrainState(), total, list[int]()
        self.hook = Evaluation(self._evaluate)
        run = SimpleNamespace(eval_batch_step=(start, every), eval_at_start=False, ema=None)
        metric = SimpleNamespace(main_indicator="acc")
        sets = SimpleNamespace(sets={})
        config = SimpleNamespace(Global=run, Metric=metric, Eval=sets)
        self.hook.configure(config)  # type: ignore[arg-type]

    def _evaluate(self) -> dict[str, Any]:
        self.at.append(self.state.global_step)
        return {"acc": 0.5, "norm_edit_dis": 0.5, "seconds": 2.0}

    def emit(self, record: Any) -> None: ...

    def call(self, *arguments: Any) -> None: ...

    def steps(self, until: int) -> None:
        while self.state.global_step < until:
            self.state.global_step += 1
            self.hook.after_step(self, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "every", "total", "expected"),
    [
        (0, 4, 12, [4, 8, 12]),
        (0, 5, 12, [5, 10, 12]),
        (6, 4, 16, [6, 10, 14, 16]),
        (0, 1000, 12, [12]),
        (20, 1, 12, [12]),
        (1, 1, 3, [1, 2, 3]),
    ],
)
def test_what_is_left_is_the_evaluations_that_come(
    start: int, every: int, total: int, expected: list[int]
) -> None:
    for stop in range(total + 1):
        run = Run(start, every, total)
        run.steps(stop)
        run.state.hooks["evaluation"] = {"seconds": 2.0}  # as after a resume
        left, before = run.hook.seconds_left(run), len(run.at)  # type: ignore[arg-type]
        run.steps(total)
        assert run.at == expected
        assert left == 2.0 * (len(run.at) - before)


def test_nothing_is_known_before_the_first_one() -> None:
    run = Run(0, 4, 12)
    assert run.hook.seconds_left(run) == 0.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("indicator", "scores", "best"),
    [
        ("acc", (0.3, 0.9, 0.5), 0.9),
        *((m, (0.40, 0.03, 0.2), 0.03) for m in ("cer", "wer", "loss")),
    ],
)
def test_the_better_average_is_kept(indicator: str, scores: tuple[float, ...], best: float) -> None:
    run = Run(0, 1, len(scores))
    settings = SimpleNamespace(eval_batch_step=(0, 1), eval_at_start=False, ema=True)
    metric = SimpleNamespace(main_indicator=indicator)
    config = SimpleNamespace(Global=settings, Metric=metric, Eval=SimpleNamespace(sets={}))
    run.hook.configure(config)  # type: ignore[arg-type]
    found = iter(scores)
    run.hook.run = lambda: {indicator: 0.5, f"ema_{indicator}": next(found), "seconds": 2.0}
    run.steps(len(scores))
    assert run.state.bests["best_ema"][f"ema_{indicator}"] == best
    assert run.state.bests["best_ema"]["global_step"] == 2


def test_weights_choose_by_the_mean_over_the_sets() -> None:
    run = Run(0, 1, 2)
    menus = SimpleNamespace(weight=3.0)
    config = SimpleNamespace(
        Global=SimpleNamespace(eval_batch_step=(0, 1), eval_at_start=False, ema=object()),
        Metric=SimpleNamespace(main_indicator="cer"),
        Eval=SimpleNamespace(sets={"menus": menus}),
    )
    run.hook.configure(config)  # type: ignore[arg-type]
    found = iter([{"cer": 0.1, "mean_cer": 0.3}, {"cer": 0.2, "mean_cer": 0.2}])
    run.hook.run = lambda: {**next(found), "seconds": 1.0}
    run.steps(2)
    assert run.state.best["global_step"] == 2
    assert run.hook.bests["best_ema"] == "ema_mean_cer"
