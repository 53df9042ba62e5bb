"""Where a resumed run stands when its batches are others, and what the log says of it."""

from __future__ import annotations

from typing import Any

from ppocr_ext.engine.resume import place_in_epoch
from ppocr_ext.engine.state import TrainState


def reader(cards: int, batch_size_per_card: int, accumulation: int = 1) -> dict[str, Any]:
    lines = cards * batch_size_per_card
    return {
        "lines_per_batch": lines,
        "accumulation": accumulation,
        "epoch_lines": 1024,
        "batches": 1024 // lines,
    }


def test_fewer_cards_with_larger_batches_go_on_in_the_same_batches() -> None:
    state = TrainState(global_step=13, epoch=2, batch=5)
    assert place_in_epoch(state, reader(4, 32), reader(2, 64)) == []
    assert (state.batch, state.first_step) == (5, 0)


def test_the_log_says_what_keeps_the_batch() -> None:
    state = TrainState(global_step=13, epoch=2, batch=5)
    moved, smaller = place_in_epoch(state, reader(4, 32), reader(2, 32))
    assert "goes on at batch 10" in moved
    assert "takes 64 lines, 128 before" in smaller and "times 2 keeps it" in smaller


def test_accumulation_keeps_the_lines_of_a_step_and_the_schedule() -> None:
    state = TrainState(global_step=13, epoch=2, batch=5)
    (moved,) = place_in_epoch(state, reader(4, 32), reader(2, 32, accumulation=2))
    assert "goes on at batch 10" in moved
    assert state.first_step == 0  # epoch 1 began at step 0, and ends at the same one
