"""What is wrong with a config, in words: the key, what was found, what was expected, where."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ppocr_ext.config.schema import Config
from ppocr_ext.config.schema.section import Section
from ppocr_ext.config.source import Key, describe

_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping of keys",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "missing": "a value: this key must be given",
    "too_long": "at most {max_length} entries",
}


def explain(error: ValidationError, origins: Mapping[Key, str]) -> list[str]:
    """One line for each problem, in the order of the schema."""
    return [
        _line(details["loc"], details) + _where(details["loc"], origins)
        for details in error.errors(include_url=False)
    ]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was probably meant to be."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def _line(key: Key, details: ErrorDetails) -> str:
    dotted, found, kind = ".".join(map(str, key)), details["input"], details["type"]
    if kind == "extra_forbidden":
        section = section_at(key[:-1])
        known = list(section.model_fields) if section else []
        guess = nearest(str(key[-1]), known)
        hint = f"did you mean {guess}?" if guess else f"known keys: {', '.join(known)}"
        return f"{dotted}: unknown key; {hint}"
    if kind == "missing":
        return f"{dotted}: missing; this key must be given"
    context = details.get("ctx", {})
    expected = _EXPECTED.get(kind, details["msg"]).format(**context)
    if kind == "literal_error":
        expected = f"one of {context['expected']}".replace(" or ", ", ").replace("'", "")
        names = expected.removeprefix("one of ").split(", ")
        guess = nearest(found, names) if isinstance(found, str) else None
        expected += f"; did you mean {guess}?" if guess else ""
    if isinstance(found, dict | list) and kind not in _EXPECTED:
        return f"{dotted}: expected {expected}"
    return f"{dotted}: found {describe(found)}, expected {expected}"


def section_at(key: Key) -> type[Section] | None:
    """The schema's class of the section at ``key``, ``None`` where the schema does not reach."""
    section: type[Section] | None = Config
    for part in key:
        if isinstance(part, int):
            continue  # an entry of a list of sections
        field = section.model_fields.get(part) if section else None
        section = _section_in(field.annotation) if field else None
    return section


def _section_in(annotation: Any) -> type[Section] | None:
    """The section class inside ``X``, ``X | None`` or ``list[X]``."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, Section) else None
    found = (_section_in(part) for part in typing.get_args(annotation))
    return next((section for section in found if section), None)


def _where(key: Key, origins: Mapping[Key, str]) -> str:
    """`  [file:line]` of the key, or of the nearest section around it that was written."""
    for end in range(len(key), 0, -1):
        if key[:end] in origins:
            return f"  [{origins[key[:end]]}]"
    return ""
