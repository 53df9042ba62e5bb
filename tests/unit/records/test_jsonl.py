"""Lines of metrics.jsonl, whole and broken."""

from __future__ import annotations

import json

import pytest

from ppocr_ext.records.history import History
from ppocr_ext.records.jsonl import feed_json
from ppocr_ext.records.reading import LogParser


def test_records_of_every_kind() -> None:
    history = History()
    place = {"time": 5.0, "global_step": 10, "epoch": 1}
    for record in (
        {"kind": "event", "name": "start", "text": "train dataloader has 7 iters", **place},
        {"kind": "train", "loss": 2.5, "epoch_num": 3, "gpu_throttled": ["HwSlowdown"], **place},
        {"kind": "eval", "acc": 0.5, "is_best": True, "best": {"acc": 0.5}, **place},
    ):
        feed_json(json.dumps(record), history)
    assert history.plan.steps_per_epoch == 7 and history.plan.epochs == 3
    assert history.train.points()[0].values == {"loss": 2.5, "gpu_throttled": 1.0}
    assert history.evals.points()[0].values == {"acc": 0.5}
    assert history.evals.points()[0].is_best
    assert [event.name for event in history.events] == ["iters"]


@pytest.mark.parametrize(
    "line",
    [
        '{"kind": "train", "global_step": 10, "epoch": 1, "lo',
        '{"kind": "train"}',
        '{"kind": "train", "global_step": "10"}',
        '{"kind": "train", "global_step": 1e400, "epoch": 1}',
        '{"kind": "train", "global_step": 10, "epoch": NaN}',
        '{"kind": "train", "global_step": true, "epoch": 1}',
        '{"kind": "train", "global_step": 10, "epoch": 1, "time": "now"}',
        "{" * 50_000,
        "{}",
    ],
)
def test_what_is_no_record_is_counted_as_damaged(line: str) -> None:
    parser = LogParser([])
    parser.history.trainer = "ours"
    parser.feed([line])
    assert parser.history.account.kinds == {"damaged": 1}
    assert parser.history.train.last is None


def test_numbers_beyond_reckoning_are_left_out() -> None:
    history = History()
    line = '{"kind": "train", "global_step": 1, "epoch": 1, "loss": NaN, "ips": 1%s}' % ("0" * 400)
    feed_json(line, history)
    assert list(history.train.points()[0].values) == ["loss"]
    assert history.odd == {"nan": {"loss": [1, 1, 1]}}
