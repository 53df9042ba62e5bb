"""From a trial's values to its config: the base, and eight lines or so of differences."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ppocr_ext.config import FOR_TRAINING, Config, Role, dump_yaml, load_config
from ppocr_ext.config.merge import BASE, merge
from ppocr_ext.errors import UserError
from ppocr_ext.files import write_text
from ppocr_ext.sweep.load import Values, planned
from ppocr_ext.sweep.schema import Sweep

Tree = dict[str, Any]
NAME = "trial.yml"


def write_config(
    sweep: Sweep,
    values: Values,
    path: Path,
    run: Path,
    head: str = "",
    files: Collection[Role] = FOR_TRAINING,
) -> Config:
    """Write the config of a trial that trains in ``run``; returns it as it loads.

    files: roles whose files must be there.

    Raises:
        UserError: the values do not fit together, or files are missing.
    """
    differences = compose(sweep, values, run)
    bases = [_reachable(Path(base), path.parent) for base in differences.pop(BASE)]

    def write() -> None:
        write_text(path, head + dump_yaml({BASE: bases, **differences}))

    write()
    budget = sweep.budget
    batch = lines_per_step(load_config(path, files=files))
    steps = budget.steps or math.ceil((budget.lines or batch) / batch)  # minutes: not known yet
    ends = {"max_steps": steps, "eval_batch_step": [0, math.ceil(steps / budget.evaluations)]}
    differences = merge(differences, {"Global": ends})
    write()
    return load_config(path)


def compose(sweep: Sweep, values: Values, run: Path) -> Tree:
    """What a trial changes, later dimensions on earlier ones; its ``_base_`` paths are absolute."""
    bases, tree = [sweep.base], sweep.config
    for piece in _pieces(sweep, values):
        bases = bases + piece.get(BASE, [])
        tree = merge(tree, {key: value for key, value in piece.items() if key != BASE})
    return merge({BASE: bases, **tree}, {"Global": {"save_model_dir": run.as_posix()}})


def lines_per_step(config: Config) -> int:
    return config.Train.loader.batch_size_per_card * config.Global.accumulation


def check_configurations(sweep: Sweep) -> None:
    """Raise :class:`UserError` with the first planned trial whose config does not load."""
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, values) in enumerate(planned(sweep)):
            if not values:
                continue
            try:
                write_config(sweep, values, Path(folder) / f"{number}.yml", sweep.path / "trial")
            except UserError as error:
                problem = error.found.split("\n", 1)[-1]
                title = f"configurations.{name}" if name else f"the combination {values}"
                raise UserError(f"{title} is no config:\n{problem}", cure=error.cure) from None


def _pieces(sweep: Sweep, values: Values) -> Iterator[Tree]:
    for name, dimension in sweep.dimensions.items():
        if isinstance(dimension.choices, dict):
            yield dimension.choices[str(values[name])]
        for key in dimension.key:
            piece: Any = values[name]
            for part in reversed(key.split(".")):
                piece = {part: piece}
            yield piece


def _reachable(base: Path, folder: Path) -> str:
    """``base`` as seen from ``folder``, so that both may move; whole where drives differ."""
    try:
        return Path(os.path.relpath(base, folder)).as_posix()
    except ValueError:
        return base.as_posix()
