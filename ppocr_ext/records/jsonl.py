"""Reads lines of our ``metrics.jsonl`` into a history."""

from __future__ import annotations

import contextlib
import json
from functools import lru_cache
from typing import Any

from ppocr_ext.records import forms
from ppocr_ext.records.forms import is_name, lost_tensors
from ppocr_ext.records.history import History
from ppocr_ext.records.records import Event, Point

MOST = 1e12  # more than any step, epoch or time in seconds
_NOT_VALUES = frozenset({"time", "global_step", "epoch", "epoch_num", "kind", "is_best"})


def feed_json(line: str, history: History) -> bool:
    """Take one line; ``False`` when it is not a record of ours."""
    try:
        record = json.loads(line)
        kind, step = record["kind"], record["global_step"]
        epoch, moment = record.get("epoch"), record.get("time")
        if type(step) is not int or not all(map(_is_place, (step, epoch, moment))):
            raise TypeError(step)
    except (ValueError, TypeError, KeyError, RecursionError):
        return False
    history.trainer = "ours"
    if kind == "event":
        _event(record, history)
    elif kind == "train":
        history.add_train(Point(step, epoch, moment, _values(record)))
        history.plan.epochs = record.get("epoch_num", history.plan.epochs)
    elif kind == "eval":
        is_best = record.get("is_best") is True
        history.add_eval(Point(step, epoch, moment, _values(record), is_best=is_best))
    history.account.add(kind if kind in ("event", "train", "eval") else "text")
    return True


def _is_number(value: Any) -> bool:
    return type(value) in (float, int)  # not bool


def _is_place(value: Any) -> bool:
    """An epoch or a time: absent, or a number that can be reckoned with."""
    return value is None or (_is_number(value) and abs(value) < MOST)


def _values(record: dict[str, Any]) -> dict[str, float]:
    """Those of the sets that are evaluated by themselves are named ``set/metric``."""
    values = _numbers(record)
    sets = record.get("sets")
    for each, scores in sets.items() if isinstance(sets, dict) else ():
        if is_name(each) and isinstance(scores, dict):
            values.update({f"{each}/{name}": value for name, value in _numbers(scores).items()})
    if "gpu_throttled" in record:
        values["gpu_throttled"] = float(bool(record["gpu_throttled"]))
    return values


def _numbers(record: dict[str, Any]) -> dict[str, float]:
    values = {}
    for name, value in record.items():
        if _is_number(value) and _is_value(name):
            try:
                values[name] = float(value)
            except OverflowError:  # an integer of hundreds of digits
                continue
    return values


@lru_cache(maxsize=256)
def _is_value(name: str) -> bool:
    return name not in _NOT_VALUES and is_name(name)


def _event(record: dict[str, Any], history: History) -> None:
    name, text = str(record.get("name", "")), str(record.get("text", ""))
    form, found = "opening", None
    with contextlib.suppress(LookupError):
        form, found = forms.find_event(text)
    if name == "start" or (name == "save" and found):  # our names for whole groups of lines
        name = form
    place = record["global_step"], record.get("time"), record.get("epoch")
    history.add_event(Event(name, text[:500], *place))
    if found:
        forms.learn_plan(history.plan_to_learn, form, found)
    history.add_lost(lost_tensors(text, place[0]))
