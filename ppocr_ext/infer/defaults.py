"""What to read and where to write when the command line does not say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ppocr_ext.errors import UserError
from ppocr_ext.published import SAMPLES, home_of, is_published

if TYPE_CHECKING:
    from ppocr_ext.config import Config


def images_and_output(
    model: str | Path, images: str | None, output: str | None
) -> tuple[str, Path]:
    """As given, else as the model's config says (``Global.infer_img``, ``save_res_path``).

    A published model has lines of its own to read. Raises :class:`UserError` when nothing names
    images.
    """
    if images is not None and output is not None:
        return images, Path(output)
    settings = config_of(Path(model))
    if images is None:
        samples = home_of(Path(model)) / SAMPLES
        images = str(samples) if samples.is_file() else settings and settings.Global.infer_img
    if not images:
        raise UserError(
            "no images are named",
            "--images, or Global.infer_img in the config of the model",
            "give a folder, a label file, a list, a glob, an image, or - with --images",
        )
    if output is None:
        output = settings.Global.save_res_path if settings else "predicts_rec.txt"
    return images, Path(output)


def config_of(model: Path) -> Config | None:
    """The config stored with a checkpoint; ``None`` for an exported folder or foreign weights, and
    for a published model, whose config names places of the machine that trained it."""
    from ppocr_ext.config import load_config

    if is_published(model):
        return None
    candidates = [model / "best_accuracy.yml", model / "latest.yml", model / "config.yml"]
    candidates.append(model.parent / f"{model.name.removesuffix('.pdparams')}.yml")
    path = next((candidate for candidate in candidates if candidate.is_file()), None)
    return load_config(path) if path else None
