"""Which checkpoint is meant by what people type, or by nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ppocr_ext.checkpoint import Checkpoint, load_checkpoint, weights_file
from ppocr_ext.errors import UserError
from ppocr_ext.published import is_published

Warn = Callable[[str], None]


def newest_run(output: Path = Path("output")) -> Path:
    """The run folder under ``output`` whose checkpoint is the newest."""
    found = [*output.glob("*/best_accuracy.json"), *output.glob("*/latest.json")]
    manifests = [path for path in found if not is_published(path.parent)]
    if not manifests:
        raise UserError(
            f"no trained model under {output}",
            "a run folder with best_accuracy or latest",
            "train one: python tools/train.py -c configs/rec_quick.yml, or give one with --model",
        )
    return max(manifests, key=lambda path: path.stat().st_mtime).parent


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
