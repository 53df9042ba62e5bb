"""What the run was trained with: its config in a few facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def lookup(config: Mapping[str, Any], path: str) -> Any:
    """``Train.loader.batch_size_per_card`` of a nested mapping; ``None`` when it is not there."""
    value: Any = config
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def facts(config: Mapping[str, Any]) -> dict[str, str]:
    """What a reader wants to know of a config, by its title; unknown facts are left out."""
    sets = lookup(config, "Eval.sets")
    found = {
        "Model": lookup(config, "Global.model_name") or lookup(config, "Architecture.algorithm"),
        "Starts from": lookup(config, "Global.pretrained_model"),
        "Dictionary": lookup(config, "Global.character_dict_path"),
        "Training data": _lines(config, "Train"),
        "Validation data": _lines(config, "Eval"),
        "Evaluated beside it": ", ".join(map(str, sets)) if isinstance(sets, Mapping) else "",
        "Batch": lookup(config, "Train.loader.batch_size_per_card"),
        "Optimizer": _optimizer(config),
    }
    return {title: str(value) for title, value in found.items() if value not in (None, "")}


def _lines(config: Mapping[str, Any], section: str) -> str:
    """The label files of a section, and the preset whose lines are drawn while they are read."""
    value = lookup(config, f"{section}.dataset.label_file_list")
    names = value if isinstance(value, list) else [value] if value else []
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    files = ", ".join(str(name) for name in names[:3]) + more
    mixture = lookup(config, f"{section}.dataset.synthetic")
    mixture = mixture if isinstance(mixture, list) else [mixture]  # one alone until 2026-11-30
    presets = [lookup(each, "preset") for each in mixture if isinstance(each, Mapping)]
    drawn = f"drawn while read: preset {', '.join(map(str, presets))}" if presets else ""
    return "; ".join(filter(None, (files, drawn)))


def _optimizer(config: Mapping[str, Any]) -> str:
    name = lookup(config, "Optimizer.name")
    if not name:
        return ""
    schedule = lookup(config, "Optimizer.lr.name") or "constant"
    return f"{name}, rate {lookup(config, 'Optimizer.lr.learning_rate')}, {schedule}"
