"""Every config that a run was trained with, from which step on, and its facts for people."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppocr_ext.files import read_text, write_text

if TYPE_CHECKING:
    from ppocr_ext.config import Config
    from ppocr_ext.config.diff import Change

CONFIG = "config.yml"
FOLDER = "config_history"
CHANGES = "changes.jsonl"
_LONGEST = 60  # characters of a value that is shown


@dataclass(frozen=True)
class Swap:
    """A change of the config, while training or between two sessions."""

    step: int
    time: float | None
    config: str
    changes: Mapping[str, str]  # "Optimizer.lr.learning_rate" → "0.0005 → 0.0002"

    @property
    def words(self) -> list[str]:
        return [f"{key}: {values}" for key, values in self.changes.items()]

    def touches(self, *parts: str) -> bool:
        """Whether a changed key holds one of ``parts``."""
        return any(part in key for part in parts for key in self.changes)


class ConfigHistory:
    """``config_history/NNNN.yml``, ``config_history/changes.jsonl`` and ``config.yml``.

    ``config.yml`` is what the run trains with now; whatever it said before stays readable.
    """

    def __init__(self, run: Path) -> None:
        self.run, self.folder = run, run / FOLDER

    def newest(self) -> dict[str, Any] | None:
        """The last config of the run, ``None`` for a fresh one."""
        import yaml

        files = self._files()
        return yaml.safe_load(read_text(files[-1])) if files else None

    def current(self) -> dict[str, Any]:
        """``config.yml`` as plain data; empty when there is none or it cannot be read."""
        import yaml

        try:
            config = yaml.safe_load((self.run / CONFIG).read_bytes().decode("utf-8-sig"))
        except (OSError, ValueError, yaml.YAMLError):
            return {}
        return config if isinstance(config, dict) else {}

    def swaps(self) -> list[Swap]:
        """Every change of the config."""
        from ppocr_ext.records.jsonl import read_json_lines  # reading with a model needs no records

        swaps = []
        for entry in read_json_lines(self.folder / CHANGES):
            changes, step = entry.get("changes"), entry.get("global_step")
            if isinstance(changes, list) and changes and isinstance(step, int):
                found = (one for one in changes if isinstance(one, dict))
                values = {str(one.get("key")): _values(one) for one in found}
                swaps.append(Swap(step, entry.get("time"), str(entry.get("config", "")), values))
        return swaps

    def load(self, number: int) -> Config:
        """The config of that number."""
        from ppocr_ext.config import load_config

        return load_config(self._path(number), saved=True)

    def add(self, config: Mapping[str, Any], global_step: int) -> int:
        """Write ``config`` as the newest unless it is; returns its number."""
        from ppocr_ext.config import completed, dump_yaml
        from ppocr_ext.config.diff import diff

        before, number = self.newest(), len(self._files())
        changes = diff(completed(before), config) if before is not None else []
        if before is None or changes:
            number += 1
            text = dump_yaml(dict(config))
            self.folder.mkdir(parents=True, exist_ok=True)  # marks a run's config.yml
            write_text(self.run / CONFIG, text)  # again, should a kill come in between
            write_text(self._path(number), text)
            self._note(number, global_step, changes)
        return number

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:04d}.yml"

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9][0-9][0-9][0-9].yml"))

    def _note(self, number: int, global_step: int, changes: Sequence[Change]) -> None:
        """Append when and at which step this config began to hold, and what it changed."""
        entry = {
            "config": f"{number:04d}.yml",
            "time": round(time.time(), 3),
            "global_step": global_step,
            "changes": [change._asdict() for change in changes],
        }
        with open(self.folder / CHANGES, "a", encoding="utf-8", newline="\n") as stream:
            stream.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _values(change: Mapping[str, Any]) -> str:
    return " → ".join(str(change.get(side))[:_LONGEST] for side in ("old", "new"))


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
