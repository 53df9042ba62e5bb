"""What lies in a run's folder: every checkpoint, readable or not, newest first; and which stay."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from ppocr_ext.checkpoint.checkpoint import (
    BEST,
    FOLDER_STEM,
    LATEST,
    MANIFEST_SUFFIX,
    STOCK_SUFFIXES,
    Checkpoint,
    DamagedError,
    Manifest,
)
from ppocr_ext.checkpoint.safe_pickle import read_states
from ppocr_ext.errors import UserError

FOLDERS = "checkpoints"
_USUAL_NAMES = (LATEST, BEST, FOLDER_STEM)  # of other programs
_FOLDER_NAME = re.compile(r"step_\d+(-\d+)?$")


@dataclass(frozen=True)
class Unreadable:
    """A checkpoint whose manifest is damaged: nothing about it is certain."""

    prefix: Path
    manifest: Path
    problem: str  # of the manifest, in words after its name
    serial: int  # from the clock of its files

    def problems(self) -> list[str]:
        return [f"{self.prefix.parent}: {self.manifest.name} {self.problem}"]


def run_folder(weights: Path) -> Path:
    """The run that a ``.pdparams`` file belongs to; its checkpoints have folders of their own."""
    in_own_folder = weights.stem == FOLDER_STEM and weights.parent.parent.name == FOLDERS
    return weights.parents[2] if in_own_folder else weights.parent


def newest_first(directory: Path, name: str | None = None) -> list[Checkpoint | Unreadable]:
    """All that could be meant by ``name``; ``None`` and ``latest`` mean any.

    Of one checkpoint's places its own folder comes first, then the published copies.
    """
    anything = name in (None, LATEST)
    published = published_names(directory)
    found = [
        *(one for one in in_folders(directory) if anything or _may_bear(one, name)),
        *_read(directory / flat for flat in published if anything or flat == name),
    ]
    return sorted(found, key=attrgetter("serial"), reverse=True)  # stable


def in_folders(directory: Path) -> list[Checkpoint | Unreadable]:
    """The checkpoints in folders of their own, ``checkpoints/step_…/model.*``, newest first."""
    found = _read(folder_prefixes(directory))
    return sorted(found, key=attrgetter("serial"), reverse=True)


def folder_prefixes(directory: Path) -> list[Path]:
    """``checkpoints/step_…/model`` of each of those folders; nothing in them is read."""
    root = directory / FOLDERS
    folders = sorted(root.iterdir()) if root.is_dir() else []
    return [folder / FOLDER_STEM for folder in folders if _FOLDER_NAME.match(folder.name)]


def readable(found: Iterable[Checkpoint | Unreadable]) -> list[Checkpoint]:
    return [one for one in found if isinstance(one, Checkpoint)]


def published_names(directory: Path) -> list[str]:
    """The flat names: a JSON with at least one of PaddleOCR's files beside it."""
    names = (path.stem for path in sorted(directory.glob(f"*.{MANIFEST_SUFFIX}")))
    return [
        name
        for name in names
        if any((directory / f"{name}.{suffix}").exists() for suffix in STOCK_SUFFIXES)
    ]


def to_keep(manifests: Iterable[Manifest], keep_last: int, keep_every: int | None) -> set[str]:
    """The ids of the ``keep_last`` newest, of every ``keep_every`` steps, and of each best one.

    Every ``best_*`` name protects the newest checkpoint that bears it. ``iter_epoch_N`` needs no
    protection: its files outlive the folder that they were published from.
    """
    newest = sorted(manifests, key=lambda manifest: manifest.serial, reverse=True)
    kept = {manifest.id for manifest in newest[:keep_last]}
    if keep_every:
        kept |= {manifest.id for manifest in newest if manifest.global_step % keep_every == 0}
    guarded: set[str] = set()
    for manifest in newest:
        bests = {name for name in manifest.names if is_best(name)}
        if bests - guarded:
            kept.add(manifest.id)
        guarded |= bests
    return kept


def is_best(name: str) -> bool:
    return name.startswith("best")


def _read(prefixes: Iterable[Path]) -> Iterator[Checkpoint | Unreadable]:
    for prefix in prefixes:
        try:
            yield Checkpoint.at(prefix)
        except DamagedError as error:
            yield Unreadable(prefix, error.manifest, error.problem, _last_change(prefix))


def _last_change(prefix: Path) -> int:
    """Milliseconds since 1970; 0 when nothing is left, as of a folder that is being removed."""
    times = [0.0]
    for path in prefix.parent.glob(f"{prefix.name}.*"):
        with contextlib.suppress(FileNotFoundError):
            times.append(path.stat().st_mtime)
    return int(max(times) * 1000)


def _may_bear(one: Checkpoint | Unreadable, name: str | None) -> bool:
    """Whether a checkpoint in its folder has that name: unknown without its manifest."""
    return isinstance(one, Unreadable) or name in (FOLDER_STEM, *one.names)


def find_foreign(
    directory: Path, name: str | None, warn: Callable[[str], None]
) -> Checkpoint | None:
    """The partial checkpoint ``<directory>/<name>.*`` of stock PaddleOCR or others, which has no
    manifest; without a name the usual or only one."""
    for candidate in [name] if name else foreign_names(directory):
        prefix = directory / candidate
        files = {
            suffix: path
            for suffix in STOCK_SUFFIXES
            if (path := prefix.with_name(f"{candidate}.{suffix}")).is_file()
        }
        if "pdparams" in files:
            return _open(prefix, files, warn)
    return None


def foreign_names(directory: Path) -> list[str]:
    """The usual names of weights that lie there; another one only when it is alone."""
    there = sorted(path.stem for path in directory.glob("*.pdparams"))
    return [name for name in _USUAL_NAMES if name in there] or there * (len(there) == 1)


def _open(prefix: Path, files: dict[str, Path], warn: Callable[[str], None]) -> Checkpoint:
    warn(f"{prefix}: no manifest ({prefix.name}.json), so its files could not be verified")
    states = {}
    if "states" in files:
        try:
            states = read_states(files["states"])
        except UserError as error:
            warn(f"{error.found}; its epoch and best metrics are not known")
            files = {suffix: path for suffix, path in files.items() if suffix != "states"}
    best = states.get("best_model_dict")
    return Checkpoint(
        prefix=prefix,
        files=files,
        state=states,
        metrics=best if isinstance(best, dict) else {},
        global_step=int(states.get("global_step") or 0),
        epoch=int(states.get("epoch") or 0),
    )
