"""From a trial's values to its config: the base, and about eight lines of differences."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ppocr_ext.config import FOR_TRAINING, Config, Role, dump_yaml, load_config
from ppocr_ext.config.files import MissingFile
from ppocr_ext.config.load import ConfigError
from ppocr_ext.config.merge import merge
from ppocr_ext.config.source import BASE
from ppocr_ext.errors import UserError
from ppocr_ext.files import write_text
from ppocr_ext.sweep.load import Values, nested, planned
from ppocr_ext.sweep.schema import Sweep

Tree = dict[str, Any]
NAME = "trial.yml"
_SHOWN = 2  # trials of one problem that are named


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
    """Raise :class:`UserError` with all that is wrong with the configs that trials may have."""
    problems: dict[str, list[str]] = {}  # each with the trials that have it
    missing: dict[MissingFile, None] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, (title, values) in enumerate(_to_check(sweep)):
            path = Path(folder) / f"{number}.yml"
            try:
                write_config(sweep, values, path, sweep.path / "trial")
            except ConfigError as error:
                missing |= dict.fromkeys(error.missing)
                for problem in error.problems:
                    line = problem.partition(f"  [{path}:")[0]  # where nobody can look later
                    problems.setdefault(line, []).append(title)
            except UserError as error:
                raise UserError(f"{title}: {error.found}", error.expected, error.cure) from None
    if problems or missing:
        lines = [
            f"{line}  [{', '.join(titles[:_SHOWN])}{' …' if titles[_SHOWN:] else ''}]"
            for line, titles in problems.items()
        ]
        raise ConfigError(f"the sweep {sweep.study}", lines, [*missing])


def _to_check(sweep: Sweep) -> Iterator[tuple[str, Values]]:
    """Every trial that is known, and every choice that only the sampler may take."""
    listed = [
        (f"configurations.{name}" if name else f"the combination {values}", values)
        for name, values in planned(sweep)
        if values
    ]
    yield from listed
    if sweep.sampler.name in ("random", "tpe"):
        usual = listed[0][1] if listed else {n: d.example for n, d in sweep.dimensions.items()}
        for name, dimension in sweep.dimensions.items():
            for option in dimension.options or ():
                if all(values[name] != option for _, values in listed):
                    yield f"dimensions.{name}.choices.{option}", {**usual, name: option}


def _pieces(sweep: Sweep, values: Values) -> Iterator[Tree]:
    for name, dimension in sweep.dimensions.items():
        if isinstance(dimension.choices, dict):
            yield dimension.choices[str(values[name])]
        for key in dimension.key:
            yield nested(key, values[name])


def _reachable(base: Path, folder: Path) -> str:
    """``base`` as seen from ``folder``, so that both may move; whole where drives differ."""
    try:
        return Path(os.path.relpath(base, folder)).as_posix()
    except ValueError:
        return base.as_posix()
