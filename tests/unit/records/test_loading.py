"""Weights that were not loaded, in the words of each release."""

from __future__ import annotations

import json

import pytest

from ppocr_ext.records.forms import lost_tensors
from ppocr_ext.records.reading import LogParser
from ppocr_ext.records.records import Lost
from ppocr_ext.report.diagnosis.log import not_loaded
from ppocr_ext.report.report import Report

HEAD = "head.ctc_head.fc.weight"
PREFIX = "[2024/08/08 09:00:04] ppocr WARNING: "


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            f"The shape of model params {HEAD} [64, 231] not matched with loaded params {HEAD} "
            "[64, 97] !",
            Lost(HEAD, "[64, 231]", "[64, 97]", False, 0),
        ),
        (
            f"The shape of model params {HEAD} [64, 231] not matched with loaded params shape "
            "[64, 97] !",
            Lost(HEAD, "[64, 231]", "[64, 97]", False, 0),
        ),
        (
            f"{HEAD} not in loaded params dict_keys(['conv1.weight']) !",
            Lost(HEAD, "", "", False, 0),
        ),
        (
            "The pretrained params Student.backbone.conv1.weight not in model",
            Lost("Student.backbone.conv1.weight", "", "", True, 0),
        ),
        (
            f"not loaded, they start at random: {HEAD} (shape [64, 97])",
            Lost(HEAD, "", "[64, 97]", False, 0),
        ),
        (f"not loaded, they start anew: {HEAD}", Lost(HEAD, "", "", False, 0)),
    ],
)
def test_every_form_of_the_logger(line: str, expected: Lost) -> None:
    assert list(lost_tensors(line, 0)) == [expected]
    parser = LogParser([])
    parser.feed([PREFIX + line])
    assert list(parser.history.lost.values()) == [expected]
    assert parser.history.account.kinds == {"event": 1}


@pytest.mark.parametrize(
    ("words", "shapes"),
    [
        (
            f"{HEAD} receives a shape [64, 97], but the expected shape is [64, 231].",
            ("[64, 231]", "[64, 97]"),
        ),
        (f"{HEAD} is not found in the provided dict.", ("", "")),
    ],
)
def test_paddles_own_warning_has_no_prefix(words: str, shapes: tuple[str, str]) -> None:
    parser = LogParser([])
    parser.feed(
        [f"/usr/lib/paddle/nn/layer/layers.py:1301: UserWarning: Skip loading for {HEAD}. {words}"]
    )
    assert list(parser.history.lost.values()) == [Lost(HEAD, *shapes, False, 0)]


def test_our_records_tell_it_too() -> None:
    record = {"kind": "event", "name": "start", "global_step": 0, "epoch": 1, "time": 5.0}
    parser = LogParser([])
    text = f"not loaded, they start at random: {HEAD} (shape [64, 97]), head.ctc_head.fc.bias"
    parser.feed([json.dumps({**record, "text": text})])
    assert list(parser.history.lost) == [HEAD, "head.ctc_head.fc.bias"]


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (
            Lost(HEAD, "[64, 231]", "[64, 97]", False, 0),
            "1 tensors of the head were not loaded: the model has 231 classes (a dictionary of 229 "
            "characters, blank and space), the weights have 97",
        ),
        (
            Lost("backbone.conv1.weight", "[16, 3, 3, 3]", "[32, 3, 3, 3]", False, 0),
            "backbone.conv1.weight is [16, 3, 3, 3] in the model and [32, 3, 3, 3] in the weights",
        ),
        (Lost(HEAD, "", "", False, 40), f"{HEAD} among them; they started at random at step 40"),
        (
            Lost("Teacher.backbone.conv1.weight", "", "", True, 0),
            "1 tensors of the weights are not in the model, Teacher.backbone.conv1.weight among",
        ),
    ],
)
def test_what_was_lost_is_said(make, lost: Lost, words: str) -> None:
    report: Report = make([(10, {"loss": 5.0})])
    report.history.lost[lost.name] = lost
    found = not_loaded(report)
    assert found is not None and found.severity == "warning" and words in found.evidence


@pytest.mark.parametrize(
    "lost",
    [
        Lost("head.gtc_head.fc.weight", "[9, 9]", "[9, 8]", False, 0),
        Lost("head.sar_head.decoder.embedding.weight", "", "", True, 0),
    ],
)
def test_a_head_that_only_guides_is_no_loss(make, lost: Lost) -> None:
    report: Report = make([(10, {"loss": 5.0})])
    report.history.lost[lost.name] = lost
    assert not_loaded(report) is None


def test_a_head_that_has_learnt_since_is_no_alarm(make) -> None:
    report: Report = make([(10, {"loss": 5.0})], [(10, {"acc": 0.4})])
    report.history.lost[HEAD] = Lost(HEAD, "[64, 231]", "[64, 97]", False, 0)
    found = not_loaded(report)
    assert found is not None and found.severity == "info"
