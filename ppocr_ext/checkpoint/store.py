"""A run's checkpoints: saved atomically, verified when loaded, the oldest removed."""

from __future__ import annotations

import logging
import secrets
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace as with_changes
from functools import partial
from pathlib import Path
from typing import Any

from ppocr_ext.checkpoint import disk
from ppocr_ext.checkpoint.checkpoint import (
    FOLDER_STEM,
    MANIFEST_SUFFIX,
    Checkpoint,
    DamagedError,
    Manifest,
    as_json,
    weights_file,
)
from ppocr_ext.checkpoint.inventory import (
    FOLDERS,
    find_foreign,
    folder_prefixes,
    in_folders,
    is_best,
    newest_first,
    published_names,
    readable,
    to_keep,
)
from ppocr_ext.errors import UserError
from ppocr_ext.files import sync_folder

Writer = Callable[[Path], Any]
Warn = Callable[[str], None]


class CheckpointStore:
    """The checkpoints in a run's folder::

        output/vi_rec/checkpoints/step_00001000/model.{pdparams,pdopt,states,json}
        output/vi_rec/latest.{pdparams,pdopt,states,json}
        output/vi_rec/best_accuracy.{…}, iter_epoch_3.{…}

    A checkpoint is made in a temporary folder, synced, read back and only then renamed: at every
    instant the newest complete one can be loaded. PaddleOCR's names are published from it.

    Args:
        directory: ``Global.save_model_dir``.
        keep_last: newest checkpoints that stay; 2 or more, so that a damaged one can be replaced.
        keep_every: also keep those whose global step is a multiple of it.
        warn: called with one sentence about a problem that did not stop the work.
    """

    def __init__(
        self,
        directory: Path,
        keep_last: int = 3,
        keep_every: int | None = None,
        warn: Warn | None = None,
    ) -> None:
        if keep_last < 1:
            raise ValueError(f"keep_last is {keep_last}; at least 1 checkpoint must stay")
        self.directory = Path(directory)
        self.folders = self.directory / FOLDERS
        self.keep_last, self.keep_every = keep_last, keep_every  # may be changed at any time
        self._warn: Warn = warn or logging.getLogger(__name__).warning

    # ---- saving

    def save(
        self,
        names: str | Sequence[str],
        writers: Mapping[str, Writer],
        state: Mapping[str, Any],
        metrics: Mapping[str, Any] | None = None,
        *,
        global_step: int,
        epoch: int,
    ) -> Checkpoint:
        """Write one checkpoint and publish it under each of ``names``.

        Args:
            names: ``latest``, ``best_accuracy`` … ; the files are written once for all of them.
            writers: suffix → function that writes that file to the path it is given.
            state: what resuming needs, JSON values.

        Raises:
            OSError: the checkpoint could not be written; those before it are untouched.
        """
        names = (names,) if isinstance(names, str) else tuple(names)
        manifest = Manifest(
            id=secrets.token_hex(8),
            serial=self._next_serial(),
            names=names,
            global_step=global_step,
            epoch=epoch,
            metrics=as_json(metrics or {}),
            files={},
            state=as_json(state),
        )
        checkpoint = self._write(manifest, writers)
        for name in names:
            checkpoint = self.publish(checkpoint, name)
        self.retain()
        return checkpoint

    def publish(self, checkpoint: Checkpoint, name: str) -> Checkpoint:
        """Give a saved checkpoint one more name (``best_accuracy``) without writing it again.

        The checkpoint is safe in its folder already, so a failure is a warning.
        """
        try:
            return publish(checkpoint, self.directory, name)
        except OSError as error:
            folder = checkpoint.prefix.parent
            kept = f"is saved in {folder}" if folder.is_dir() else "was removed by another process"
            self._warn(
                f"{checkpoint.describe()} {kept}, but could not be written as {name}: {error}"
            )
            return checkpoint

    def adopt(self, source: Checkpoint, name: str) -> Checkpoint:
        """Copy another store's checkpoint here, verified, and publish it as ``name``.

        Raises:
            OSError: it could not be copied, or the copy is not what the source's manifest says.
        """
        if source.manifest is None:
            raise ValueError(f"{source.prefix} has no manifest to verify a copy with")
        own = self._copy_of(source)
        if own is None:
            copiers = {
                suffix: partial(shutil.copyfile, path) for suffix, path in source.files.items()
            }
            manifest = with_changes(source.manifest, names=(name,))
            own = self._write(manifest, copiers)
        own = publish(own, self.directory, name)
        self.retain()
        return own

    def _copy_of(self, source: Checkpoint) -> Checkpoint | None:
        """The intact copy that is here already; a damaged one makes room for another."""
        for saved in readable(in_folders(self.directory)):
            if saved.id == source.id:
                if not saved.problems():
                    return saved
                disk.discard(saved.prefix.parent)
        return None

    def _write(self, manifest: Manifest, writers: Mapping[str, Writer]) -> Checkpoint:
        """Make the folder; files that the manifest knows already must become just those."""
        disk.remove_abandoned(self.directory)
        disk.remove_abandoned(self.folders)
        self.folders.mkdir(parents=True, exist_ok=True)
        with disk.temporary(self.folders) as folder:
            folder.mkdir()
            files = {}
            for suffix, write in writers.items():
                suffix = suffix.lstrip(".")
                path = folder / f"{FOLDER_STEM}.{suffix}"
                write(path)
                files[suffix] = disk.settle(path, manifest.files.get(suffix))
            manifest = with_changes(manifest, files=files)
            manifest.write(folder / f"{FOLDER_STEM}.{MANIFEST_SUFFIX}")
            sync_folder(folder)
            target = self._commit(folder, manifest.global_step)
        # Not read back: another process that saves here may have removed it already, as an old one.
        return Checkpoint.of(target / FOLDER_STEM, manifest)

    def _commit(self, folder: Path, global_step: int) -> Path:
        """Rename the finished folder; a step reached twice (after a rollback) gets ``-2`` …"""
        name = f"step_{global_step:08d}"
        attempt = 1
        while True:
            target = self.folders / (name if attempt == 1 else f"{name}-{attempt}")
            try:
                disk.rename(folder, target)
            except FileExistsError:
                attempt += 1
                continue
            sync_folder(self.folders)
            return target

    def _next_serial(self) -> int:
        newest = self.newest()
        return max(int(time.time() * 1000), newest.serial + 1 if newest else 0)

    def retain(self) -> list[str]:
        """Remove the checkpoints that the retention policy gives up; return their names."""
        saved = readable(in_folders(self.directory))
        manifests = [checkpoint.manifest for checkpoint in saved if checkpoint.manifest]
        kept = to_keep(manifests, self.keep_last, self.keep_every)
        removed = []
        for checkpoint in saved:
            if checkpoint.id not in kept:
                try:
                    disk.discard(checkpoint.prefix.parent)
                    removed.append(checkpoint.name)
                except OSError as error:
                    self._warn(f"the old {checkpoint.name} could not be removed: {error}")
        return removed

    # ---- loading

    def load(self, name: str | None = None) -> Checkpoint:
        """The newest intact checkpoint of that name, every byte verified.

        ``None`` and ``latest`` mean the newest of all. A damaged one is skipped with a
        warning. Without any of ours, files of stock PaddleOCR or others are taken as they are
        (``partial``).

        Raises:
            UserError: there is none, or all are damaged: the message names each file.
        """
        damage: list[str] = []
        for found in newest_first(self.directory, name):
            problems = found.problems()
            if isinstance(found, Checkpoint) and not problems:
                if damage:
                    self._warn(
                        f"damaged: {'; '.join(damage)}. {found.describe()} in "
                        f"{found.prefix.parent} is used instead"
                    )
                return with_changes(found, verified=True)
            damage += problems
        if not damage and (foreign := find_foreign(self.directory, name, self._warn)):
            return foreign
        raise self._nothing_to_load(name, damage)

    def find(self, name: str) -> Checkpoint | None:
        """The newest checkpoint of that name, files unverified; ``None`` when there is none."""
        return next(iter(readable(newest_first(self.directory, name))), None)

    def newest(self) -> Checkpoint | None:
        """The newest checkpoint, files unverified; in a copied run it may have no own folder."""
        return next(iter(readable(newest_first(self.directory))), None)

    def is_empty(self) -> bool:
        """Whether there is nothing that :meth:`load` could take or call damaged."""
        found = (*folder_prefixes(self.directory), *published_names(self.directory))
        return not found and not any(self.directory.glob("*.pdparams"))

    def _nothing_to_load(self, name: str | None, damage: list[str]) -> UserError:
        if damage:
            listed = "".join(f"\n  - {problem}" for problem in damage)
            return UserError(
                f"{self.directory}: no intact checkpoint is left{listed}",
                cure="restore these files from a copy, or start again from pretrained weights "
                "(Global.pretrained_model)",
            )
        there = {saved.name for saved in readable(newest_first(self.directory))}
        return UserError(
            f"{self.directory}: no checkpoint" + (f" '{name}'" if name else ""),
            expected=", ".join(sorted(there)) or "latest.pdparams, best_accuracy.pdparams …",
            cure="give the checkpoint prefix, e.g. output/vi_rec/latest",
        )


