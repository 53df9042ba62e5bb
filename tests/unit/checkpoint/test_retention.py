"""Which checkpoints stay."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ppocr_ext.checkpoint.checkpoint import Manifest
from ppocr_ext.checkpoint.inventory import to_keep

NAMES = ("latest", "best_accuracy", "best_norm_edit_dis", "iter_epoch_1")


def manifests(steps_and_names: list[tuple[int, set[str]]]) -> list[Manifest]:
    """Saved in this order, whatever their steps."""
    return [
        Manifest(str(serial), serial, tuple(names), step, 1, {}, {}, {})
        for serial, (step, names) in enumerate(steps_and_names)
    ]


@given(
    st.lists(st.tuples(st.integers(0, 20), st.sets(st.sampled_from(NAMES))), max_size=12),
    st.integers(1, 4),
    st.none() | st.integers(1, 5),
    st.randoms(),
)
def test_policy(saved: list, keep_last: int, keep_every: int | None, chance) -> None:
    ordered = manifests(saved)
    shuffled = list(ordered)
    chance.shuffle(shuffled)
    kept = to_keep(shuffled, keep_last, keep_every)

    expected = {manifest.id for manifest in ordered[-keep_last:]}
    for manifest in ordered:
        newer = ordered[manifest.serial + 1 :]
        is_newest_best = any(
            name.startswith("best") and not any(name in other.names for other in newer)
            for name in manifest.names
        )
        if is_newest_best or (keep_every and manifest.global_step % keep_every == 0):
            expected.add(manifest.id)
    assert kept == expected
