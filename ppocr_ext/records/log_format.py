"""Records as lines of PaddleOCR's ``train.log``, so that every tool for those reads ours.

Source of the forms: ``tools/program.py`` and ``ppocr/utils/stats.py`` of PaddleOCR.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from ppocr_ext.ranking import RATES

CONFIDENCES = ("confidence_mean", "confidence_p5", "confidence_p95")
PREFIX = "[{time:%Y/%m/%d %H:%M:%S}] ppocr {level}: "


def format_record(record: Mapping[str, Any]) -> list[str]:
    """The lines of a record, without the prefix."""
    return {"train": _train, "eval": _evaluation, "event": _event}[record["kind"]](record)


def prefixed(record: Mapping[str, Any], line: str) -> str:
    """``[2026/11/21 04:15:00] ppocr INFO: line``, in local time."""
    moment = datetime.datetime.fromtimestamp(record["time"])
    return PREFIX.format(time=moment, level=record.get("level", "INFO")) + line


def _train(record: Mapping[str, Any]) -> list[str]:
    parts = [
        f"epoch: [{record['epoch']}/{record['epoch_num']}]",
        f"global_step: {record['global_step']}",
        f"lr: {record['lr']:.6f}",
    ]
    if strength := record.get("augmentation"):
        parts.append(f"augmentation: {strength:.3f}")
    parts += [f"{name}: {record[name]:.6f}" for name in RATES[:2] if name in record]
    parts += [f"{name}: {value:.6f}" for name, value in record["losses"].items()]
    parts += [
        f"avg_reader_cost: {record['avg_reader_cost']:.5f} s",
        f"avg_batch_cost: {record['avg_batch_cost']:.5f} s",
        f"avg_samples: {record['avg_samples']}",
        f"ips: {record['ips']:.5f} samples/s",
        f"eta: {datetime.timedelta(seconds=int(record['eta_seconds']))}",
    ]
    if "max_mem_reserved_mb" in record:
        parts.append(f"max_mem_reserved: {record['max_mem_reserved_mb']} MB")
        parts.append(f"max_mem_allocated: {record['max_mem_allocated_mb']} MB")
    return [", ".join(parts)]


def _evaluation(record: Mapping[str, Any]) -> list[str]:
    names = [*RATES, *CONFIDENCES, "loss", "fps"]
    lines = [
        f"cur metric, {_listed(record, names)}",
        f"best metric, {_listed(record['best'], [*names, 'best_epoch'])}",
    ]
    for name, scores in record.get("sets", {}).items():
        lines.append(f"metric of {name}, {_listed(scores, ['n', *names])}")
    return lines


def _listed(values: Mapping[str, Any], names: Sequence[str]) -> str:
    return ", ".join(f"{name}: {values[name]}" for name in names if name in values)


def _event(record: Mapping[str, Any]) -> list[str]:
    return str(record["text"]).splitlines()
