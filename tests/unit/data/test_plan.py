"""Plans: exact once per epoch, equal on every rank's count, similar widths together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppocr_ext.data.order import EpochOrder
from ppocr_ext.data.plan import BatchPlan
from ppocr_ext.errors import UserError


def random_widths(lines: int) -> Callable[[int], np.ndarray]:
    widths = np.random.default_rng(0).integers(40, 1600, lines).astype(np.int32)
    return lambda epoch: widths


def plans(lines: int, world: int, *, seed: int = 1, shuffle: bool = True, **settings):
    order = EpochOrder([lines], seed=seed, shuffle=shuffle)
    return [
        BatchPlan(order, random_widths(lines), rank=rank, world_size=world, **settings)
        for rank in range(world)
    ]


@given(
    lines=st.integers(4, 400),
    world=st.integers(1, 4),
    batch=st.integers(1, 9),
    pixels=st.sampled_from([None, 48 * 2000, 48 * 8000]),
    epoch=st.integers(0, 3),
)
def test_every_line_exactly_once_over_the_ranks(
    lines: int, world: int, batch: int, pixels: int | None, epoch: int
) -> None:
    ranks = plans(lines, world, batch_size=batch, pixels_per_batch=pixels)
    batches = [plan.batches(epoch) for plan in ranks]
    assert len({len(of_rank) for of_rank in batches}) == 1
    assert all(len(one) for of_rank in batches for one in of_rank)
    seen = np.concatenate([one for of_rank in batches for one in of_rank])
    assert sorted(seen.tolist()) == list(range(lines))


def test_ranks_agree_on_the_widest_line_of_each_batch() -> None:
    ranks, widths = plans(90, 3, batch_size=4), random_widths(90)(1)
    for number in range(len(ranks[0])):
        whole = np.concatenate([plan.batches(1)[number] for plan in ranks])
        assert {plan.widest(1, number) for plan in ranks} == {int(widths[whole].max())}


def test_a_plan_depends_on_seed_and_epoch_only() -> None:
    (plan,), (again,), (other,) = (plans(300, 1, seed=s, batch_size=8) for s in (1, 1, 2))
    flat = [
        np.concatenate(batches).tolist()
        for batches in (plan.batches(0), again.batches(0), plan.batches(1), other.batches(0))
    ]
    assert flat[0] == flat[1] and flat[0] != flat[2] and flat[0] != flat[3]
    assert again.batches(1) is not None and np.concatenate(again.batches(0)).tolist() == flat[0]


def test_fingerprints_tell_plans_apart_but_not_ranks() -> None:
    first, second = plans(300, 2, batch_size=8)
    (other,) = plans(300, 1, batch_size=8)
    (same,) = plans(300, 1, batch_size=16)
    assert first.fingerprint == second.fingerprint == same.fingerprint != other.fingerprint


def test_padding_is_bounded_and_ranks_work_on_like_widths() -> None:
    ranks = plans(6000, 2, batch_size=16)
    widths = random_widths(6000)(0)
    real = sum(widths[one].sum() for plan in ranks for one in plan.batches(0))
    padded = sum(widths[one].max() * len(one) for plan in ranks for one in plan.batches(0))
    assert 1 - real / padded < 0.03
    pairs = zip(*(plan.batches(0) for plan in ranks), strict=True)
    assert all(abs(int(widths[a].max()) - int(widths[b].max())) < 100 for a, b in pairs)


def test_a_pixel_budget_bounds_each_batch() -> None:
    (plan,) = plans(2000, 1, batch_size=32, pixels_per_batch=48 * 6400)
    widths = random_widths(2000)(0)
    batches = plan.batches(0)
    assert all(len(one) * widths[one].max() <= 6400 and len(one) <= 32 for one in batches)
    assert max(map(len, batches)) == 32


def test_incomplete_batches_are_dropped_on_request() -> None:
    ranks = plans(103, 2, batch_size=8, drop_last=True)
    assert [len(one) for plan in ranks for one in plan.batches(0)] == [8] * 12
    (whole,) = plans(103, 1, batch_size=8)
    assert len(whole) == 13


def test_unshuffled_plans_go_from_wide_to_narrow() -> None:
    (plan,) = plans(100, 1, batch_size=8, shuffle=False)
    widths = random_widths(100)(0)[np.concatenate(plan.batches(0))]
    assert (np.diff(widths) <= 0).all()
    assert np.array_equal(np.concatenate(plan.batches(0)), np.concatenate(plan.batches(1)))


def test_too_little_data_is_reported() -> None:
    with pytest.raises(UserError, match=r"^2 usable lines for 3 processes"):
        plans(2, 3, batch_size=1)
    with pytest.raises(UserError, match="less than one batch"):
        plans(5, 1, batch_size=8, drop_last=True)
    with pytest.raises(UserError, match="no usable line"):
        EpochOrder([5], usable=np.zeros(5, dtype=bool))
    with pytest.raises(UserError, match=r"ratio_list \[0.01\] selects none of 5 usable lines"):
        EpochOrder([5], ratios=[0.01])


def test_ratios_choose_other_lines_in_each_epoch_and_repeat_above_one() -> None:
    order = EpochOrder([100, 10], ratios=[0.5, 2.5], seed=3)
    first, second = order.indices(0), order.indices(1)
    assert order.epoch_size == len(first) == 75
    small = np.sort(first[first % 110 >= 100])
    assert len(small) == 25 and len(np.unique(small)) == 25  # repeats have other indices
    assert np.bincount(small % 110, minlength=110)[100:].tolist().count(3) == 5
    assert set(first[first < 100]) != set(second[second < 100])


def test_short_epochs_visit_every_line_before_any_comes_again() -> None:
    order = EpochOrder([100], samples_per_epoch=30, seed=3)
    seen = np.concatenate([order.indices(epoch) for epoch in range(10)])
    assert np.bincount(seen[:100] % 100).tolist() == [1] * 100
    assert np.bincount(seen % 100).tolist() == [3] * 100


def test_long_epochs_repeat_lines_under_other_indices() -> None:
    indices = EpochOrder([10], samples_per_epoch=25, seed=3).indices(1)
    assert len(np.unique(indices)) == 25
    assert set(np.bincount(indices % 10)) == {2, 3}


def test_unusable_lines_are_left_out() -> None:
    usable = np.arange(20) % 2 == 0
    order = EpochOrder([20], usable=usable, seed=1)
    assert sorted(order.indices(0).tolist()) == list(range(0, 20, 2))


@pytest.mark.parametrize("ratios", [[1.0], [1.0, -1.0]])
def test_bad_ratios_are_reported(ratios: list[float]) -> None:
    with pytest.raises(UserError, match="ratio_list"):
        EpochOrder([5, 5], ratios=ratios)
