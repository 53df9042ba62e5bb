"""Where a run writes: checked before it starts, and written by one run at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ppocr_ext.checkpoint.checkpoint import BEST, LATEST
from ppocr_ext.checkpoint.mirror import overlap
from ppocr_ext.checkpoint.sums import DICTIONARY
from ppocr_ext.config import Config
from ppocr_ext.errors import UserError
from ppocr_ext.locks import inside, only_writer
from ppocr_ext.outputs import check_folder, instead, other_name
from ppocr_ext.records import METRICS
from ppocr_ext.runs.history import CONFIG, FOLDER
from ppocr_ext.runs.model import find_model
from ppocr_ext.runs.run import LOGS, Run
from ppocr_ext.runtime import launched

RUN, MIRROR = "Global.save_model_dir", "Global.mirror_dir"
PLOTS = ("lr_preview.png", "lr_finder.png")


def check_places(config: Config, files: Sequence[Path], resume: bool) -> None:
    """Raise :class:`UserError` where a run cannot write, or would replace what is not its own.

    files: the YAML and its bases, which are read. Only the first process writes.
    """
    if launched().rank:
        return
    settings, continues = config.Global, resume
    run, resume = Path(settings.save_model_dir), resume or bool(settings.checkpoints)
    read = [Path(settings.character_dict_path), *map(Path, config.Train.dataset.label_file_list)]
    read += map(Path, config.Eval.dataset.label_file_list)
    weights = [f"{name}.pdparams" for name in (LATEST, BEST)]
    if settings.checkpoints and not continues:
        saved = find_model(settings.checkpoints, option="Global.checkpoints")
        is_published = saved.run.is_published
        if is_published or saved.require_weights().with_suffix(DICTIONARY).is_file():
            raise UserError(
                f"Global.checkpoints {settings.checkpoints} contains only weights: training "
                f"cannot continue from it",
                "a run folder, or a checkpoint prefix, e.g. output/vi_rec/latest",
                "start from its weights: set it as Global.pretrained_model",
            )
    elif settings.pretrained_model and not resume:
        option = "Global.pretrained_model"
        read.append(find_model(settings.pretrained_model, option=option).trainable)
    check_folder(RUN, run, [*LOGS, *PLOTS, *weights], [*read, *files])
    # A copy may lack the history; of a run that is there already the session says more.
    is_run = (run / FOLDER).is_dir() or (run / METRICS).is_file() or Run(run).find() is not None
    if (run / CONFIG).exists() and not is_run and not resume:
        raise UserError(
            f"{RUN} {run.as_posix()} holds a {CONFIG} that was not written by a run",
            "a folder without files that training would replace",
            instead(RUN, other_name(run)),
        )
    if settings.mirror_dir:
        _check_mirror(run, Path(settings.mirror_dir), resume)


def _check_mirror(run: Path, mirror: Path, resume: bool) -> None:
    """A mirror that can never be written; a disk that is away may come back during a resume."""
    is_there = mirror.absolute().parent.exists()
    if is_there or not resume:
        check_folder(MIRROR, mirror)
    if relation := overlap(run, mirror):
        what = f"is {relation} the run's folder {run.as_posix()}"
    elif is_there or resume:
        return
    else:
        what = "cannot be created: its parent folder does not exist"
    raise UserError(
        f"{MIRROR} {mirror.as_posix()} {what}",
        "an existing folder on another disk",
        f"correct it, or train without: {instead(MIRROR, Path('null'))}",
    )


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """No other run writes into ``folder``; raises :class:`UserError` that names the other."""
    if launched().rank:  # the first process holds the lock for all
        yield
        return
    with only_writer(folder, inside(folder), instead(RUN, other_name(folder))):
        yield
