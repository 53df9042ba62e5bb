"""Going on from a checkpoint, with the same config or a swapped one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import yaml

from ppocr_ext.checkpoint import (
    Checkpoint,
    CheckpointStore,
    read_parameter_names,
    read_pdopt,
    weights_file,
)
from ppocr_ext.checksums import sha256_of
from ppocr_ext.config import Config, completed
from ppocr_ext.config.diff import Change, diff, format_table
from ppocr_ext.console import typed_here
from ppocr_ext.engine.build import Readers
from ppocr_ext.engine.optimizer import load_moments, owner_of
from ppocr_ext.engine.state import TrainState
from ppocr_ext.engine.step import TrainStep
from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text
from ppocr_ext.models.transplant import TransplantPlan, transplant_moment
from ppocr_ext.models.weights import load_weights
from ppocr_ext.text.charset import Charset

Tree = Mapping[str, Any]


def resume_source(config: Config, resume: bool) -> Path | None:
    """Where to continue from: with ``--resume`` the run itself when it has begun, else
    ``Global.checkpoints``; ``None`` for a new run, also one that is to be resumed and has saved
    nothing yet."""
    run, named = Path(config.Global.save_model_dir), config.Global.checkpoints
    store = CheckpointStore(run)
    if resume and (store.newest() is not None or not (named or store.is_empty())):
        return run
    return Path(named) if named else None


def nothing_to_resume(config: Config) -> str:
    """For the log of a start that ``--resume`` asked for."""
    run = Path(config.Global.save_model_dir).as_posix()
    return f"{run} holds no checkpoint to resume yet: the run starts from the beginning"


def cards_of(checkpoint: Checkpoint | None, config: Config) -> int | None:
    """How many cards' batches a step took at the checkpoint that training continues from.

    Sharing them keeps the lines of a step, and so the schedule, on any number of cards. ``None``
    where nothing is to be kept: a new run, another program's, or a batch size that changes.
    """
    if checkpoint is None or "yml" not in checkpoint.files:
        return None
    train = yaml.safe_load(read_text(checkpoint.path("yml"))).get("Train", {})
    size = train.get("loader", {}).get("batch_size_per_card")
    lines = checkpoint.state.get("reader", {}).get("lines_per_batch")
    if not lines or size != config.Train.loader.batch_size_per_card:
        return None
    return max(round(lines / size), 1)


def config_changes(checkpoint: Checkpoint, config: Tree) -> list[Change]:
    """What ``config`` changes against the one the checkpoint was trained with."""
    if "yml" not in checkpoint.files:
        return []
    return diff(completed(yaml.safe_load(read_text(checkpoint.path("yml")))), config)


def refuse_fatal(changes: list[Change], force_partial: bool) -> None:
    """Raise :class:`UserError` when the weights cannot fit, before anything is touched."""
    fatal = [change for change in changes if change.kind == "fatal"]
    if fatal and not force_partial:
        raise UserError(
            "this config cannot continue from the checkpoint:\n" + format_table(fatal),
            "the Architecture that the checkpoint was trained with",
            "restore these keys, start a new run with Global.pretrained_model, or resume with "
            "--force-partial to load what fits",
        )


def start_from(
    config: Config, network: paddle.nn.Layer, charset: Charset, pretrained: str
) -> list[str]:
    """Load a run's pretrained weights into ``network``; returns notes."""
    weights = weights_file(Path(pretrained))
    loaded = load_weights(
        network,
        config.to_dict()["Architecture"],
        weights,
        charset,
        dictionary=config.Global.pretrained_character_dict_path,
        seed=config.Global.seed,
        fresh=config.Global.fresh,
        make=typed_here(config.Global.make_pretrained or ""),
    )
    return [f"load pretrain successful from {weights.as_posix()}", *loaded.notes]


def restore(
    checkpoint: Checkpoint,
    step: TrainStep,
    charset: Charset,
    architecture: Tree,
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
        return [f"the optimizer state starts again for {len(missing)} of {trained} parameters"]
    return []


def state_of(checkpoint: Checkpoint) -> TrainState:
    """Where the checkpoint's run is."""
    if "train" in checkpoint.state:
        state = TrainState.from_dict(checkpoint.state["train"])
    else:  # stock PaddleOCR saves at the end of an epoch
        state = TrainState(
            global_step=checkpoint.global_step,
            epoch=checkpoint.epoch + 1,
            bests={"best_accuracy": dict(checkpoint.metrics)} if checkpoint.metrics else {},
        )
    state.start_epoch = state.epoch
    return state


def place_in_epoch(state: TrainState, saved: Tree, reader: Tree) -> list[str]:
    """Translate the position inside the epoch when the batches are cut differently now.

    ``saved`` and ``reader`` describe the readers of then and now: ``lines_per_batch``,
    ``epoch_lines``, ``batches``, ``accumulation`` and everything else that decides which
    lines a step takes. The epochs that remain keep their number.
    """
    if saved == reader:
        return []
    before, batches, group = state.batch, reader["batches"], reader["accumulation"]
    part = before * saved.get("lines_per_batch", 0) / max(saved.get("epoch_lines", 0), 1)
    state.batch = min(int(part * reader["epoch_lines"] / reader["lines_per_batch"]), batches)
    left = math.ceil((batches - state.batch) / group)
    state.first_step = state.global_step + left - state.epoch * math.ceil(batches / group)
    notes = []
    if before:
        notes.append(
            f"the data or the batches are other ones: from batch {before}, {part:.1%} of the "
            f"epoch, training continues at batch {state.batch}"
        )
    then, now = (
        each.get("lines_per_batch", 0) * each.get("accumulation", 1) for each in (saved, reader)
    )
    if then not in (0, now):
        notes.append(
            f"a step takes {now} lines, {then} before: Train.loader.batch_size_per_card times "
            f"{then / now:g} keeps it"
        )
    return notes


def data_fingerprints(readers: Readers) -> dict[str, str]:
    """Label file → SHA-256 of its content; other sources are known by their size alone."""
    loaders = (readers.train, readers.eval, *readers.sets.values())
    names = [source.name for loader in loaders for source in loader.dataset.sources]
    return {name: sha256_of(Path(name)) for name in names if Path(name).is_file()}


def changed_data(saved: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """A note about each label file whose content is another one than at the checkpoint."""
    return [
        f"{name} has changed since the checkpoint: its lines are read as they are now"
        for name, digest in now.items()
        if saved.get(name, digest) != digest
    ]
