"""Our log lines are PaddleOCR's."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ppocr_ext.records.forms import format_record, prefixed
from ppocr_ext.records.patterns import load_patterns
from ppocr_ext.records.reading import read_logs
from ppocr_ext.records.writers import Emitter, JsonLines, PlainConsole, TrainLog

TRAIN = {
    "kind": "train",
    "time": 1_700_000_000.0,
    "epoch": 1,
    "epoch_num": 3,
    "global_step": 4,
    "lr": 0.000125,
    "losses": {"CTCLoss": 188.448708, "loss": 188.448708},
    "acc": 0.0,
    "norm_edit_dis": 0.022054,
    "avg_reader_cost": 0.00358,
    "avg_batch_cost": 10.04011,
    "avg_samples": 16.0,
    "ips": 1.59361,
    "eta_seconds": 144,
}
EVAL = {
    "kind": "eval",
    "time": 1_700_000_000.0,
    "epoch": 1,
    "global_step": 4,
    "acc": 0.5,
    "norm_edit_dis": 0.9,
    "cer": 0.1,
    "wer": 0.2,
    "loss": 1.5,
    "fps": 7.0,
    "best": {"acc": 0.5, "norm_edit_dis": 0.9, "best_epoch": 1},
}


def test_the_strength_of_the_augmentation_stands_beside_the_rate() -> None:
    [line] = format_record({**TRAIN, "augmentation": 0.4})
    assert "lr: 0.000125, augmentation: 0.400, acc: " in line
    assert format_record({**TRAIN, "augmentation": 0.0}) == format_record(TRAIN)


def test_training_line_is_paddleocrs() -> None:
    assert format_record(TRAIN) == [
        "epoch: [1/3], global_step: 4, lr: 0.000125, acc: 0.000000, norm_edit_dis: 0.022054, "
        "CTCLoss: 188.448708, loss: 188.448708, avg_reader_cost: 0.00358 s, "
        "avg_batch_cost: 10.04011 s, avg_samples: 16.0, ips: 1.59361 samples/s, eta: 0:02:24"
    ]


def test_gpu_memory_is_appended_when_known() -> None:
    record = {**TRAIN, "max_mem_reserved_mb": 11326, "max_mem_allocated_mb": 10599}
    assert format_record(record)[0].endswith(
        "eta: 0:02:24, max_mem_reserved: 11326 MB, max_mem_allocated: 10599 MB"
    )


def test_long_runs_show_days() -> None:
    record = {**TRAIN, "eta_seconds": 39 * 86400 + 21 * 3600 + 9 * 60 + 11}
    assert "eta: 39 days, 21:09:11" in format_record(record)[0]


def test_evaluation_lines() -> None:
    assert format_record(EVAL) == [
        "cur metric, acc: 0.5, norm_edit_dis: 0.9, cer: 0.1, wer: 0.2, loss: 1.5, fps: 7.0",
        "best metric, acc: 0.5, norm_edit_dis: 0.9, best_epoch: 1",
    ]


def test_a_line_for_each_set() -> None:
    menus = {"n": 95, "acc": 0.7, "cer": 0.02, "confidence_p95": 0.99, "loss": 1.0, "fps": 9.0}
    assert format_record({**EVAL, "sets": {"menus": menus}})[2:] == [
        "metric of menus, n: 95, acc: 0.7, cer: 0.02, confidence_p95: 0.99, loss: 1.0, fps: 9.0"
    ]


def test_prefix() -> None:
    line = prefixed(TRAIN, "text")
    assert re.fullmatch(r"\[\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\] ppocr INFO: text", line)


def test_records_reach_every_writer_once(tmp_path: Path, capsys) -> None:
    log, lines = tmp_path / "train.log", tmp_path / "metrics.jsonl"
    for _ in range(2):  # a resume appends
        emit = Emitter([TrainLog(log), JsonLines(lines), PlainConsole()])
        emit({key: value for key, value in TRAIN.items() if key != "time"})
        emit({"kind": "event", "name": "save", "text": "Tiếng Việt", "global_step": 4, "epoch": 1})
        emit.close()
    records = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    assert [record["kind"] for record in records] == ["train", "event"] * 2
    assert records[0]["CTCLoss"] == 188.448708 and "losses" not in records[0]
    assert log.read_bytes().count(b"global_step: 4") == 2 and b"\r" not in log.read_bytes()
    assert capsys.readouterr().out.count("Tiếng Việt") == 2


def test_a_number_has_one_name_in_both_logs(tmp_path: Path) -> None:
    """What the card has in use, and the most that Paddle reserved, are two numbers."""
    record = {**TRAIN, "max_mem_reserved_mb": 11326, "max_mem_allocated_mb": 10599}
    record = {**record, "gpu_mem_mb": 15000}  # by NVML; PaddleOCR's line has no place for it
    for name, writer in (("train.log", TrainLog), ("metrics.jsonl", JsonLines)):
        log = writer(tmp_path / name)
        log.write(record)
        log.close()
    text, lines = (
        read_logs([tmp_path / name], load_patterns()).train.points()[0].values
        for name in ("train.log", "metrics.jsonl")
    )
    assert text["max_mem_reserved_mb"] == lines["max_mem_reserved_mb"] == 11326
    assert text["max_mem_allocated_mb"] == lines["max_mem_allocated_mb"] == 10599
    assert lines["gpu_mem_mb"] == 15000 and "gpu_mem_mb" not in text
    assert text.keys() <= lines.keys()
