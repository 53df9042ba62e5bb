"""The model folder behind what the user names: an export, or a checkpoint exported once."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from ppocr_ext.checkpoint import disk, run_folder
from ppocr_ext.checksums import FileRecord, require_intact, sha256_of
from ppocr_ext.errors import UserError
from ppocr_ext.export.settings import ModelSettings
from ppocr_ext.runs.model import Model, find_model
from ppocr_ext.runs.run import (
    INFERENCE,
    ONNX_FILE,
    PROGRAM_FILE,
    SETTINGS_NAME,
    WEIGHTS_FILE,
    is_model_folder,
    require_intact_model,
)

CACHE = "inference_cache"
OWN_NETWORK = "own_network"  # of a cached export, which PaddleOCR never loads
KEPT = 3  # cached exports of one run; ``latest`` changes with every save


def model_folder(model: str | Path | Model) -> Path:
    """``model`` itself when it is an exported folder, else the export of its checkpoint.

    That is ``inference/`` beside the weights when it is of them, else a cached one. The cache lies
    in the run folder (in the system's temporary folder when that is read-only), under the checksum
    of the weights. Paddle is imported only to make one.

    Raises :class:`UserError` when ``inference/``, or a published model, is damaged: another export
    might lack its calibration.
    """
    model = find_model(model)
    if model.exported:
        if model.weights:  # published: they must be those that it was made of
            _require_weights_of(model.exported, model.weights)
        return model.exported
    weights = model.require_weights()
    if weights.is_file():
        digest = sha256_of(weights)
        exported = model.run.folder / INFERENCE
        if is_model_folder(exported) and _is_of(exported, digest):
            return exported
        cached = _cache(weights, digest)
        if _is_cached(cached, digest):
            return cached
    return _export(model)


def _require_weights_of(exported: Path, weights: Path) -> None:
    if digest := ModelSettings.read(exported).facts.get("weights_sha256"):
        cure = f"copy {weights.parent} again from where it came from"
        require_intact(weights, FileRecord(None, digest), cure=cure)


def _cache(weights: Path, digest: str) -> Path:
    run = run_folder(weights)
    parent = run / CACHE if os.access(run, os.W_OK) else _temporary_cache()
    return parent / digest[:16]


def _temporary_cache() -> Path:
    return Path(tempfile.gettempdir()) / f"ppocr_{CACHE}"


def _is_of(folder: Path, digest: str) -> bool:
    """Whether the export in ``folder`` has an ONNX file, instead of which a decoder has Paddle's,
    and is of the weights with that SHA-256.

    Raises :class:`UserError` when it is damaged.
    """
    settings = ModelSettings.read(folder)
    files = (PROGRAM_FILE, WEIGHTS_FILE) if settings.is_decoder else (ONNX_FILE,)
    require_intact_model(folder, *files)
    is_whole = all((folder / name).is_file() for name in files)
    return is_whole and settings.facts.get("weights_sha256") == digest


def _is_cached(folder: Path, digest: str) -> bool:
    """As :func:`_is_of`; a damaged cached export is made again, as it was made the first time."""
    try:
        return _is_of(folder, digest)
    except UserError:
        return False


def _export(model: Model) -> Path:
    from ppocr_ext.export.export import ExportOptions, export_model
    from ppocr_ext.export.trained import load_trained

    trained = load_trained(model)
    digest = trained.weights_sha256
    folder = _cache(trained.weights, digest)
    if _is_cached(folder, digest):
        return folder
    print(f"exporting {trained.weights} once to {folder}", file=sys.stderr)
    try:
        export_model(trained, folder, ExportOptions(model_name=trained.name or OWN_NETWORK))
    except (OSError, UserError):
        if not _is_cached(folder, digest):  # else another process was faster
            raise
    _remove_old(folder.parent)
    return folder


def _remove_old(cache: Path) -> None:
    folders = [folder for folder in cache.iterdir() if (folder / SETTINGS_NAME).is_file()]
    folders.sort(key=lambda folder: (folder / SETTINGS_NAME).stat().st_mtime, reverse=True)
    for folder in folders[KEPT:]:
        disk.discard(folder)
