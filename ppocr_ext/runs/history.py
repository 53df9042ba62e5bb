"""Every config that a run was trained with, and when each took over."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ppocr_ext.config import Config, completed, dump_yaml, load_config
from ppocr_ext.config.diff import Change, diff
from ppocr_ext.files import read_text, write_text

CONFIG = "config.yml"
FOLDER = "config_history"
CHANGES = "changes.jsonl"


class ConfigHistory:
    """``config_history/NNNN.yml``, ``config_history/changes.jsonl`` and ``config.yml``.

    ``config.yml`` is what the run trains with now; whatever it said before stays readable.
    """

    def __init__(self, run: Path) -> None:
        self.run, self.folder = run, run / FOLDER

    def newest(self) -> dict[str, Any] | None:
        """The last config of the run, ``None`` for a fresh one."""
        files = self._files()
        return yaml.safe_load(read_text(files[-1])) if files else None

    def load(self, number: int) -> Config:
        """The config of that number."""
        return load_config(self._path(number), saved=True)

    def add(self, config: Mapping[str, Any], global_step: int) -> int:
        """Write ``config`` as the newest unless it is; returns its number."""
        before, number = self.newest(), len(self._files())
        changes = diff(completed(before), config) if before is not None else []
        if before is None or changes:
            number += 1
            text = dump_yaml(dict(config))
            self.folder.mkdir(parents=True, exist_ok=True)  # tells a run's config.yml from others
            write_text(self.run / CONFIG, text)  # again, should a kill come in between
            write_text(self._path(number), text)
            self._note(number, global_step, changes)
        return number

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:04d}.yml"

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9][0-9][0-9][0-9].yml"))

    def _note(self, number: int, global_step: int, changes: Sequence[Change]) -> None:
        """Append when and where this config took over, and what it changed."""
        entry = {
            "config": f"{number:04d}.yml",
            "time": round(time.time(), 3),
            "global_step": global_step,
            "changes": [change._asdict() for change in changes],
        }
        with open(self.folder / CHANGES, "a", encoding="utf-8", newline="\n") as stream:
            stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
