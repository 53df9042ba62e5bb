"""The console's progress, and files that a kill cut inside a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ppocr_ext.records.writers import JsonLines, LiveConsole

TRAIN: dict[str, Any] = {
    "kind": "train",
    "time": 1_763_698_500.0,
    "epoch": 1,
    "epoch_num": 20,
    "global_step": 30,
    "lr": 1e-4,
    "losses": {"CTCLoss": 2.5, "loss": 2.5},
    "avg_reader_cost": 0.001,
    "avg_batch_cost": 2.0,
    "avg_samples": 32.0,
    "ips": 16.0,
    "eta_seconds": 25 * 3600,
}


def test_progress_tells_days(capsys: pytest.CaptureFixture[str]) -> None:
    console = LiveConsole(total_steps=100)
    console.write(TRAIN)
    console.close()
    out = capsys.readouterr().out
    assert "loss 2.500" in out and "left 1 day, 1:00:00" in out and "30/100" in out
    assert "global_step: 30" in out, "the line of the log stands above"


def test_a_torn_last_line_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"kind": "train", "global_st')
    writer = JsonLines(path)
    writer.write(TRAIN)
    writer.close()
    torn, whole = path.read_text(encoding="utf-8").splitlines()
    assert torn.endswith("global_st")
    record = json.loads(whole)
    assert record["CTCLoss"] == record["loss"] == 2.5 and "losses" not in record
