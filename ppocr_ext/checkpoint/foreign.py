"""Checkpoints without a manifest: written by stock PaddleOCR or published by others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ppocr_ext.checkpoint.checkpoint import FOLDER_STEM, STOCK_SUFFIXES, Checkpoint
from ppocr_ext.checkpoint.safe_pickle import read_states
from ppocr_ext.errors import UserError

_USUAL_NAMES = ("latest", "best_accuracy", FOLDER_STEM)


def find_foreign(
    directory: Path, name: str | None, warn: Callable[[str], None]
) -> Checkpoint | None:
    """The partial checkpoint ``<directory>/<name>.*``; without a name the usual or only one."""
    names = [name] if name else _names(directory)
    for candidate in names:
        prefix = directory / candidate
        files = {
            suffix: path
            for suffix in STOCK_SUFFIXES
            if (path := prefix.with_name(f"{candidate}.{suffix}")).is_file()
        }
        if "pdparams" in files:
            return _open(prefix, files, warn)
    return None


def _names(directory: Path) -> list[str]:
    others = sorted(path.name.removesuffix(".pdparams") for path in directory.glob("*.pdparams"))
    return [*_USUAL_NAMES, *(others if len(others) == 1 else [])]


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
