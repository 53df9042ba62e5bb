"""Which model an argument names, and which one is the default."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ppocr_ext.checkpoint.checkpoint import BEST, FOLDER_STEM, LATEST, Checkpoint, weights_file
from ppocr_ext.checkpoint.inventory import foreign_names, newest_first, readable, run_folder
from ppocr_ext.checkpoint.store import CheckpointStore, Warn
from ppocr_ext.console import command_line, tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.outputs import instead
from ppocr_ext.runs.history import CONFIG
from ppocr_ext.runs.run import FILES, INFERENCE, ONNX_FILE, WEIGHTS_FILE, Run, is_model_folder
from ppocr_ext.runtime import PUBLISHED, REPOSITORY

if TYPE_CHECKING:
    from ppocr_ext.config import Config

_EXPECTED = (
    "a run folder, an exported folder or its inference.onnx, or a checkpoint prefix, e.g. "
    "output/vi_rec/latest"
)
_SHOWN = 5  # runs that an error names


@dataclass(frozen=True)
class Model:
    """What was named, found by the names of its files; :meth:`checkpoint` looks into them.

    Attributes:
        named: as it was typed, or the default.
        run: the folder that it belongs to: a run's, a published one's, the one around
            ``inference/``; an exported folder elsewhere is its own.
        weights: the file meant, ``….pdparams`` or averaged ``….ema``, which may be damaged, or
            only left in ``checkpoints/``; ``None`` when an export was named, or a published model
            without weights of its own.
        exported: the model folder when it was named, or is published.
        is_newest: it was not named: the newest run is meant.
    """

    named: Path
    run: Run
    weights: Path | None = None
    exported: Path | None = None
    is_newest: bool = False

    def describe(self) -> str:
        """A line for people: which one was taken."""
        path = self.weights.with_suffix("") if self.weights else self.exported or self.run.folder
        path = self.run.folder if self.run.is_published else path
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        why = " (the newest run with a model)" if self.is_newest else ""
        why = " (the published model)" if self.run.is_published else why
        return f"model: {shown.as_posix()}{why}"

    @property
    def home(self) -> Path:
        """Where its language model lies: beside an export that was named, else in the run."""
        if self.exported and self.exported in (self.named, self.named.parent):
            return self.exported
        return self.run.folder

    def require_weights(self) -> Path:
        """:attr:`weights`. Raises :class:`UserError` for an export, which has none."""
        if self.weights is None:
            run = f": {self.run.folder}" if _weights_in(self.run.folder) else ""
            raise UserError(
                f"{self.named} is an exported model, not a checkpoint",
                "a run folder, or a checkpoint prefix, e.g. output/vi_rec/latest",
                f"give the run that it was exported from{run}",
            )
        return self.weights

    @property
    def trainable(self) -> Path:
        """The file of tensors that training starts from: of an export those that lift gives."""
        if self.weights or not self.exported:
            return self.require_weights()
        tensors = self.exported / WEIGHTS_FILE
        return tensors if tensors.is_file() else self.exported / ONNX_FILE

    def checkpoint(self, warn: Warn | None = None) -> tuple[Checkpoint, Path]:
        """The checkpoint, every byte verified, and the file of its weights. Raises
        :class:`UserError` as :meth:`CheckpointStore.load` does, and for an export."""
        weights = self.require_weights()
        checkpoint = CheckpointStore(weights.parent, warn=warn).load(weights.stem)
        return checkpoint, checkpoint.path(weights.suffix)

    def config(self) -> Config | None:
        """The config stored with it; ``None`` for an export, for foreign weights, and for a
        published model, whose config names places of the machine that trained it."""
        if self.weights is None or self.run.is_published:
            return None
        from ppocr_ext.config import load_config

        places = (self.weights.with_suffix(".yml"), self.run.folder / CONFIG)
        path = next((place for place in places if place.is_file()), None)
        return load_config(path, saved=True) if path else None


def find_model(
    named: str | Path | Model | None,
    default: Literal["published", "newest", "either"] = "newest",
    option: str = "",
) -> Model:
    """The model that ``named`` means: of a run's folder its best checkpoint, else its newest.

    Understands a run's folder, a published one, an exported one, a checkpoint's folder, its prefix
    (``…/best_ema``), and any of their files.

    Args:
        default: what is meant by ``None``: the published model, the newest run's, or that of the
            newest run that has one and without such a run the published one.
        option: how it is named, for the cure: ``--model``, or a key of the config.

    Raises:
        UserError: there is no such model; names the runs that have one.
    """
    if isinstance(named, Model):
        return named
    path = _default(default) if named is None else Path(named)
    folder = path.parent if path.name in FILES and path.is_file() else path
    if is_model_folder(folder):
        run = Run(folder.parent if folder.name == INFERENCE else folder)
        return Model(path, run, exported=folder)
    weights = _weights_in(path) if path.is_dir() else _weights_at(path)
    if exported := _published_at(path):
        return Model(path, Run(exported.parent), weights, exported)
    if weights is None:
        raise _no_model(path, option, is_default=named is None)
    return Model(path, Run(run_folder(weights)), weights, is_newest=named is None)


def _weights_at(path: Path) -> Path | None:
    """The weights of a checkpoint that is named by its prefix or one of its files."""
    weights = weights_file(path)
    return weights if weights.is_file() or newest_first(weights.parent, weights.stem) else None


def _published_at(path: Path) -> Path | None:
    """The exported folder of a published model that is named by its folder, or as the weights
    that it had before it was published: ``…/best_accuracy``."""
    folder = path if path.is_dir() else path.parent
    is_named = path.is_dir() or weights_file(path).name == f"{BEST}.pdparams"
    return folder / INFERENCE if is_named and Run(folder).is_published else None


def _weights_in(folder: Path) -> Path | None:
    """The weights meant by a run's folder, a checkpoint's, or one of other programs' weights."""
    if (folder / f"{BEST}.pdparams").is_file():
        name = BEST
    elif (folder / f"{FOLDER_STEM}.pdparams").is_file():
        name = FOLDER_STEM
    elif found := newest_first(folder):
        name = BEST if any(BEST in one.names for one in readable(found)) else LATEST
    else:
        name = next(iter(foreign_names(folder)), "")
    return folder / f"{name}.pdparams" if name else None


