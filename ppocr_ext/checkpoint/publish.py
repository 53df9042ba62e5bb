"""PaddleOCR's flat names (``latest.pdparams`` …) for a checkpoint that lies in its own folder."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace as with_changes
from pathlib import Path

from ppocr_ext.checkpoint import disk, scratch
from ppocr_ext.checkpoint.checkpoint import MANIFEST_SUFFIX, Checkpoint
from ppocr_ext.checkpoint.inventory import is_best
from ppocr_ext.checkpoint.manifest import DamagedError, Manifest


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
            temporary = temporaries.enter_context(scratch.temporary(directory))
            disk.link_or_copy(checkpoint.path(suffix), temporary, record, is_best(name))
            staged[target.with_name(f"{name}.{suffix}")] = temporary
        obsolete = _obsolete(target, manifest)
        for place, temporary in staged.items():
            disk.replace(temporary, place)
        for path in obsolete:
            path.unlink(missing_ok=True)
        _put(manifest, target.with_name(f"{name}.{MANIFEST_SUFFIX}"), directory)
        disk.sync_folder(directory)
    return with_changes(checkpoint, manifest=manifest)


def _put(manifest: Manifest, place: Path, directory: Path) -> None:
    """Replace a manifest, by way of a temporary file that the clean-up of ``directory`` knows."""
    with scratch.temporary(directory) as path:
        manifest.write(path)
        disk.replace(path, place)


def _obsolete(target: Path, manifest: Manifest) -> list[Path]:
    """Files of the older checkpoint of that name which the new one does not have."""
    try:
        older = Checkpoint.at(target)
    except DamagedError:
        return []
    return [path for suffix, path in older.files.items() if suffix not in manifest.files]
