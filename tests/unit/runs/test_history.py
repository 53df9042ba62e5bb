"""The configs of a run, and their swaps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ppocr_ext.runs.history import ConfigHistory


@pytest.mark.parametrize("content", [b"", b"- a", b"a: [", b"\xff\xfe", b"!!python/object:os.x {}"])
def test_a_config_that_cannot_be_read_is_no_config(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_bytes(content)
    assert ConfigHistory(tmp_path).current() == {}


def test_the_first_config_is_no_swap(tmp_path: Path) -> None:
    folder = tmp_path / "config_history"
    folder.mkdir()
    change = {"key": "Optimizer.lr.learning_rate", "old": 0.0005, "new": 0.0002}
    entries = [
        {"config": "0001.yml", "time": 1.0, "global_step": 0, "changes": []},
        {"config": "0002.yml", "time": 2.0, "global_step": 90, "changes": [change]},
    ]
    lines = [json.dumps(entry) for entry in entries] + ["{damaged", "3"]
    (folder / "changes.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (swap,) = ConfigHistory(tmp_path).swaps()
    assert (swap.step, swap.changes) == (90, {"Optimizer.lr.learning_rate": "0.0005 → 0.0002"})
    assert swap.touches("Optimizer") and not swap.touches("0.0005")
    assert ConfigHistory(folder).swaps() == []