def load_checkpoint(path: Path, warn: Warn | None = None) -> Checkpoint:
    """The checkpoint at a path as people type it.

    A prefix (``output/vi_rec/latest``), one of its files (``….pdparams``), the folder of a
    checkpoint, or the folder of a run (then the newest intact one).
    """
    path = Path(path)
    if path.is_dir():
        own = any(path.glob(f"{FOLDER_STEM}.*"))
        return CheckpointStore(path, warn=warn).load(FOLDER_STEM if own else None)
    return CheckpointStore(path.parent, warn=warn).load(weights_file(path).stem)


def publish(checkpoint: Checkpoint, directory: Path, name: str) -> Checkpoint:
    """Make ``<directory>/<name>.*`` the same checkpoint; return it, now bearing that name.

    All files are prepared beside their place first, so that a full disk leaves the old ones; the
    manifest is replaced last. ``latest`` is linked. ``best_*`` is copied: nothing else can stand
    in for it when its bytes go bad.

    Raises:
        OSError: not published; the checkpoint itself is as safe as before.
    """
    if checkpoint.manifest is None:
        raise ValueError(f"{checkpoint.prefix} has no manifest: it cannot be published")
    manifest = checkpoint.manifest
    if name not in manifest.names:
        manifest = with_changes(manifest, names=(*manifest.names, name))
        _put(manifest, checkpoint.path(MANIFEST_SUFFIX), directory)
    target = directory / name
    with ExitStack() as temporaries:
        staged: dict[Path, Path] = {}
        for suffix, record in manifest.files.items():
            temporary = temporaries.enter_context(disk.temporary(directory))
            disk.link_or_copy(checkpoint.path(suffix), temporary, record, is_best(name))
            staged[target.with_name(f"{name}.{suffix}")] = temporary
        obsolete = _obsolete(target, manifest)
        for place, temporary in staged.items():
            disk.replace(temporary, place)
        for path in obsolete:
            path.unlink(missing_ok=True)
        _put(manifest, target.with_name(f"{name}.{MANIFEST_SUFFIX}"), directory)
        sync_folder(directory)
    return with_changes(checkpoint, manifest=manifest)


def _put(manifest: Manifest, place: Path, directory: Path) -> None:
    """Replace a manifest, by way of a temporary file that the clean-up of ``directory`` knows."""
    with disk.temporary(directory) as path:
        manifest.write(path)
        disk.replace(path, place)


def _obsolete(target: Path, manifest: Manifest) -> list[Path]:
    """Files of the older checkpoint of that name which the new one does not have."""
    try:
        older = Checkpoint.at(target)
    except DamagedError:
        return []
    return [path for suffix, path in older.files.items() if suffix not in manifest.files]
