"""What is wrong with a config, in words: the key, what was found, what was expected, where."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ppocr_ext.config.schema import Config, schema_keys, section_at
from ppocr_ext.config.schema.section import Section
from ppocr_ext.config.source import BASE, DELETE, Key, describe

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
    "less_than": "less than {lt}",
    "missing": "a value: this key must be given",
    "too_long": "at most {max_length} entries",
}


def explain(
    error: ValidationError,
    origins: Mapping[Key, str],
    root: type[Section] = Config,
    at: Key = (),
) -> list[str]:
    """One line for each problem, in the order of the schema whose top, ``root``, lies at ``at``."""
    return [
        # "[key]" is pydantic's mark of a name in a mapping
        ".".join(map(str, (*at, *details["loc"]))).removesuffix(".[key]")
        + _problem(details["loc"], details, root)
        + where((*at, *details["loc"]), origins)
        for details in error.errors(include_url=False)
    ]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was probably meant to be."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def _problem(key: Key, details: ErrorDetails, root: type[Section]) -> str:
    found, kind = details["input"], details["type"]
    if kind in ("extra_forbidden", "invalid_key"):
        return f": unknown key{_hint(key, root)}"
    if kind == "missing":
        return f": {missing(str(key[-1]), found)}"
    context = details.get("ctx", {})
    expected = _EXPECTED.get(kind, details["msg"]).format(**context)
    if kind == "literal_error":
        names = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
        guess = nearest(found, names) if isinstance(found, str) and len(names) > 1 else None
        expected = ("one of " if len(names) > 1 else "") + ", ".join(names)
        expected += f"; did you mean {guess}?" if guess else ""
    if isinstance(found, dict | list) and kind not in _EXPECTED:
        return f": expected {expected}"
    return f": found {describe(found)}, expected {expected}{_slip(found)}"


def missing(key: str, section: Mapping[Any, Any]) -> str:
    """What is wrong with a section without ``key``, which may be there, misspelt."""
    slip = nearest(key, (each for each in section if isinstance(each, str)))
    return f"missing; {f'found {slip}; did you mean {key}?' if slip else 'this key must be given'}"


def _slip(found: Any) -> str:
    """What was probably meant, in YAML's words."""
    if not isinstance(found, str):
        return ""
    if found.lower() == "none":
        return "; in YAML no value is written as null or left empty"
    return "; YAML needs ': ', a colon and a space" if re.match(r"\w+(：|:\S)", found) else ""


def _hint(key: Key, root: type[Section]) -> str:
    """The nearest key of the same section, else keys of this name elsewhere, else what is known."""
    section = section_at(key[:-1], root) or root
    known = [name for name in section.model_fields if name not in section.ignored_fields()]
    name = str(key[-1])
    if guess := nearest(name, [*known, DELETE, *([] if key[:-1] else [BASE])]):
        return f"; did you mean {guess}?"
    elsewhere = [".".join(path) for path, _ in schema_keys(root) if path[-1] == name]
    if elsewhere:
        return f"; did you mean {' or '.join(elsewhere)}?"
    return f"; known keys: {', '.join(known)}" if len(known) <= 10 else ""


def where(key: Key, origins: Mapping[Key, str]) -> str:
    """`  [file:line]` of the key, or of the nearest section around it that was written."""
    for end in range(len(key), 0, -1):
        if key[:end] in origins:
            return f"  [{origins[key[:end]]}]"
    return ""
