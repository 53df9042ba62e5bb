"""A run's tensors and state into checkpoints, and back."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import paddle

from ppocr_ext.checkpoint import (
    Checkpoint,
    CheckpointStore,
    Mirror,
    read_parameter_names,
    read_pdopt,
    write_states,
)
from ppocr_ext.checkpoint.checkpoint import BEST
from ppocr_ext.config import dump_yaml
from ppocr_ext.engine.optimizer import load_moments, owner_of, parameter_names
from ppocr_ext.engine.state import TrainState
from ppocr_ext.engine.step import TrainStep
from ppocr_ext.files import write_text
from ppocr_ext.models.transplant import TransplantPlan, transplant_moment
from ppocr_ext.models.weights import load_weights
from ppocr_ext.runs.history import CONFIG
from ppocr_ext.runs.run import LOGS
from ppocr_ext.text.charset import Charset


class RunCheckpoints:
    """Saves everything of one run that a resume needs, and has it copied to the mirror.

    Args:
        config: the run's, plain; set it again when live keys change.
        facts: what is fixed for this session and readable in the manifest (fingerprints).
        average: averaged weights, saved beside as ``.ema`` in the format of ``.pdparams``.
    """

    def __init__(
        self,
        store: CheckpointStore,
        step: TrainStep,
        charset: Charset,
        config: Mapping[str, Any],
        facts: Mapping[str, Any],
        average: Mapping[str, Any] | None = None,
        mirror: Mirror | None = None,
    ) -> None:
        self.store, self.step, self.charset = store, step, charset
        self.config, self.facts, self.average, self.mirror = config, facts, average, mirror

    def save(self, names: Sequence[str], state: TrainState) -> Checkpoint:
        """Write one verified checkpoint and publish it under ``names`` (``latest`` …)."""
        stock = {
            "best_model_dict": state.best,
            "epoch": state.epoch,
            "global_step": state.global_step,
        }
        writers: dict[str, Callable[[Path], None]] = {
            "pdparams": _saver(self.step.network.state_dict()),
            "pdopt": _saver(self.step.optimizer.state_dict()),
            "states": lambda path: write_states(path, stock),
            "yml": lambda path: write_text(path, dump_yaml(dict(self.config))),
        }
        if self.average is not None:
            writers["ema"] = _saver(self.average)
        content = {
            "train": state.to_dict(),
            "scaler": self.step.loss_scale.state(),
            "parameter_names": parameter_names(self.step.network),
            "characters": list(self.charset.characters),
            "use_space_char": self.charset.use_space_char,
            **self.facts,
        }
        checkpoint = self.store.save(
            names,
            writers,
            content,
            metrics=state.best,
            global_step=state.global_step,
            epoch=state.epoch,
        )
        self._copy(names)
        return checkpoint

    def publish(self, checkpoint: Checkpoint, name: str) -> None:
        """Give a saved checkpoint one more name."""
        self.store.publish(checkpoint, name)
        self._copy([name])

    def close(self) -> None:
        """Let the mirror finish what waits."""
        if self.mirror is not None and not self.mirror.close():
            print(
                f"warning: the mirror {self.mirror.directory} is not up to date; the run in "
                f"{self.store.directory} is complete",
                file=sys.stderr,
            )

    def _copy(self, names: Sequence[str]) -> None:
        if self.mirror is not None:
            self.mirror.submit(*names)


def open_mirror(
    directory: str | None, store: CheckpointStore, warn: Callable[[str], None]
) -> Mirror | None:
    """The mirror of a run's checkpoints and logs in ``Global.mirror_dir``, if there is one."""
    if not directory:
        return None
    logs = [store.directory / name for name in (*LOGS, CONFIG)]
    return Mirror(store, Path(directory), logs=logs, warn=warn)


def _saver(tensors: Mapping[str, Any]) -> Callable[[Path], None]:
    """A writer that stores ``tensors`` in Paddle's format."""

    def write(path: Path) -> None:
        buffer = io.BytesIO()  # Paddle's own writer cannot open every Unicode path on Windows
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an optimizer that has not taken a step
            paddle.save(dict(tensors), buffer)
        path.write_bytes(buffer.getvalue())

    return write


def restore(
    checkpoint: Checkpoint,
    step: TrainStep,
    charset: Charset,
    architecture: Mapping[str, Any],
    dictionary: str | None = None,
    force_partial: bool = False,
) -> tuple[TrainState, list[str]]:
    """Load weights, optimizer and loss scale into ``step``; returns the state and notes.

    Checkpoints of stock PaddleOCR and of others give what they hold.
    """
    saved = checkpoint.state
    characters = saved.get("characters")
    source = Charset(characters, saved["use_space_char"]) if characters else None
    loaded = load_weights(
        step.network,
        architecture,
        checkpoint.path("pdparams"),
        charset,
        source,
        dictionary=dictionary,
        partial=force_partial,
        digests=checkpoint.digests,
    )
    notes = loaded.notes
    if "pdopt" in checkpoint.files:
        notes += _restore_moments(checkpoint, step, loaded.head)
    step.loss_scale.restore(saved.get("scaler", {}))
    return state_of(checkpoint), notes


def _restore_moments(checkpoint: Checkpoint, step: TrainStep, head: TransplantPlan) -> list[str]:
    """Optimizer state where it fits, the head's moved along; notes about what starts again."""
    names = checkpoint.state.get("parameter_names") or read_parameter_names(
        checkpoint.path("pdparams")
    )
    moments = {
        key: value
        for key, value in read_pdopt(checkpoint.path("pdopt")).items()
        if isinstance(value, np.ndarray)
    }
    if not head.is_identity:
        owners = {owner: name for name, owner in names.items()}
        for key, value in moments.items():
            name = owners.get(owner_of(key, owners) or "", "")
            moments[key] = transplant_moment(head, name, value)
    missing = load_moments(step.optimizer, moments, names, step.network)
    trained = len(step.parameters)
    if missing:
        return [f"the optimizer state is reset for {len(missing)} of {trained} parameters"]
    return []


def state_of(checkpoint: Checkpoint) -> TrainState:
    """Where the checkpoint's run is."""
    if "train" in checkpoint.state:
        state = TrainState.from_dict(checkpoint.state["train"])
    else:  # stock PaddleOCR saves at the end of an epoch
        state = TrainState(
            global_step=checkpoint.global_step,
            epoch=checkpoint.epoch + 1,
            bests={BEST: dict(checkpoint.metrics)} if checkpoint.metrics else {},
        )
    state.start_epoch = state.epoch
    return state
