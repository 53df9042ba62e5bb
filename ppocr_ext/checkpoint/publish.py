"""PaddleOCR's flat names (``latest.pdparams`` …) for a checkpoint that lies in its own folder."""

from __future__ import annotations

from dataclasses import replace as with_changes
from pathlib import Path

from ppocr_ext.checkpoint import disk, scratch
from ppocr_ext.checkpoint.checkpoint import MANIFEST_SUFFIX, Checkpoint
from ppocr_ext.checkpoint.manifest import DamagedError, Manifest
from ppocr_ext.checkpoint.retention import is_best


def publish(checkpoint: Checkpoint, directory: Path, name: str) -> Checkpoint:
    """Make ``<directory>/<name>.*`` the same checkpoint; return it, now bearing that name.

    All files are prepared beside their place first, so that a full disk leaves the old ones; the
    manifest is replaced last. ``latest`` is linked. ``best_*`` is copied: nothing else can stand
    in for it when its bytes go bad.
    """
    assert checkpoint.manifest is not None
    manifest = checkpoint.manifest
    if name not in manifest.names:
        manifest = with_changes(manifest, names=(*manifest.names, name))
        manifest.write(checkpoint.path(MANIFEST_SUFFIX))
    target = directory / name
    staged: dict[Path, Path] = {}
    try:
        for suffix, record in manifest.files.items():
            place = target.with_name(f"{name}.{suffix}")
            staged[place] = scratch.scratch_path(directory)
            disk.link_or_copy(checkpoint.path(suffix), staged[place], record, is_best(name))
        obsolete = _obsolete(target, manifest)
        for place, temporary in staged.items():
            disk.replace(temporary, place)
        for path in obsolete:
            path.unlink(missing_ok=True)
        manifest.write(target.with_name(f"{name}.{MANIFEST_SUFFIX}"))
        disk.sync_folder(directory)
    finally:
        for temporary in staged.values():
            scratch.remove(temporary)
    return with_changes(checkpoint, manifest=manifest)


def _obsolete(target: Path, manifest: Manifest) -> list[Path]:
    """Files of the older checkpoint of that name which the new one does not have."""
    try:
        older = Checkpoint.at(target)
    except DamagedError:
        return []
    return [path for suffix, path in older.files.items() if suffix not in manifest.files]
