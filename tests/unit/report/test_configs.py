"""Facts of a config, and its swaps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ppocr_ext.report.configs import facts, lookup, read_config, read_swaps


def test_facts_of_a_config() -> None:
    config = {
        "Global": {"model_name": "v6", "character_dict_path": "dicts/vi_dict.txt"},
        "Train": {
            "dataset": {"label_file_list": ["a.txt", "b.txt", "c.txt", "d.txt"]},
            "loader": {"batch_size_per_card": 32},
        },
        "Optimizer": {"name": "AdamW", "lr": {"name": "Cosine", "learning_rate": 0.0005}},
    }
    assert facts(config) == {
        "Model": "v6",
        "Dictionary": "dicts/vi_dict.txt",
        "Training data": "a.txt, b.txt, c.txt and 1 more",
        "Batch": "32",
        "Optimizer": "AdamW, rate 0.0005, Cosine",
    }
    drawn = {"Train": {"dataset": {"label_file_list": "a.txt", "synthetic": {"preset": "mega"}}}}
    assert facts(drawn) == {"Training data": "a.txt; drawn while read: preset mega"}
    drawn["Train"]["dataset"]["synthetic"] = [{"preset": "mega"}, {"preset": "plain"}]
    assert facts(drawn) == {"Training data": "a.txt; drawn while read: preset mega, plain"}
    assert facts({}) == {} and lookup({"a": 1}, "a.b") is None


@pytest.mark.parametrize("content", [b"", b"- a", b"a: [", b"\xff\xfe", b"!!python/object:os.x {}"])
def test_a_config_that_cannot_be_read_is_no_config(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_bytes(content)
    assert read_config(tmp_path) == {}


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
    (swap,) = read_swaps(tmp_path)
    assert (swap.step, swap.changes) == (90, {"Optimizer.lr.learning_rate": "0.0005 → 0.0002"})
    assert swap.touches("Optimizer") and not swap.touches("0.0005")
    assert read_swaps(folder) == []
