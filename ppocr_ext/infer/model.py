"""The model folder behind what the user names: an export, or a checkpoint exported once."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from ppocr_ext.checkpoint import scratch, weights_file
from ppocr_ext.download import sha256_of
from ppocr_ext.errors import UserError
from ppocr_ext.export.choose import run_folder
from ppocr_ext.export.engines import ONNX_FILE
from ppocr_ext.export.settings import SETTINGS_NAME, ModelSettings
from ppocr_ext.published import INFERENCE

CACHE = "inference_cache"
KEPT = 3  # cached exports of one run; ``latest`` changes with every save


def model_folder(model: str | Path) -> Path:
    """``model`` itself when it is an exported folder, else the export of its checkpoint.

    That is ``inference/`` beside the weights when it is of them, else a cached one. The cache lies
    in the run folder (in the system's temporary folder when that is read-only), under the checksum
    of the weights. Paddle is imported only to make one.
    """
    path = Path(model)
    if (path / SETTINGS_NAME).is_file():
        return path
    weights = _weights(path)
    if weights is not None:
        digest = sha256_of(weights)
        for folder in (run_folder(weights) / INFERENCE, _cache(weights, digest)):
            if _is_of(folder, digest):
                return folder
    return _export(path)


def _weights(path: Path) -> Path | None:
    """The weights meant by a run folder or a prefix, if they are where they should be."""
    candidates = [
        path / "best_accuracy.pdparams",
        path / "latest.pdparams",
        weights_file(path),
    ]
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _cache(weights: Path, digest: str) -> Path:
    run = run_folder(weights)
    parent = run / CACHE if os.access(run, os.W_OK) else _temporary_cache()
    return parent / digest[:16]


def _temporary_cache() -> Path:
    return Path(tempfile.gettempdir()) / f"ppocr_{CACHE}"


def _is_of(folder: Path, digest: str) -> bool:
    """Whether ``folder`` holds an export, with its ONNX file, of the weights with that SHA-256."""
    if not all((folder / name).is_file() for name in (SETTINGS_NAME, ONNX_FILE)):
        return False
    return ModelSettings.read(folder).facts.get("weights_sha256") == digest


def _export(path: Path) -> Path:
    from ppocr_ext.export.export import ExportOptions, export_model
    from ppocr_ext.export.trained import load_trained

    trained = load_trained(path)
    digest = sha256_of(trained.weights)
    folder = _cache(trained.weights, digest)
    if _is_of(folder, digest):
        return folder
    print(f"exporting {trained.weights} once to {folder}", file=sys.stderr)
    try:
        export_model(trained, folder, ExportOptions())
    except (OSError, UserError):
        if not _is_of(folder, digest):  # else another process was faster
            raise
    _remove_old(folder.parent)
    return folder


def _remove_old(cache: Path) -> None:
    folders = [folder for folder in cache.iterdir() if (folder / SETTINGS_NAME).is_file()]
    folders.sort(key=lambda folder: (folder / SETTINGS_NAME).stat().st_mtime, reverse=True)
    for folder in folders[KEPT:]:
        scratch.discard(folder)
