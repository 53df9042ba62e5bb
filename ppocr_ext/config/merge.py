"""Configs on top of configs: ``_base_`` files and ``-o key=value`` overrides.

A mapping merges key by key; anything else replaces what stood there, and so does a mapping that
holds ``_delete_: true``. On top of a list of ``- Name: {arguments}`` a mapping changes the named
entries only, so that a difference stays one line: ``transforms: {RecAug: {tia_prob: 0.6}}``. A name
that the list does not have is added at its end; ``Name: {_delete_: true}`` removes an entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from ppocr_ext.config.explain import nearest, where
from ppocr_ext.config.source import (
    BASE,
    DELETE,
    Key,
    Source,
    describe,
    parse_value,
    read_source,
)
from ppocr_ext.errors import UserError
from ppocr_ext.runtime import shipped

_SHOWN = 8  # files that a cure lists
_REMOVED = {DELETE: True}  # the arguments of an entry that is to go
# What is named by one layer is not made by the command of a lower one.
_MAKERS = {"pretrained_model": "make_pretrained", "data_dir": "make", "label_file_list": "make"}


def read_with_bases(path: Path) -> Source:
    """``path`` on top of its ``_base_`` files (relative to it); later bases lie on earlier ones."""
    tree, origins, problems = _stacked(path, ())
    by_name = set(origins)
    origins = {_placed(tree, key): place for key, place in origins.items()}
    for key in _unused_removals(tree):
        why = f"no list of its {BASE} has this entry"
        if key not in by_name:
            why = f"a list replaces that of its {BASE}"
            why += f"; write '{key[-1]}: {{{DELETE}: true}}' without the dash"
        text = f"{'.'.join(map(str, key))}: {DELETE} removes nothing; {why}"
        problems.append(text + where(_placed(tree, key), origins))
    return Source(_without_marks(tree), origins, problems)


def files_of(path: Path) -> list[Path]:
    """``path`` and every file that it is based on."""
    bases = read_source(path).tree.get(BASE, [])
    bases = [bases] if isinstance(bases, str) else bases
    return [path, *(file for base in bases for file in files_of(_base_of(path, base)))]


def _base_of(path: Path, base: str) -> Path:
    return shipped(path.parent / base, base)


def _stacked(path: Path, above: tuple[Path, ...]) -> Source:
    """``path`` on its bases; ``above`` are the files that led here. Marks stay: they may act on
    a base that this file is laid on later."""
    resolved = path.resolve()
    if resolved in above:
        circle = " -> ".join(step.name for step in (*above[above.index(resolved) :], resolved))
        raise UserError(f"{path} is its own base: {circle}", cure=f"remove one {BASE}")
    own = read_source(path)
    bases = own.tree.pop(BASE, [])
    bases = [bases] if isinstance(bases, str) else bases
    if not isinstance(bases, list) or not all(isinstance(base, str) for base in bases):
        raise UserError(f"{path}: {BASE} is {describe(bases)}", "a path or a list of paths")
    for base in bases:
        if not _base_of(path, base).exists():
            raise UserError(
                f"{path}: {BASE} {base} does not exist",
                f"a path that starts at the folder of {path.name}",
                _choose_a_base(path, base),
            )
    marks = _wrong_marks(own.tree)
    own.problems.extend(text + where(key, own.origins) for key, text in marks)
    tree: Any = {}
    origins: dict[Key, str] = {}
    problems: list[str] = []
    below = [_stacked(_base_of(path, base), (*above, resolved)) for base in bases]
    for layer in (*below, own):
        tree = merge(tree, layer.tree)
        origins = {k: v for k, v in origins.items() if not _is_replaced(k, layer.tree)}
        origins |= layer.origins
        problems += layer.problems
    return Source(tree, origins, problems)


def _choose_a_base(path: Path, base: str) -> str:
    """The files that ``base`` may mean, as ``path`` names them."""
    found: list[str] = []
    for folder in dict.fromkeys((Path(base).parent, Path())):
        files = sorted((path.parent / folder).glob("*.yml"))
        found += [
            (folder / file.name).as_posix()
            for file in files
            if file.name != path.name or folder != Path()
        ]
    guess = nearest(base, found)
    if guess:
        return f"write {BASE}: {guess}"
    return f"choose one of {', '.join(found[:_SHOWN])}" if found else "correct the path"


def _wrong_marks(value: Any, key: Key = ()) -> Iterator[tuple[Key, str]]:
    """Marks that would remove nothing: what each says instead of ``true``."""
    inner = value if isinstance(value, dict) else {}
    inner = dict(enumerate(value)) if isinstance(value, list) else inner
    for part, below in inner.items():
        if part == DELETE and below is not True:
            text = ".".join(map(str, (*key, part)))
            yield (*key, part), f"{text}: found {describe(below)}, expected true, or no {DELETE}"
        yield from _wrong_marks(below, (*key, part))


def _is_replaced(key: Key, tree: Any) -> bool:
    """Whether a layer of that ``tree`` replaces what a lower one wrote at ``key`` or around it."""
    for part in key:
        if not isinstance(tree, dict) or tree.get(DELETE) is True:
            return True
        if isinstance(part, int):
            continue  # a mapping on a list of named entries: the name follows
        if part not in tree:
            return False
        tree = tree[part]
    return not isinstance(tree, dict)


def _placed(tree: Any, key: Key) -> Key:
    """``key`` with the position that a name of a ``- Name: {arguments}`` list stands for."""
    placed: list[str | int] = []
    for number, part in enumerate(key):
        if isinstance(tree, list) and isinstance(part, int):
            name = key[number + 1 : number + 2]  # an entry before it may have been removed
            part = next((i for i, item in enumerate(tree) if (_name(item),) == name), part)
        if isinstance(tree, list) and isinstance(part, str):
            names = [_name(item) for item in tree]
            position = names.index(part) if part in names else int(part) if part.isdigit() else None
            if position is None or position >= len(tree):
                return (*placed, *key[len(placed) :])
            placed.append(position)
            tree = tree[position]
            if part not in names:
                continue
        placed.append(part)
        if isinstance(tree, dict):
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            tree = tree[part]
    return tuple(placed)


def merge(lower: Any, upper: Any) -> Any:
    """``upper`` on top of ``lower``; neither is changed."""
    if not isinstance(upper, dict):
        return upper
    if upper.get(DELETE) is True or not isinstance(lower, dict | list):
        return upper
    if isinstance(lower, dict):
        merged = {**lower, **{key: merge(lower.get(key), value) for key, value in upper.items()}}
        orphans = {_MAKERS.get(key) for key in upper if merged[key] != lower.get(key)} - set(upper)
        return {key: value for key, value in merged.items() if key not in orphans}
    entries = _entries(lower)
    if entries is None or not all(isinstance(args, dict | None) for args in upper.values()):
        return upper  # no list of names: the schema reports the mapping that it finds here
    for name, args in upper.items():
        if args == _REMOVED and name in entries:
            del entries[name]
        else:
            entries[name] = merge(entries.get(name), args)
    return [{name: args} for name, args in entries.items()]


def _entries(listed: list[Any]) -> dict[str, Any] | None:
    """A list of ``- Name: {arguments}`` by its names; ``None`` for another one, or an empty one."""
    entries = {
        name: args
        for item in listed
        if isinstance(item, dict) and len(item) == 1
        for name, args in item.items()
        if isinstance(args, dict | None)
    }
    return entries if listed and len(entries) == len(listed) else None


def _unused_removals(value: Any, key: Key = ()) -> Iterator[Key]:
    """Entries of lists that are only there to remove one of its bases."""
    if isinstance(value, list):
        removals = [name for name, args in (_entries(value) or {}).items() if args == _REMOVED]
        yield from ((*key, name) for name in removals)
        value = dict(enumerate(value))
    for part, inner in value.items() if isinstance(value, dict) else ():
        yield from _unused_removals(inner, (*key, part))


def _without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_marks(inner) for key, inner in value.items() if key != DELETE}
    return [_without_marks(inner) for inner in value] if isinstance(value, list) else value


def apply_overrides(source: Source, overrides: Sequence[str]) -> Source:
    """``source`` with each ``a.b.c=value`` set; what leads nowhere is added to its problems.

    A part of the key may be a position in a list or the name of a ``- Name: {arguments}`` entry.
    """
    tree, origins, problems = source
    named: list[list[str]] = []
    for override in overrides:
        dotted, equals, text = override.partition("=")
        parts = dotted.strip().split(".")
        if not equals or not all(parts):
            raise UserError(f"-o {override}", "-o key=value, such as -o Global.epoch_num=20")
        try:
            tree = _replaced(tree, parts, parse_value(text))
        except yaml.YAMLError:
            raise UserError(f"-o {override}", "a YAML value", f"write '{dotted}=\"...\"'") from None
        except LookupError as error:
            problems = [*problems, f"-o {override}: {error.args[0]}"]
        key = _placed(tree, tuple(parts))
        origins = {k: v for k, v in origins.items() if k[: len(key)] != key}
        origins[key] = f"-o {override}"
        named.append(parts)
    for *section, last in named:
        maker = [*section, _MAKERS.get(last, "")]
        if last in _MAKERS and maker not in named:
            tree = _replaced(tree, maker, None)
    return Source(tree, origins, problems)


def _replaced(tree: Any, parts: list[str], value: Any) -> Any:
    """``tree`` with ``value`` at ``parts``.

    ``LookupError`` when a list has no such entry, or where a text is in its place: a slip, say
    of a full-width colon, which must not vanish under the override.
    """
    if not parts:
        return value
    if isinstance(tree, str):
        raise LookupError(f"found the text {tree!r} where {'.'.join(parts)} would be a key")
    part, rest = parts[0], parts[1:]
    if not isinstance(tree, list):
        lower = tree if isinstance(tree, dict) else {}
        return {**lower, part: _replaced(lower.get(part), rest, value)}
    changed = list(tree)
    if part.isdigit() and int(part) < len(tree):
        changed[int(part)] = _replaced(tree[int(part)], rest, value)
        return changed
    names = [_name(item) for item in tree]
    if part not in names:
        if not tree:
            raise LookupError("the list is empty")
        known = [name for name in names if name] or [f"0 to {len(tree) - 1}"]
        raise LookupError(f"the list has no entry {part}, only {', '.join(known)}")
    position = names.index(part)
    changed[position] = {part: _replaced(tree[position][part], rest, value)}
    return changed


def _name(item: Any) -> str | None:
    """The name of a ``- Name: {arguments}`` entry."""
    return next(iter(item)) if isinstance(item, dict) and len(item) == 1 else None
