"""A sweep from its file; every problem in one message."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ppocr_ext.config.explain import explain, nearest, where
from ppocr_ext.config.merge import apply_overrides, merge, read_with_bases
from ppocr_ext.config.parts import part_problems
from ppocr_ext.config.schema import Config
from ppocr_ext.config.source import BASE, Key, Source, describe, read_source
from ppocr_ext.errors import UserError
from ppocr_ext.show.formats import counted
from ppocr_ext.sweep.schema import Sweep, Value

Values = dict[str, Value]
"""Each dimension's value in one trial."""


def load_sweep(path: Path, overrides: Sequence[str] = ()) -> Sweep:
    """Read ``path``, apply ``-o`` overrides, check everything but the trials' own configs.

    Raises:
        UserError: all unknown keys and wrong values at once, then also those of what trials change.
    """
    source = apply_overrides(read_source(path), overrides)
    problems = list(source.problems)
    sweep = None
    try:
        sweep = Sweep.model_validate(source.tree)
    except ValidationError as error:
        problems += explain(error, source.origins, Sweep)
    if sweep is not None:
        problems += [text + where(key, source.origins) for key, text in _contradictions(sweep)]
        base = path.parent / sweep.base
        if not base.is_file():
            problems.append(f"base: {sweep.base} does not exist beside {path.name}")
        sweep.base = base.resolve().as_posix()
        _anchor(sweep, path.parent)
    if sweep is None or problems:
        problems += _problems_of_trials(source, path.parent)
        listed = "\n".join(f"  - {problem}" for problem in problems)
        cure = "correct these keys (configs/sweeps/README.md lists them all)"
        raise UserError(f"{path} has {counted(len(problems), 'problem')}:\n{listed}", cure=cure)
    return sweep


def _problems_of_trials(sweep: Source, folder: Path) -> list[str]:
    """What is wrong with the base of a sweep that does not load, and with each change of it."""
    base = folder / str(sweep.tree.get("base"))
    if not base.is_file():
        return []
    below = read_with_bases(base)
    known = _problems(below.tree, below.origins)
    lines, shared = [*below.problems, *known.values()], below.tree
    for at, piece in _changes(sweep.tree):
        origins = {key[len(at) :]: o for key, o in sweep.origins.items() if key[: len(at)] == at}
        tree = merge(shared, {key: value for key, value in piece.items() if key != BASE})
        found = _problems(tree, origins)
        for plain, line in found.items():
            place = where(at, sweep.origins) if line == plain else ""
            lines += [f"{'.'.join(at)}: {line}{place}"] * (plain not in known)
        if at == _SHARED:
            shared, known = tree, known | found
    return lines


_SHARED = ("config",)


