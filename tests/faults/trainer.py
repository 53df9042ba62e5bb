"""A toy run in a process that kills itself: the victim of the training fault tests.

``trainer.py CONFIG KILL_AT`` starts the run, or resumes it when it has a checkpoint. With
``KILL_AT`` ≥ 0 it kills itself just before the event of that number: a file operation in the run
folder, a change of the weights, a step just taken. At the end it prints how many there were.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import saver
import toy

from ppocr_ext.checkpoint import CheckpointStore
from ppocr_ext.config import load_config
from ppocr_ext.runtime import prepare_cpu


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


def main() -> None:
    path, number = Path(sys.argv[1]), int(sys.argv[2])
    prepare_cpu(threads=1)
    run = Path(load_config(path).Global.save_model_dir)
    announce_updates(run)
    counted = saver.kill_at(run, number)
    toy.train(path, resume=CheckpointStore(run).newest() is not None)
    print("events", counted[0], flush=True)


if __name__ == "__main__":  # its data readers import it again
    main()