def _no_model(path: Path, option: str, is_default: bool) -> UserError:
    around = next((folder for folder in path.parents if _weights_in(folder)), None)
    if around and not is_default:
        return _not_of(path, option, around)
    runs = [run.folder for run in Run.newest_first() if _weights_in(run.folder)]
    there = ", ".join(each.as_posix() for each in runs[:_SHOWN]) + " …" * (len(runs) > _SHOWN)
    shown = f"{path}, the newest run," if is_default else f"{option} {path}".lstrip()
    if not runs:
        cure = f"train one: {tool_command('train.py')}"  # which says how to draw its lines
    elif option:
        cure = f"with the newest that has one: {instead(option, runs[0])}"
    else:
        cure = f"choose one of these runs: {there}"
    return UserError(
        f"{shown} {'holds no model' if path.exists() else 'does not exist'}",
        _EXPECTED + (f"; there are {there}" if runs else ""),
        cure,
    )


def _not_of(path: Path, option: str, run: Path) -> UserError:
    """For a path inside a run that has models, which are listed."""
    names = sorted({file.stem for file in run.glob("*.pdparams")})
    there = ", ".join((run / name).as_posix() for name in names) or run.as_posix()
    return UserError(
        f"{option} {path} {'is not a model' if path.exists() else 'does not exist'}".lstrip(),
        f"{_EXPECTED}; there are {there}",
        f"with the model of that run: {instead(option, run)}" if option else "choose one of these",
    )


def _default(default: str) -> Path:
    if default == "newest":
        return Run.newest().folder
    runs = Run.newest_first() if default == "either" else []
    return next((run.folder for run in runs if _weights_in(run.folder)), None) or _published()


def _published() -> Path:
    """The published model: all of it in a clone; in a wheel what reads, with its language model."""
    if not Run(PUBLISHED).is_published:
        raise UserError(
            f"{PUBLISHED} does not exist",
            "the published Vietnamese model, which comes with this repository",
            command_line(
                ["git", "-C", str(REPOSITORY), "checkout", "--", f"output/{PUBLISHED.name}"]
            ),
        )
    return PUBLISHED
