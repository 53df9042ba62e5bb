"""Curves for TensorBoard and Weights & Biases: each by a line of YAML."""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from ppocr_ext.config.schema.run import Global, Wandb
from ppocr_ext.console import command_line, python
from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text, write_text
from ppocr_ext.records.jsonl import flat, values_of

logger = logging.getLogger(__name__)

# Key of `Global` → the package to install, which is also the module.
PACKAGES = {"use_tensorboard": "tensorboardX", "use_wandb": "wandb"}


class Board(Protocol):
    """Where points of curves go."""

    def add(self, points: Mapping[str, float], step: int) -> None: ...

    def close(self) -> None: ...


class CurveWriter:
    """Hands the numbers of train and eval records to a board, as ``train/loss``, ``eval/acc`` …

    A board that fails is reported once and not used again: it never ends training.
    """

    def __init__(self, name: str, open_board: Callable[[], Board]) -> None:
        self.name = name
        self._board: Board | None = None
        self._guarded(lambda: setattr(self, "_board", open_board()))

    def write(self, record: Mapping[str, Any]) -> None:
        board, found = self._board, points(record)
        if board is not None and found:
            self._guarded(lambda: board.add(found, record["global_step"]))

    def close(self) -> None:
        if self._board is not None:
            self._guarded(self._board.close)

    def _guarded(self, action: Callable[[], Any]) -> None:
        try:
            action()
        except Exception as error:  # any error of a package or its server
            self._board = None
            logger.warning("%s failed, training continues without it: %s", self.name, error)


def points(record: Mapping[str, Any]) -> dict[str, float]:
    """The finite numbers of a train or eval record, by the name of their curve."""
    if record["kind"] not in ("train", "eval"):
        return {}
    return {
        f"{record['kind']}/{name}": value
        for name, value in values_of(flat(record)).items()
        if name != "eta_seconds" and math.isfinite(value)
    }


def require_packages(settings: Global) -> None:
    """Raise :class:`UserError` when a board is asked for whose package is not installed."""
    wanted = {key: package for key, package in PACKAGES.items() if getattr(settings, key)}
    missing = {key: package for key, package in wanted.items() if find_spec(package) is None}
    if missing:
        keys = ", ".join(f"Global.{key}" for key in missing)
        raise UserError(
            f"{keys}: true, but {', '.join(missing.values())} is not installed",
            cure=f"set {keys} to false, or: "
            + command_line([python(), "-m", "pip", "install", *missing.values()]),
        )


def open_boards(run: Path, config: Mapping[str, Any]) -> list[CurveWriter]:
    """The boards that ``config["Global"]`` asks for, which write below the run folder."""
    boards: dict[str, Callable[[], Board]] = {
        "use_tensorboard": lambda: TensorBoard(run),
        "use_wandb": lambda: WeightsAndBiases(run, config),
    }
    return [
        CurveWriter(PACKAGES[key], opener)
        for key, opener in boards.items()
        if config["Global"][key]
    ]


class TensorBoard:
    """In ``tensorboard``: ``tensorboard --logdir <run>/tensorboard``."""

    def __init__(self, run: Path) -> None:
        from tensorboardX import SummaryWriter

        self._writer = SummaryWriter(str(run / "tensorboard"))

    def add(self, points: Mapping[str, float], step: int) -> None:
        for tag, value in points.items():
            self._writer.add_scalar(tag, value, step)

    def close(self) -> None:
        self._writer.close()


class WeightsAndBiases:
    """In ``wandb`` and on its server, or with ``WANDB_MODE=offline`` in ``wandb`` alone.

    A resumed run continues under the id that is kept in ``wandb/id.txt``, or under the config's.
    """

    def __init__(self, run: Path, config: Mapping[str, Any]) -> None:
        import wandb

        given = Wandb.model_validate(config.get("wandb") or {})
        arguments = {
            "name": run.name,
            "id": given.id or _kept_id(run / "wandb" / "id.txt"),
            **given.model_dump(exclude_none=True, exclude={"save_dir"}),
        }
        self._run = wandb.init(
            **arguments,
            resume="allow",
            dir=str(run),
            config=dict(config),
            settings=wandb.Settings(silent=True, console="off"),
        )
        # Its own step must never go back, but a killed run takes some steps again.
        self._run.define_metric("*", step_metric="global_step")

    def add(self, points: Mapping[str, float], step: int) -> None:
        self._run.log({**points, "global_step": step})

    def close(self) -> None:
        self._run.finish()


def _kept_id(path: Path) -> str:
    if not path.exists():
        write_text(path, secrets.token_hex(4) + "\n")
    return read_text(path).strip()
