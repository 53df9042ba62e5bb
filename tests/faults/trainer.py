"""A toy run in a process that kills itself: the victim of the training fault tests.

It starts the run, or resumes it when it has a checkpoint. An event is a file operation in the run
folder or a change of the weights, about to be made or just made; number -1 never comes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import saver
import toy

from ppocr_ext.checkpoint import CheckpointStore
from ppocr_ext.config import load_config


def announce_updates(run: Path) -> None:
    """Make the moments around each change of the weights events like file operations."""
    from ppocr_ext.engine.step import TrainStep

    update = TrainStep._update

    def announced(self: TrainStep, *arguments: Any) -> Any:
        sys.audit("open", str(run / "about to change the weights"), "", 0)
        result = update(self, *arguments)
        sys.audit("open", str(run / "changed the weights"), "", 0)
        return result

    TrainStep._update = announced


def train(path: str, number: int) -> None:
    """Start or resume the run of the config at ``path``; die before event ``number``."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the end
    run = Path(load_config(Path(path)).Global.save_model_dir)
    announce_updates(run)
    saver.kill_at(run, number)
    toy.train(Path(path), resume=CheckpointStore(run).newest() is not None)
