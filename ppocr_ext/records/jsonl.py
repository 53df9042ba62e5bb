"""``metrics.jsonl``: every record as one JSON object a line, written and read."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from ppocr_ext.records import forms
from ppocr_ext.records.forms import is_name, lost_tensors
from ppocr_ext.records.history import History
from ppocr_ext.records.records import Event, EventName, Lost, Point

MOST = 1e12  # more than any step, epoch or time in seconds
_NOT_VALUES = frozenset({"time", "global_step", "epoch", "epoch_num", "kind", "is_best"})
_IN_TEXT_ALONE = ("start", "save", "stop")  # until 2026-11-30 these had no fields


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """As it is written: the losses beside the other numbers."""
    flat = {**record, **record.get("losses", {})}
    flat.pop("losses", None)
    return flat


def json_objects(lines: Iterable[str | bytes]) -> Iterator[dict[str, Any]]:
    """The object in each line; lines that hold none, torn by a kill, say, are left out."""
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            entry = json.loads(line.decode("utf-8-sig") if isinstance(line, bytes) else line)
            if isinstance(entry, dict):
                yield entry


def read_json_lines(path: Path, most: int | None = None) -> list[dict[str, Any]]:
    """The first ``most`` objects of a file; of one that cannot be read, none."""
    try:
        with open(path, "rb") as stream:
            return list(islice(json_objects(stream), most))
    except OSError:
        return []


def record_of(line: str) -> dict[str, Any] | None:
    """The record in a line; ``None`` when there is none of ours, or its place is not a number."""
    try:
        record: dict[str, Any] = json.loads(line)
        place = record["global_step"], record.get("epoch"), record.get("time")
        is_ours = "kind" in record and type(place[0]) is int and all(map(_is_place, place))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return record if is_ours else None


def feed_json(line: str, history: History) -> bool:
    """Take one line; ``False`` when it is not a record of ours."""
    record = record_of(line)
    if record is None:
        return False
    kind, step = record["kind"], record["global_step"]
    epoch, moment = record.get("epoch"), record.get("time")
    history.trainer = "ours"
    if kind == "event":
        event = event_of(record)
        history.add_event(event)
        history.add_lost(_lost(event))
    elif kind == "train":
        values = values_of(record)
        if "gpu_throttled" in record:
            values["gpu_throttled"] = float(bool(record["gpu_throttled"]))
        history.add_train(Point(step, epoch, moment, values))
        history.plan.epochs = record.get("epoch_num", history.plan.epochs)
    elif kind == "eval":
        is_best = record.get("is_best") is True
        history.add_eval(Point(step, epoch, moment, values_of(record), is_best=is_best))
    history.account.add(kind if kind in ("event", "train", "eval") else "text")
    return True


def event_of(record: Mapping[str, Any]) -> Event:
    """The event that a record of that kind is, with its fields, whatever version wrote it."""
    event = Event.from_record(record)
    if event.name in _IN_TEXT_ALONE and not event.fields:
        name: EventName = "opening" if event.name == "start" else event.name
        with contextlib.suppress(LookupError):
            name, event.fields = forms.find_event(event.text)
        if event.name != "stop":  # our names for whole groups of lines
            event.name = name
    event.text = forms.text_of_event(event.text)
    return event


def _lost(event: Event) -> Iterator[Lost]:
    """The tensors that were not loaded; the history keeps them, not the event."""
    if event.name == "opening":
        yield from lost_tensors(event.text, event.step)
    tensors = event.fields.pop("tensors", ())
    for tensor in tensors if isinstance(tensors, list) else ():
        if isinstance(tensor, list) and [type(part) for part in tensor] == [str] * 3:
            name, model, file = tensor
            yield Lost(name, model, file, False, event.step)


def _is_number(value: Any) -> bool:
    return type(value) in (float, int)  # not bool


def _is_place(value: Any) -> bool:
    """An epoch or a time: absent, or a number that can be reckoned with."""
    return value is None or (_is_number(value) and abs(value) < MOST)


def values_of(record: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a record; those of the sets that are evaluated by themselves are named
    ``set/metric``."""
    values = _numbers(record)
    sets = record.get("sets")
    for each, scores in sets.items() if isinstance(sets, dict) else ():
        if is_name(each) and isinstance(scores, dict):
            values.update({f"{each}/{name}": value for name, value in _numbers(scores).items()})
    return values


def _numbers(record: Mapping[str, Any]) -> dict[str, float]:
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
