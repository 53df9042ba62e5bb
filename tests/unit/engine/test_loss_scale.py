"""The scale grows after many good steps, shrinks at an overflow, and is the same after a resume."""

from __future__ import annotations

import json

from ppocr_ext.engine.step import GROW_AFTER, LossScale


def test_it_doubles_after_good_steps_and_halves_at_a_bad_one() -> None:
    scale = LossScale(1024.0, dynamic=True)
    for _ in range(GROW_AFTER - 1):
        scale.update(finite=True)
    assert scale.scale == 1024.0
    scale.update(finite=True)
    assert scale.scale == 2048.0
    scale.update(finite=False)
    assert scale.scale == 1024.0 and scale.good_steps == 0


def test_it_never_falls_below_one_and_says_so() -> None:
    scale = LossScale(2.0, dynamic=True)
    assert scale.can_shrink
    for _ in range(3):
        scale.update(finite=False)
    assert scale.scale == 1.0 and not scale.can_shrink


def test_a_fixed_scale_stays() -> None:
    scale = LossScale(1024.0)
    scale.update(finite=False)
    for _ in range(GROW_AFTER):
        scale.update(finite=True)
    assert scale.scale == 1024.0 and not scale.can_shrink


def test_its_state_is_json_and_goes_on() -> None:
    scale = LossScale(512.0, dynamic=True, good_steps=7)
    saved = json.loads(json.dumps(scale.state()))
    fresh = LossScale(1024.0, dynamic=True)
    fresh.restore(saved)
    assert fresh == scale
    for now, before in ((LossScale(8.0), saved), (LossScale(8.0, True), LossScale().state())):
        now.restore(before)
        assert now.scale == 8.0, "fixed now, or then: the config's"
    empty = LossScale(8.0, dynamic=True)
    empty.restore({})
    assert empty.scale == 8.0
