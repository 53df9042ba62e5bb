"""How a training starts, decided once: new, or from a checkpoint, perhaps with a changed config."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from ppocr_ext.checkpoint import Checkpoint, CheckpointStore, load_checkpoint
from ppocr_ext.checksums import sha256_of
from ppocr_ext.config import Config, completed
from ppocr_ext.config.diff import Change, diff, format_table
from ppocr_ext.console import typed_here
from ppocr_ext.engine.build import Readers
from ppocr_ext.engine.persist import restore
from ppocr_ext.engine.state import TrainState
from ppocr_ext.engine.step import TrainStep
from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text
from ppocr_ext.models.weights import load_weights
from ppocr_ext.records.records import Note
from ppocr_ext.runs.model import find_model
from ppocr_ext.text.charset import Charset

Tree = Mapping[str, Any]
Warn = Callable[[str], None]

RANDOM_START = (
    "the network starts at random, and its fused form does not update BatchNorm's statistics: "
    "set Architecture.form: train, or Global.pretrained_model"
)


@dataclass(frozen=True)
class Fresh:
    """A new run, from the weights of ``Global.pretrained_model``, or at random without.

    notes: for the log.
    """

    weights: str | None = None
    notes: tuple[str, ...] = ()
    cards: ClassVar[None] = None

    def load(
        self, config: Config, charset: Charset, step: TrainStep, batches: Tree, labels: Tree
    ) -> tuple[TrainState, list[str]]:
        """As :meth:`Resume.load`; ``batches`` and ``labels`` are not used."""
        notes = list(self.notes)
        if self.weights:
            weights = find_model(self.weights).trainable
            loaded = load_weights(
                step.network,
                config.tree["Architecture"],
                weights,
                charset,
                dictionary=config.Global.pretrained_character_dict_path,
                seed=config.Global.seed,
                fresh=config.Global.fresh,
                make=typed_here(config.Global.make_pretrained or ""),
            )
            text = f"load pretrain successful from {weights.as_posix()}"
            notes += [Note(text, "pretrain", weights=weights.as_posix()), *loaded.notes]
        elif getattr(step.network, "keeps_statistics", False):
            notes.append(RANDOM_START)
        return TrainState(), notes


@dataclass(frozen=True)
class Resume:
    """On from a checkpoint.

    Attributes:
        config: what it was trained with; ``None`` where that is not stored with it.
        changes: what the config of now changes against it.
        cards: how many cards' batches a step took. Sharing them keeps the lines of a step, and so
            the schedule, on any number of cards. ``None`` where nothing is to be kept: another
            program's checkpoint, or a batch size that changes.
        force_partial: the network may be another one: what fits is loaded.
    """

    checkpoint: Checkpoint
    config: Tree | None
    changes: list[Change]
    cards: int | None
    force_partial: bool = False

    def load(
        self, config: Config, charset: Charset, step: TrainStep, batches: Tree, labels: Tree
    ) -> tuple[TrainState, list[str]]:
        """Load everything into ``step``; where the run is then, and notes for the log.

        Args:
            batches: :meth:`ppocr_ext.engine.build.Readers.describe`.
            labels: :func:`data_fingerprints` of them; empty to compare nothing.
        """
        saved, architecture = self.checkpoint.state, config.tree["Architecture"]
        dictionary = config.Global.pretrained_character_dict_path
        state, notes = restore(
            self.checkpoint, step, charset, architecture, dictionary, self.force_partial
        )
        notes += place_in_epoch(state, saved.get("reader", {}), batches)
        return state, notes + changed_data(saved.get("data_fingerprints", {}), labels)


Start = Fresh | Resume


def decide(config: Config, *, resume: bool, force_partial: bool, warn: Warn) -> Start:
    """With ``--resume`` from the run itself when it has started, else from ``Global.checkpoints``.

    A new run when neither is there, also one that is to be resumed and has saved nothing yet.

    Raises:
        UserError: no intact checkpoint is left, or ``config`` cannot continue from it.
    """
    run, named = Path(config.Global.save_model_dir), config.Global.checkpoints
    store = CheckpointStore(run)
    if resume and (store.newest() is not None if named else not store.is_empty()):
        return continue_from(run, config, force_partial, warn)
    if named:
        return continue_from(Path(named), config, force_partial, warn)
    nothing = (
        f"{run.as_posix()} holds no checkpoint to resume yet: the run starts from the beginning"
    )
    return Fresh(config.Global.pretrained_model, (nothing,) if resume else ())


def continue_from(path: Path, config: Config, force_partial: bool, warn: Warn) -> Resume:
    """On from the intact checkpoint at ``path``; its files are read and hashed here, once."""
    checkpoint = load_checkpoint(path, warn)
    stored = None
    if "yml" in checkpoint.files:
        stored = yaml.safe_load(read_text(checkpoint.path("yml")))
    changes = diff(completed(stored), config.tree) if stored is not None else []
    fatal = [change for change in changes if change.kind == "fatal"]
    if fatal and not force_partial:
        raise UserError(
            "this config cannot continue from the checkpoint:\n" + format_table(fatal),
            "the Architecture that the checkpoint was trained with",
            "restore these keys, start a new run with Global.pretrained_model, or resume with "
            "--force-partial to load what fits",
        )
    cards = _cards(stored or {}, checkpoint.state.get("reader", {}), config)
    return Resume(checkpoint, stored, changes, cards, force_partial)


def _cards(stored: Tree, reader: Tree, config: Config) -> int | None:
    """:attr:`Resume.cards`; ``stored`` and ``reader`` are the config and the readers of then."""
    size = stored.get("Train", {}).get("loader", {}).get("batch_size_per_card")
    lines = reader.get("lines_per_batch")
    if not lines or size != config.Train.loader.batch_size_per_card:
        return None
    return max(round(lines / size), 1)


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
            f"the data or the batches have changed: from batch {before}, {part:.1%} of the "
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
    """A note about each label file whose content has changed since the checkpoint."""
    return [
        f"{name} has changed since the checkpoint: its lines are read as they are now"
        for name, digest in now.items()
        if saved.get(name, digest) != digest
    ]
