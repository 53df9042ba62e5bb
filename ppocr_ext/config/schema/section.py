"""What every section of a config shares: strict keys, strict numbers, PaddleOCR's shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic_core import PydanticCustomError


class _IgnoredKey:
    """Marks a PaddleOCR key that is accepted and kept, but that nothing here reads."""


def _not_a_bool(value: Any) -> Any:
    """``true`` is not a number, although Python counts it as 1."""
    if isinstance(value, bool):
        raise PydanticCustomError("not_a_bool", "a number")
    return value


def _regular_expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise PydanticCustomError(
            "pattern", "a regular expression ({reason})", {"reason": str(error)}
        ) from None
    return pattern


def _one_key_mappings(items: Any) -> Any:
    """PaddleOCR writes an ordered list of steps as ``- Name: {arguments}`` or ``- Name:``."""
    if not isinstance(items, list):
        raise PydanticCustomError("one_key_list", "a list of `- Name: {{arguments}}`")
    for position, item in enumerate(items):
        well_formed = isinstance(item, Mapping) and len(item) == 1
        if not well_formed or not isinstance(next(iter(item.values())), Mapping | None):
            raise PydanticCustomError(
                "one_key_item",
                "`- Name: {{arguments}}` at position {position}",
                {"position": position},
            )
    return items


Ignored = Annotated[Any, _IgnoredKey()]
Int = Annotated[int, BeforeValidator(_not_a_bool)]
Float = Annotated[float, BeforeValidator(_not_a_bool), Field(allow_inf_nan=False)]
Positive = Annotated[Int, Field(gt=0)]
Count = Annotated[Int, Field(ge=0)]
PositiveFloat = Annotated[Float, Field(gt=0)]
NonNegativeFloat = Annotated[Float, Field(ge=0)]
Fraction = Annotated[Float, Field(ge=0, le=1)]
BelowOne = Annotated[Float, Field(ge=0, lt=1)]
Pattern = Annotated[str, AfterValidator(_regular_expression)]
Steps = Annotated[list[dict[str, dict[str, Any] | None]], BeforeValidator(_one_key_mappings)]


def named_steps(steps: Iterable[Mapping[str, Mapping[str, Any] | None]]) -> list[tuple[str, dict]]:
    """``[{"RecAug": None}]`` as ``[("RecAug", {})]``: name and arguments, in order."""
    return [(name, dict(args or {})) for step in steps for name, args in step.items()]


class Section(BaseModel):
    """A mapping of known keys; an unknown one is an error."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        validate_default=True,
        protected_namespaces=(),
    )

    @classmethod
    def ignored_fields(cls) -> set[str]:
        """Names of the keys that are accepted for PaddleOCR's sake only."""
        return {
            name
            for name, field in cls.model_fields.items()
            if any(isinstance(mark, _IgnoredKey) for mark in field.metadata)
        }

    @model_serializer(mode="wrap")
    def _leave_out_unset_ignored(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        unset = self.ignored_fields() - self.model_fields_set
        return {key: value for key, value in serialize(self).items() if key not in unset}


class Named(Section):
    """A part chosen by ``name``; its other keys are arguments that its builder checks."""

    model_config = ConfigDict(extra="allow")

    name: str
    """Which part."""

    @property
    def args(self) -> dict[str, Any]:
        """The keys that the schema does not know, for the builder."""
        return dict(self.model_extra or {})
