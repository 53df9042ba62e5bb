"""The schema of a config: PaddleOCR's sections, and for each key its type, default and use."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, model_validator
from pydantic.fields import FieldInfo

from ppocr_ext.config.schema import data, model, optimizer, run
from ppocr_ext.config.schema.section import Ignored, Section, named_steps
from ppocr_ext.console import tool_command

__all__ = ["Config", "named_steps", "schema_keys", "section_at"]


class Config(Section):
    """A whole training config; the attributes are PaddleOCR's section names."""

    Global: run.Global = Field(default_factory=run.Global)
    """The run."""
    Architecture: model.Architecture
    """The network."""
    Loss: model.Loss = Field(default_factory=model.Loss)
    """What training minimises."""
    Optimizer: optimizer.Optimizer = Field(default_factory=optimizer.Optimizer)
    """How it minimises."""
    PostProcess: model.PostProcess = Field(default_factory=model.PostProcess)
    """Scores to text."""
    Metric: model.Metric = Field(default_factory=model.Metric)
    """How evaluation counts."""
    Train: data.Train = Field(default_factory=data.Train)
    """What is trained on."""
    Eval: data.Eval = Field(default_factory=data.Eval)
    """What is evaluated."""
    wandb: dict[str, Any] | None = None
    """Arguments of Weights & Biases, as in PaddleOCR: `project`, `name`, `id`, `entity`, `group`,
    `job_type`, `tags`, `notes`, `mode`. With this section `use_wandb` is true unless written."""

    profiler_options: Ignored = None

    @model_validator(mode="after")
    def _wandb_is_asked_for(self) -> Config:
        if self.wandb is not None and "use_wandb" not in self.Global.model_fields_set:
            self.Global.use_wandb = True
        return self

    _typed: tuple[str, ...] = PrivateAttr(())

    def came_from(self, path: Path, overrides: Sequence[str]) -> None:
        """Remember the file and the ``-o`` overrides that this config was read from."""
        self._typed = ("-c", path.as_posix(), *(["-o", *overrides] if overrides else []))

    def command(self, tool: str, *options: str) -> str:
        """What to type to run ``tools/<tool>`` on this config, quoted for this system's shell."""
        return tool_command(tool, *self._typed, *options)

    @cached_property
    def tree(self) -> dict[str, Any]:
        """Every key with its value as plain dicts, lists and scalars, for a YAML file."""
        return self.model_dump(mode="json")

    def ignored(self) -> list[str]:
        """Dotted names of the keys given for PaddleOCR that nothing here reads."""
        return _ignored(self, ())


def schema_keys(
    section: type[Section] = Config, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Each key of the schema with its field, sections before their own keys; ``NAME`` stands for
    the names in a mapping of sections."""
    for name, field in section.model_fields.items():
        yield (*path, name), field
        inner = section_of(field.annotation)
        if inner is not None:
            is_mapping = typing.get_origin(field.annotation) is dict
            yield from schema_keys(inner, (*path, name, *["NAME"] * is_mapping))


def section_at(key: tuple[str | int, ...], root: type[Section] = Config) -> type[Section] | None:
    """The class of the section at ``key``, ``None`` where the schema does not reach."""
    section: type[Section] | None = root
    is_mapping = False
    for part in key:
        if isinstance(part, int) or is_mapping:
            is_mapping = False
            continue  # an entry of a list or of a mapping of sections
        field = section.model_fields.get(part) if section else None
        section = section_of(field.annotation) if field else None
        is_mapping = field is not None and typing.get_origin(field.annotation) is dict
    return section


def section_of(annotation: Any) -> type[Section] | None:
    """The section class in ``X``, ``X | None``, ``list[X]`` or ``dict[str, X]``."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation if issubclass(annotation, Section) else None
    found = (section_of(part) for part in typing.get_args(annotation))
    return next((section for section in found if section), None)


def _ignored(section: Section, path: tuple[str, ...]) -> list[str]:
    found = [".".join((*path, key)) for key in section.ignored_fields() & section.model_fields_set]
    for key in type(section).model_fields:
        value = getattr(section, key)
        if isinstance(value, Section):
            found += _ignored(value, (*path, key))
    return sorted(found)
