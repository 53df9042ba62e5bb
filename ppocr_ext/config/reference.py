"""The list of every config key, from the schema: ``python -m ppocr_ext.config.reference``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from ppocr_ext.config.schema import Config, schema_keys, section_at, section_of
from ppocr_ext.files import write_text
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.show.tables import markdown_table

Row = tuple[str, str, str, str]

_INTRODUCTION = """\
# Configs

| file | what |
|---|---|
| `base_rec.yml` | what every recipe shares: the published model, PP-OCRv6 small on our dictionary |
| `rec_quick.yml` | adapts it to engraved plates in ten minutes on two CPU cores |
| `rec_finetune.yml` | adapts it to a few thousand lines of your own |
| `rec_vi.yml` | its long training: every look, drawn while read, each kind evaluated by itself |
| `rec_huge.yml` | 110,000 lines |
| `rec_huge_phase2.yml` | to continue it with: lower rate, stronger augmentation, more epochs |
| [`models/`](models/README.md) | other networks, for any of these configs |
| [`recipes/`](recipes/README.md) | losses and ways of training, each in a few lines |
| [`sweeps/`](sweeps/README.md) | many settings side by side, for `tools/sweep.py` |

- The schema is PaddleOCR's; its stock CTC recognition configs load as they are. A config of another
  decoder (RARE, SAR, NRTR, SRN, PARSeq …) is refused, with a command that starts a CTC recogniser.
- `_base_: other.yml` (or a list) builds a file on others, whose paths are relative to it. Mappings
  merge; anything else replaces, as does a mapping with `_delete_: true`.
- A mapping on a list of `- Name: {arguments}` changes the entries of these names, adds those that
  the list does not have at its end, and removes those whose only argument is `_delete_: true`:
  `transforms: {RecAug: {strength: 0.8}, RecConAug: {prob: 0.3}}`,
  `loss_config_list: {NRTRLoss: {_delete_: true}}`.
- `-o Section.key=value` overrides one key; a part may be a position or a name in a list:
  `-o Train.dataset.ratio_list.0=0.5 -o Train.dataset.transforms.RecAug.strength=0.8`.
- Relative paths inside a config start at the current directory, as in PaddleOCR.

The lists below are made from the schema by `python -m ppocr_ext.config.reference`.
"""
HEAD = ("key", "value", "default", "what")


def reference() -> str:
    """The text of ``configs/README.md``."""
    sections: dict[str, list[Row]] = {}
    ignored = []
    for path, field in schema_keys():
        rows = sections.setdefault(path[0], [])
        if path[-1] in (section_at(path[:-1]) or Config).ignored_fields():
            ignored.append(f"`{'.'.join(path)}`")
        elif is_listed(field):
            rows.append(row(".".join(path[1:]) or path[0], field))
    known = set(sections["Train"])
    sections["Eval"] = [
        cells
        for cells in sections["Eval"]
        if (cells[0].replace("sets.NAME.", "dataset."), *cells[1:]) not in known
    ]
    lines = [_INTRODUCTION]
    for name, rows in sections.items():
        if rows:
            also = " (the other keys as in `Train`, of a set as in `dataset`)" * (name == "Eval")
            lines += [f"## {name}{also}", markdown_table(HEAD, rows, is_markdown=True), ""]
    lines += ["## Accepted for PaddleOCR, without effect here", ", ".join(sorted(ignored)), ""]
    return "\n".join(lines)


def is_listed(field: FieldInfo) -> bool:
    """Whether a key has a row itself: every key but sections that are always there."""
    kinds = {*get_args(field.annotation), get_origin(field.annotation)}
    return section_of(field.annotation) is None or bool({type(None), dict, list} & kinds)


def row(key: str, field: FieldInfo) -> Row:
    """The cells under :data:`HEAD`, Markdown."""
    return f"`{key}`", _values(field), _default(field), _text(field)


def _text(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())


def _values(field: FieldInfo) -> str:
    return ", ".join(dict.fromkeys(_kinds(field.annotation)))


def _kinds(annotation: Any) -> Iterator[str]:
    """What may stand there, as words: ``int | None`` → whole number, null."""
    names = {int: "whole number", float: "number", str: "text", bool: "true, false"}
    if get_origin(annotation) is Literal:
        yield from (f"`{choice}`" for choice in get_args(annotation))
    elif annotation in names:
        yield names[annotation]
    elif annotation is type(None):
        yield "null"
    elif get_origin(annotation) in (list, tuple):
        yield "list"
    elif get_origin(annotation) is dict or section_of(annotation) is annotation:
        yield "mapping"
    else:
        for part in get_args(annotation):
            yield from _kinds(part)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, str):
        default = default.encode("unicode_escape").decode("ascii") or '""'
    return f"`{json.dumps(default)}`" if not isinstance(default, str) else f"`{default}`"


if __name__ == "__main__":
    write_text(REPOSITORY / "configs" / "README.md", reference())
    sys.exit(0)
