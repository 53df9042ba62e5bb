"""One YAML file as plain data, with the place where each key was written.

Numbers follow YAML 1.2: ``1e-4`` is a float, where PyYAML alone would give a string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ppocr_ext.errors import UserError

Key = tuple[str | int, ...]
BASE = "_base_"  # the files that a file lies on
DELETE = "_delete_"  # what a lower one says here does not count
_MAX_NODES = 100_000  # an anchor that repeats itself, or a "billion laughs" file


class Source(NamedTuple):
    """What a file says: the data, `file:line` of each key, and keys written twice."""

    tree: dict[str, Any]
    origins: dict[Key, str]
    problems: list[str]


class _Loader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2's floats."""


class _Dumper(yaml.SafeDumper):
    """SafeDumper that quotes a text which :class:`_Loader` would read as a float."""


for _handler in (_Loader, _Dumper):
    _handler.add_implicit_resolver(
        "tag:yaml.org,2002:float",
        re.compile(r"^[-+]?(\d+(\.\d*)?|\.\d+)[eE][-+]?\d+$"),
        list("-+.0123456789"),
    )


def parse_value(text: str) -> Any:
    """A value as YAML reads it: ``1e-4`` → 0.0001, ``[0, 5]`` → a list, nothing → ``None``."""
    return yaml.load(text, Loader=_Loader)  # a SafeLoader


def dump_yaml(data: dict[str, Any]) -> str:
    """``data`` as YAML text in its own order, readable by :func:`parse_value` and PaddleOCR."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


def read_source(path: Path) -> Source:
    """Read one YAML file whose top level is a mapping; ``UserError`` for anything else."""
    text = _read_utf8(path)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise UserError(f"{path} is empty", "a YAML config", "start from configs/base_rec.yml")
        origins: dict[Key, str] = {}
        problems: list[str] = []
        for key, line, twice in _keys(node, (), [_MAX_NODES]):
            origins[key] = f"{path}:{line}"
            if twice:
                dotted = ".".join(map(str, key))
                problems.append(f"{dotted}: written twice, again at {path}:{line}")
        tree = loader.construct_document(node)
    except yaml.YAMLError as error:
        problem = _first_lines(error)
        raise UserError(
            f"{path} is not YAML: {problem}",
            "a YAML config",
            next((cure for word, cure in _CURES.items() if word in problem), _LOOK),
        ) from None
    except (RecursionError, _TooLarge):
        raise UserError(
            f"{path} repeats itself without end", "a YAML config", "look at its & and * anchors"
        ) from None
    if not isinstance(tree, dict):
        raise UserError(
            f"{path} holds {describe(tree)} at its top level",
            "a mapping of sections (Global:, Architecture:, Train: ...)",
        )
    return Source(tree, origins, problems)


def describe(value: Any) -> str:
    """``value`` in words that a person who writes YAML knows."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    shown = str(value) if len(str(value)) <= 60 else str(value)[:57] + "..."
    return f"the text {shown!r}" if isinstance(value, str) else f"{shown}"


DOUBLE_QUOTES = (
    "in double quotes a backslash starts an escape: write it in single quotes, or with /"
)
_LOOK = "look at that line and the one before it"
_CURES = {  # by words of PyYAML
    "escape": DOUBLE_QUOTES,
    "\\t": "indent with spaces: YAML allows no tabs there",
    "mapping values are not allowed": f"put a text that holds a colon in quotes; else {_LOOK}",
}


class _TooLarge(Exception):
    """More nodes than any config has."""


def _keys(node: yaml.Node, path: Key, budget: list[int]) -> Iterator[tuple[Key, int, bool]]:
    """Each key of the tree below ``node``: its path, line (from 1), whether it came before."""
    budget[0] -= 1
    if budget[0] < 0:
        raise _TooLarge
    children: list[tuple[str | int, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        children = [(key.value, key, value) for key, value in node.value if _is_plain(key)]
    elif isinstance(node, yaml.SequenceNode):
        children = [(index, value, value) for index, value in enumerate(node.value)]
    seen: set[str | int] = set()
    for name, mark, value in children:
        yield (*path, name), mark.start_mark.line + 1, name in seen
        seen.add(name)
        yield from _keys(value, (*path, name), budget)


def _is_plain(key: yaml.Node) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge"


def _read_utf8(path: Path) -> str:
    if path.is_dir():
        raise UserError(f"{path} is a folder", "a YAML file", _choose_one_of(path))
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UserError(
            f"{path} does not exist", "a YAML config file", _choose_one_of(path.parent)
        ) from None
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    if encoding is None and b"\x00" in data:
        raise UserError(f"{path} is not text", "a YAML file in UTF-8")
    try:
        if encoding is None:
            return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        encoding = f"not UTF-8 (byte {data[error.start]:#x} in line {_line(data, error.start)})"
    raise UserError(
        f"{path} is {encoding}", "UTF-8", "save it as UTF-8 (in Notepad: Save as, Encoding)"
    )


_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def _line(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


def _choose_one_of(folder: Path) -> str:
    names = sorted(path.as_posix() for path in folder.glob("*.yml")) if folder.is_dir() else []
    return f"choose one of {', '.join(names[:8])}" if names else "check the path"


def _first_lines(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return " ".join(str(error).split())
