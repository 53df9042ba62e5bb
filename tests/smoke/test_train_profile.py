"""tools/train.py --profile: tables and a trace of some steps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import toy

from ppocr_ext.config import load_config
from ppocr_ext.engine.session import Request, run_training


def test_a_profile_tells_phases_operators_and_a_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = toy.make(tmp_path, Global__epoch_num=2)
    config = load_config(path)
    run_training(config, Request([path], lambda: config, "", profile=2))
    folder = Path(config.Global.save_model_dir) / "profile"
    table = (folder / "table.txt").read_text(encoding="utf-8")
    assert table.startswith("2 steps, ")
    assert all(word in table for word in ("Forward", "Backward", "Optimization", "conv2d"))
    trace = json.loads((folder / "trace.json").read_text(encoding="utf-8"))
    assert len(trace["traceEvents"]) > 100
    assert not (tmp_path / "profiler_log").exists(), "Paddle's own choice"
    [event] = toy.records(folder.parent, "profile")
    assert event["global_step"] == 5 and "2 steps" in event["text"]


def test_a_run_that_ends_early_is_reported_too(tmp_path: Path) -> None:
    path = toy.make(tmp_path, Global__epoch_num=1, Global__max_steps=4)
    config = load_config(path)
    run_training(config, Request([path], lambda: config, "", profile=50))
    table = (Path(config.Global.save_model_dir) / "profile" / "table.txt").read_text("utf-8")
    assert table.startswith("1 step, ")
