"""Lines read by the form of an earlier one have the values that they have when taken apart."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppocr_ext.records.forms import TRAIN_ENDINGS, read_fields
from ppocr_ext.records.stock import form_of

PLACE = "[2026/03/01 08:10:00] ppocr INFO: epoch: [1/60], global_step: 500, "
FIELDS = (
    "lr: 0.000050, loss: 194.241610, avg_reader_cost: 0.80358 s, ips: 13.40034 samples/s, "
    "eta: 1 day, 5:40:21, max_mem_reserved: 11326 MB"
)
NUMBERS = st.one_of(
    st.floats(-1e9, 1e9).map("{:.6f}".format), st.floats().map(str), st.integers().map(str)
)
DAYS = st.sampled_from(["", "1 day, ", "39 days, "])


@given(st.lists(NUMBERS, min_size=4, max_size=4), DAYS)
def test_the_same_values_as_taken_apart(numbers: list[str], days: str) -> None:
    lr, loss, cost, speed = numbers
    fields = (
        f"lr: {lr}, loss: {loss}, avg_reader_cost: {cost} s, ips: {speed} samples/s, "
        f"eta: {days}0:02:24, max_mem_reserved: 12 MB"
    )
    form = form_of(FIELDS)
    found = form.expression.fullmatch(PLACE + fields)
    assert found is not None
    values = form.values(found.groups()[10:])
    expected, intact = read_fields(fields, TRAIN_ENDINGS)
    assert intact and values.keys() == expected.keys()
    for name, number in expected.items():
        assert values[name] == number or (math.isnan(values[name]) and math.isnan(number))


@pytest.mark.parametrize(
    "damaged",
    [
        FIELDS[:-3],
        FIELDS.replace("loss", "CTCLoss"),
        FIELDS.replace(" samples/s", ""),
        FIELDS.replace("194.241610", "194.24\x7f610"),
        FIELDS.replace("194.241610", "194.24.610"),
        FIELDS.replace("194.241610", "194_241"),
        FIELDS + ", " + PLACE,
    ],
)
def test_any_other_difference_is_left_to_the_careful_way(damaged: str) -> None:
    assert form_of(FIELDS).expression.fullmatch(PLACE + damaged) is None


def test_lines_without_a_duration() -> None:
    form = form_of("loss: 1.5, reader_cost: 6.74961 s, ips: 52.8")
    found = form.expression.fullmatch(PLACE + "loss: 2, reader_cost: 1e-05 s, ips: 3.")
    assert found is not None
    values = form.values(found.groups()[10:])
    assert values == {"loss": 2.0, "avg_reader_cost": 1e-05, "ips": 3.0}


def test_names_of_all_sample_logs_are_learnt(logs: Path) -> None:
    from ppocr_ext.records.reading import LogParser

    for log in [*logs.glob("*2_*.log"), logs / "hand_3_7.log"]:
        lines = [line for line in log.read_text(encoding="utf-8").splitlines() if "ips: " in line]
        parser = LogParser([])
        parser.feed(lines[:1])
        form = parser.stock._form
        assert form is not None and form.expression.fullmatch(lines[-1]), log.name
