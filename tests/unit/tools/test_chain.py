"""make_data, check_data, train, each without options: one makes what the next one reads."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ppocr_ext.config import load_config


def tool(name: str) -> ModuleType:
    return import_module(f"ppocr_ext.cli.{name}")


def test_without_options_one_tool_makes_what_the_next_one_reads() -> None:
    made = f"./output/data/{tool('make_data').parse([]).preset}"
    for name in ("check_data", "train"):
        config = load_config(tool(name).parse([]).config)
        assert config.Train.dataset.label_file_list == [f"{made}/train.txt"]
        assert config.Eval.dataset.label_file_list == [f"{made}/val.txt"]
        assert config.Train.dataset.make == config.Eval.dataset.make
        assert config.Train.dataset.make == "python tools/make_data.py --preset quick"