def _changes(tree: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Where a sweep changes the config, and what: for all trials first."""
    if isinstance(tree.get("config"), Mapping):
        yield _SHARED, tree["config"]
    dimensions = tree.get("dimensions")
    for name, dimension in dimensions.items() if isinstance(dimensions, Mapping) else ():
        choices = dimension.get("choices") if isinstance(dimension, Mapping) else None
        for option, piece in choices.items() if isinstance(choices, Mapping) else ():
            if isinstance(piece, Mapping):
                yield ("dimensions", str(name), "choices", str(option)), piece
        keys, values = (_listed(dimension, key) for key in ("key", "choices"))
        for key in keys:
            piece = nested(key, values[0] if values else dimension.get("low"))
            yield ("dimensions", str(name), "key"), piece


def _listed(dimension: Any, name: str) -> list[Any]:
    value = dimension.get(name) if isinstance(dimension, Mapping) else None
    return [value] if isinstance(value, str) else value if isinstance(value, list) else []


def nested(key: object, value: Any) -> Any:
    """``a.b`` and a value as ``{a: {b: value}}``."""
    for part in reversed(str(key).split(".")):
        value = {part: value}
    return value


def _problems(tree: dict[str, Any], origins: Mapping[Key, str]) -> dict[str, str]:
    """Each problem of a config, without its place → with it."""
    try:
        Config.model_validate(tree)
        plain, placed = list[str](), list[str]()
    except ValidationError as error:
        plain, placed = explain(error, {}), explain(error, origins)
    plain, placed = plain + part_problems(tree, {}), placed + part_problems(tree, origins)
    return dict(zip(plain, placed, strict=True))


def planned(sweep: Sweep) -> list[tuple[str | None, Values]]:
    """(name, values) of every trial that is known before the study begins; no values: sampled."""
    listed: list[tuple[str | None, Values]] = list(sweep.configurations.items())
    if sweep.sampler.name == "grid":
        names = list(sweep.dimensions)
        options = [dimension.options or [] for dimension in sweep.dimensions.values()]
        grid = [dict(zip(names, row, strict=True)) for row in itertools.product(*options)]
        listed += [(None, values) for values in grid if values not in sweep.configurations.values()]
    elif sweep.sampler.name != "none":
        listed += [(None, {})] * ((sweep.budget.trials or 0) - len(listed))
    return listed[: sweep.budget.trials]


def _contradictions(sweep: Sweep) -> Iterator[tuple[Key, str]]:
    """What each key allows by itself, and the keys together do not."""
    for name, values in sweep.configurations.items():
        yield from _wrong_values(sweep, name, values)
    sampler = sweep.sampler.name
    if sampler == "none" and not sweep.configurations:
        key: Key = ("configurations",)
        yield key, "configurations: none are listed, and sampler.name is none; choose tpe or grid"
    if sampler in ("random", "tpe") and sweep.budget.trials is None:
        yield ("budget",), f"budget.trials: missing; sampler {sampler} never ends"
    if sweep.budget.minutes is not None and not sweep.configurations:
        key = ("budget", "minutes")
        yield key, "budget.minutes: nothing to measure; expected a first one in configurations"
    for name, dimension in sweep.dimensions.items():
        if sampler == "grid" and dimension.options is None:
            key = ("dimensions", name)
            yield key, f"dimensions.{name}: a range, expected choices for sampler grid"


def _wrong_values(sweep: Sweep, name: str, values: Values) -> Iterator[tuple[Key, str]]:
    for dimension in sweep.dimensions:
        if dimension not in values:
            yield ("configurations", name), f"configurations.{name}.{dimension}: missing"
    for dimension, value in values.items():
        key = ("configurations", name, dimension)
        dotted = ".".join(key)
        if dimension not in sweep.dimensions:
            yield key, f"{dotted}: unknown dimension{_hint(dimension, sweep.dimensions)}"
        elif not sweep.dimensions[dimension].holds(value):
            yield key, f"{dotted}: found {describe(value)}, {_expected(sweep, dimension, value)}"


def _expected(sweep: Sweep, name: str, value: Value) -> str:
    dimension = sweep.dimensions[name]
    if dimension.options is None:
        kind = "a whole number" if dimension.whole else "a number"
        return f"expected {kind} from {dimension.low:g} to {dimension.high:g}"
    options = [str(option) for option in dimension.options]
    return f"expected one of {', '.join(options)}{_hint(str(value), options)}"


def _hint(name: str, known: Iterable[str]) -> str:
    guess = nearest(name, known)
    return f"; did you mean {guess}?" if guess else ""


def _anchor(sweep: Sweep, folder: Path) -> None:
    """Let the pieces' bases, which are relative to the sweep file, be found from anywhere."""
    for dimension in sweep.dimensions.values():
        pieces: dict[str, dict[str, Any]] = (
            dimension.choices if isinstance(dimension.choices, dict) else {}
        )
        for piece in pieces.values():
            bases = piece.get(BASE, [])
            bases = [bases] if isinstance(bases, str) else bases
            piece[BASE] = [(folder / base).resolve().as_posix() for base in bases]
