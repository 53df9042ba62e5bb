"""Texts that YAML reads otherwise than they were meant: escapes in paths, the word None."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

from ppocr_ext.config.explain import where
from ppocr_ext.config.schema import schema_keys
from ppocr_ext.config.source import DOUBLE_QUOTES, Key
from ppocr_ext.errors import printable

_FREE = ("delimiter", "separator")  # keys whose texts are no paths and may hold anything
# What YAML's escapes make in a Windows path: \t, \n, \b …, \N, \_, \L and \P.
_ESCAPED = re.compile("[\x01-\x1f\x7f\x85\xa0\u2028\u2029]")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


class Slip(NamedTuple):
    """A text of a config that is hardly what was meant, and the line that says so."""

    text: str
    problem: str


def slips(tree: Mapping[str, Any], origins: Mapping[Key, str]) -> list[Slip]:
    """Those of a whole config."""
    of_text = {path for path, field in schema_keys() if _takes_text(field.annotation)}
    found = []
    for key, text in _texts(tree, ()):
        named = tuple(part for part in key if isinstance(part, str))
        if problem := _problem(text, named in of_text):
            dotted = ".".join(map(str, key))
            found.append(Slip(text, f"{dotted}: {problem}{where(key, origins)}"))
    return found


def _takes_text(annotation: Any) -> bool:
    """``str``, ``str | None`` or ``list[str]``."""
    return annotation is str or str in get_args(annotation)


def _problem(text: str, takes_text: bool) -> str:
    if takes_text and text.lower() == "none":
        return f"found the text {text!r}, not nothing: leave the value empty, or remove the key"
    if _ESCAPED.search(text) and not Path(text).exists():
        return f"found '{printable(text)}'; {DOUBLE_QUOTES}"
    if os.name != "nt" and _DRIVE.match(text) and not Path(text).exists():
        return f"found '{text}', a path of Windows, but this system is not Windows"
    return ""


def _texts(value: Any, key: Key) -> Iterator[tuple[Key, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _FREE and (key or name != "wandb"):
                yield from _texts(inner, (*key, name))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _texts(inner, (*key, position))
