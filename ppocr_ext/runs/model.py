"""Which checkpoint is meant by what people type, or by nothing at all."""

from __future__ import annotations

import glob
from collections.abc import Callable
from pathlib import Path

from ppocr_ext.checkpoint import Checkpoint, load_checkpoint, weights_file
from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.outputs import instead
from ppocr_ext.runs.published import is_published

Warn = Callable[[str], None]


def newest_run(output: Path = Path("output")) -> Path:
    """The run folder under ``output`` whose checkpoint is the newest."""
    runs = _runs(output)
    if not runs:
        raise UserError(
            f"no trained model under {output}",
            "a run folder with best_accuracy or latest",
            f"name one with --model, or {_train()}",
        )
    return runs[-1]


def _runs(output: Path) -> list[Path]:
    """Run folders that have a checkpoint, the newest last."""
    found = [*output.glob("*/best_accuracy.json"), *output.glob("*/latest.json")]
    manifests = [path for path in found if not is_published(path.parent)]
    manifests.sort(key=lambda path: path.stat().st_mtime)
    return [path.parent for path in manifests]


def require_model(model: str | Path) -> None:
    """Raise :class:`UserError` when nothing lies at ``model``, as ``--model`` names it."""
    path = Path(model)
    if path.exists() or any(path.parent.glob(f"{glob.escape(path.name)}.*")):
        return
    runs = _runs(Path("output"))
    raise UserError(
        f"--model {model}: there is no such model",
        "a run folder, an exported folder, or a checkpoint's path without suffix",
        f"with the newest run: {instead('--model', runs[-1])}" if runs else _train(),
    )


def _train() -> str:
    return f"train one: {tool_command('train.py')}"  # which says how to draw its lines


def find_checkpoint(model: str | Path, warn: Warn | None = None) -> Checkpoint:
    """The intact checkpoint at ``model``; of a run folder its best, else its newest."""
    path = Path(model)
    best = path / "best_accuracy"
    has_best = best.with_name("best_accuracy.pdparams").is_file()
    return load_checkpoint(best if has_best else path, warn)


def weights_of(checkpoint: Checkpoint, model: str | Path) -> Path:
    """Its weights; when ``best_ema`` was asked for, the averaged ones, which are best there."""
    path = Path(model)
    return checkpoint.path("pdparams" if path.is_dir() else weights_file(path).suffix)
