"""A number without its last digits is a wrong number: it must not be read."""

from __future__ import annotations

import math

import pytest

from ppocr_ext.records.forms import (
    EVAL_ENDINGS,
    TRAIN_ENDINGS,
    TRAIN_ENDINGS_2_0,
    read_fields,
    to_number,
)

LINE = (
    "lr: 0.000125, acc: 0.000000, CTCLoss: 188.448708, loss: 194.244621, avg_reader_cost: "
    "0.00358 s, avg_batch_cost: 10.04011 s, avg_samples: 16.0, ips: 1.59361 samples/s, "
    "eta: 39 days, 21:09:11, max_mem_reserved: 11326 MB, max_mem_allocated: 10599 MB"
)
VALUES = {
    "lr": 0.000125,
    "acc": 0.0,
    "CTCLoss": 188.448708,
    "loss": 194.244621,
    "avg_reader_cost": 0.00358,
    "avg_batch_cost": 10.04011,
    "avg_samples": 16.0,
    "ips": 1.59361,
    "eta_seconds": 39 * 86400 + 21 * 3600 + 9 * 60 + 11,
    "max_mem_reserved_mb": 11326.0,
    "max_mem_allocated_mb": 10599.0,
}


def test_a_whole_line() -> None:
    values, intact = read_fields(LINE, TRAIN_ENDINGS)
    assert values == VALUES and intact


def test_a_line_cut_anywhere_gives_no_wrong_number() -> None:
    for length in range(len(LINE)):
        values, _ = read_fields(LINE[:length], TRAIN_ENDINGS)
        assert values.items() <= VALUES.items(), LINE[:length]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0:02:24", 144), ("1 day, 0:00:05", 86405), ("27 days, 10:00:00", 2368800)],
)
def test_durations(text: str, seconds: int) -> None:
    assert read_fields(f"eta: {text}", TRAIN_ENDINGS).values == {"eta_seconds": seconds}


def test_bare_ips_ends_a_line_of_2_0_only() -> None:
    line = "reader_cost: 6.74961 s, samples: 5120, ips: 52.80000"
    assert read_fields(line, TRAIN_ENDINGS_2_0).values["ips"] == 52.8
    assert "ips" not in read_fields(line, TRAIN_ENDINGS).values


def test_not_finite_numbers_are_kept_as_they_are() -> None:
    values, intact = read_fields("acc: nan, loss: inf, fps: 5.0", EVAL_ENDINGS)
    assert math.isnan(values["acc"]) and values["loss"] == math.inf and intact


def test_garbage_in_a_number_drops_it_alone() -> None:
    values, intact = read_fields("acc: 0.\ufffd5, norm_edit_dis: 0.5, fps: 5.0", EVAL_ENDINGS)
    assert values == {"norm_edit_dis": 0.5, "fps": 5.0} and not intact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nanxxx", math.nan),
        ("Nanxxx", math.nan),
        ("nan", math.nan),
        ("nanxxxxx", math.nan),
        ("-nanxx", math.nan),
        ("infxxx", math.inf),
        ("-infxx", -math.inf),
        ("-inf", -math.inf),
        ("0.5", 0.5),
    ],
)
def test_numbers_that_paddleocr_pads(text: str, expected: float) -> None:
    assert to_number(text) == pytest.approx(expected, nan_ok=True)
    fields = read_fields(
        f"lr: {text}, acc: {text}, ips: {text} samples/s", frozenset([("ips", "samples/s")])
    )
    assert fields.intact
    assert fields.values == pytest.approx(
        dict.fromkeys(("lr", "acc", "ips"), expected), nan_ok=True
    )


@pytest.mark.parametrize("text", ["x", "1.5x", "nanx1", "1.2.3", "infxxy", "xnan"])
def test_other_text_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        to_number(text)
