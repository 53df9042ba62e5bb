"""What to read and where to write by default, and whether input and output differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ppocr_ext.errors import UserError
from ppocr_ext.files import is_stream
from ppocr_ext.infer.journal import facts_path, part_path
from ppocr_ext.infer.results import errors_path, review_path
from ppocr_ext.infer.sources import Source
from ppocr_ext.outputs import check_file, instead, other_name
from ppocr_ext.runs.model import Model
from ppocr_ext.runs.run import INFERENCE

if TYPE_CHECKING:
    from ppocr_ext.config import Config

PREDICTIONS = "predicts_rec.txt"
SAMPLES = "samples/labels.txt"  # of a published model: read when nothing else is named
_READ = {"--images": "a folder, a label file, a list, a glob, an image, or -"}
# Of a run folder, a published one, a checkpoint's or an exported one: what reads.
_MODEL_FILE = re.compile(
    r"(inference|model|latest|best_\w+|iter_epoch_\d+)\..+|config\.yml|language_vi\.json\.gz|SHA256SUMS"
)


def images_and_output(
    model: Model, images: str | None, output: Path | None, option: str = "--images"
) -> tuple[str, Path]:
    """As given, else as the model's config says: ``Global.infer_img`` or else the first label file
    of validation, ``Global.save_res_path``.

    A published model has lines of its own to read. Raises :class:`UserError` when nothing names
    images; ``option`` is that of the command which does.
    """
    if images is not None and output is not None:
        return images, output
    settings = model.config()
    if images is None:
        samples = model.run.folder / SAMPLES
        if samples.is_file():
            images = str(samples)
        elif settings:
            images = settings.Global.infer_img or _validation(settings)
    if not images:
        raise UserError(
            "no images are given",
            f"{option}, or Global.infer_img in the config of the model",
            f"give {_READ.get(option, 'label files')} with {option}",
        )
    if output is None:
        output = Path(settings.Global.save_res_path if settings else PREDICTIONS)
    return images, output


def _validation(settings: Config) -> str:
    """A label file whose images lie where a label file is read from."""
    data = settings.Eval.dataset
    beside = (path for path in data.label_file_list if Path(path).parent == Path(data.data_dir))
    return next(beside, "")


def check_outputs(output: Path, sheet: Path | None, inputs: Iterable[Path] = ()) -> None:
    """Raise :class:`UserError` where readings cannot be written, or would replace what is read."""
    inputs = [*inputs] if sheet and sheet.exists() else inputs
    names = (part_path, facts_path, review_path, errors_path)
    beside = [] if is_stream(output) else [name(output) for name in names]
    check_file("--output", output, inputs, beside=beside, example=PREDICTIONS)
    check_file("--sheet", sheet, inputs, [output, *beside], example="sheet.png")
    if sheet and is_stream(output):
        raise UserError(
            f"--sheet cannot be used with the output {output}, which is not a file",
            "readings in a file",
            instead("--output", other_name(Path(PREDICTIONS))),
        )


def inputs_of(model: Model, images: str, source: Source, language: str) -> Iterator[Path]:
    """Every file that is read."""
    yield Path(images)
    if source.size is not None:  # standard input names its images only once
        yield from (item.path for item in source.items())
    yield from files_of(model)
    yield Path(language)


def files_of(model: Model) -> Iterator[Path]:
    """The files of a model, and of the other checkpoints and the export of its run."""
    run = model.run.folder
    for folder in {run, run / INFERENCE, model.exported, model.weights and model.weights.parent}:
        for each in folder.glob("*") if folder else ():
            if _MODEL_FILE.fullmatch(each.name):
                yield each
