"""The open sections of a config, whose keys depend on a name: losses, transforms, networks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from pydantic import ValidationError, create_model

from ppocr_ext.config.explain import explain, missing, nearest, where
from ppocr_ext.config.schema import network
from ppocr_ext.config.schema.augment import TRANSFORMS
from ppocr_ext.config.schema.data import PRESETS
from ppocr_ext.config.schema.losses import LOSSES, Weight, ever_counts
from ppocr_ext.config.schema.run import Wandb
from ppocr_ext.config.schema.section import Section
from ppocr_ext.config.source import Key, describe

Tree = Mapping[str, Any]
Kinds = Mapping[str, type[Section] | None]  # None: any arguments
_WEIGHTLESS = "every weight is 0, expected one that is not: the network would learn nothing"


class Problem(NamedTuple):
    """What is wrong at a key, in words."""

    key: Key
    text: str


class Part(NamedTuple):
    """Arguments at ``key`` and the class that says which are known."""

    key: Key
    kind: type[Section]
    args: Tree


def part_problems(tree: Tree, origins: Mapping[Key, str]) -> list[str]:
    """A line for each unknown name, unknown key and wrong value of the open sections.

    ``tree`` may be invalid in other ways: what has the wrong shape is ignored.
    """
    lines = []
    for found in _find(tree):
        if isinstance(found, Problem):
            dotted = ".".join(map(str, found.key))
            lines.append(f"{dotted}: {found.text}{where(found.key, origins)}")
            continue
        try:
            found.kind.model_validate(found.args)
        except ValidationError as error:
            lines += explain(error, origins, found.kind, found.key)
    return lines


def _find(tree: Tree) -> Iterator[Part | Problem]:
    yield from _in_network(_mapping(tree.get("Architecture")))
    yield from _in_loss(_mapping(tree.get("Loss")))
    for section in ("Train", "Eval"):
        dataset = _mapping(_mapping(tree.get(section)).get("dataset"))
        key: Key = (section, "dataset")
        yield from _in_list(
            (*key, "transforms"), dataset.get("transforms"), "transform", TRANSFORMS
        )
        yield from _in_drawn((*key, "synthetic"), dataset.get("synthetic"))
    for name, lines in _mapping(_mapping(tree.get("Eval")).get("sets")).items():
        yield from _in_drawn(("Eval", "sets", name, "synthetic"), _mapping(lines).get("synthetic"))
    if isinstance(tree.get("wandb"), Mapping):
        yield Part(("wandb",), Wandb, tree["wandb"])


def _in_drawn(key: Key, drawn: Any) -> Iterator[Problem]:
    """Presets of lines that are drawn: one, or a list."""
    several = [((*key, n), each) for n, each in enumerate(drawn)] if isinstance(drawn, list) else []
    for place, each in several or [(key, drawn)]:
        preset = _mapping(each).get("preset")
        if isinstance(preset, str) and preset not in PRESETS:
            yield _unknown((*place, "preset"), "preset", preset, PRESETS)


def _in_loss(loss: Tree) -> Iterator[Part | Problem]:
    name, listed = loss.get("name", "CTCLoss"), loss.get("loss_config_list")
    if not isinstance(name, str):
        return  # the schema says so
    key: Key = ("Loss", "loss_config_list")
    entries = list(_entries(listed))
    if name in LOSSES:
        yield Part(("Loss",), _loss_section(LOSSES[name]), loss)
        if not ever_counts(loss.get("weight", 1.0)):
            yield Problem(("Loss", "weight"), _WEIGHTLESS)
        if entries:
            yield Problem(key, f"not read beside `name: {name}`; only MultiLoss has a list")
        return
    if name != "MultiLoss":
        yield _unknown(("Loss", "name"), "loss", name, (*LOSSES, "MultiLoss"))
    if name == "MultiLoss" and not listed:
        yield Problem(key, "found no loss, expected a list such as [{CTCLoss: }]")
    names = [each for _, each, _ in entries]
    for twice in {each for each in names if names.count(each) > 1}:
        yield Problem(key, f"{twice} is listed twice, expected each loss once")
    yield from _in_list(key, listed, "loss", LOSSES)
    yield Part(("Loss",), _loss_section(Section, len(entries)), loss)
    written = [
        own.get("weight", loss.get(f"weight_{number}", 1.0))
        for number, (_, _, own) in enumerate(entries, start=1)
    ]
    if entries and not any(map(ever_counts, written)):
        yield Problem(key, _WEIGHTLESS)


@cache
def _loss_section(kind: type[Section], listed: int = 0) -> type[Section]:
    """The whole section: a loss, or PaddleOCR's `weight_1` … for this many listed ones."""
    fields: dict[str, Any] = {"name": (Any, None), "loss_config_list": (Any, None)}
    fields |= {f"weight_{number}": (Weight, 1.0) for number in range(1, listed + 1)}
    return create_model(kind.__name__, __base__=kind, **fields)


def _in_network(architecture: Tree) -> Iterator[Part | Problem]:
    architecture = {"Backbone": {"name": "PPLCNetV4"}, "Head": None, **architecture}
    both = architecture["Backbone"], architecture["Head"]
    if "Models" in architecture or not all(isinstance(part, Mapping) for part in both):
        return  # refused as a whole
    ours = network.is_ours(architecture)
    if ours:
        yield from _in_section(architecture, "Backbone", network.BACKBONES)
        yield from _in_section(architecture, "Head", network.HEADS)
    elif not os.environ.get("PADDLEOCR_HOME"):  # whose checkout may know more
        own: dict[str, Kinds] = {"Backbone": network.BACKBONES, "Head": network.HEADS}
        for section, stock in network.STOCK.items():
            kinds: Kinds = dict.fromkeys([*stock, *own.get(section, {})])
            yield from _in_section(architecture, section, kinds)
    head, key = _mapping(architecture.get("Head")), ("Architecture", "Head")
    necks = network.NECKS if ours else {**network.STOCK_NECKS, **network.NECKS}
    if head.get("name") == "MultiHead":
        listed = network.LISTED if ours else {**network.STOCK_LISTED, **network.LISTED}
        heads = head.get("head_list") or []
        yield from _in_list((*key, "head_list"), heads, "head", listed)
        entries = list(_entries(heads))
        names = [name for _, name, _ in entries]
        if "CTCHead" not in names and isinstance(heads, list) and len(names) == len(heads):
            yield Problem((*key, "head_list"), "found no CTCHead, expected one")
        for position, name, args in entries:
            if isinstance(neck := args.get("Neck"), Mapping):
                yield from _part((*key, "head_list", position, name, "Neck"), neck, "neck", necks)
    elif ours and isinstance(neck := head.get("Neck"), Mapping):
        yield from _part((*key, "Neck"), neck, "neck", necks)


def _in_section(architecture: Tree, section: str, kinds: Kinds) -> Iterator[Part | Problem]:
    part = architecture.get(section)
    if isinstance(part, Mapping) and isinstance(part.get("name"), str):  # else the schema says so
        yield from _part(("Architecture", section), part, section.lower(), kinds)


def _part(key: Key, part: Tree, what: str, kinds: Kinds) -> Iterator[Part | Problem]:
    """A part that ``name`` chooses."""
    if "name" not in part:
        yield Problem((*key, "name"), missing("name", part))
    else:
        yield from _named(key, part["name"], part, what, kinds)


def _named(key: Key, name: Any, args: Tree, what: str, kinds: Kinds) -> Iterator[Part | Problem]:
    if not isinstance(name, str):
        yield Problem((*key, "name"), f"found {describe(name)}, expected a text")
    elif name not in kinds:
        yield _unknown((*key, "name"), what, name, kinds)
    elif kind := kinds[name]:
        yield Part(key, kind, args)


def _in_list(key: Key, listed: Any, what: str, kinds: Kinds) -> Iterator[Part | Problem]:
    for position, name, args in _entries(listed):
        if name not in kinds:
            yield _unknown((*key, position, name), what, name, kinds)
        elif kind := kinds[name]:
            yield Part((*key, position, name), kind, args)


def _unknown(key: Key, what: str, name: str, known: Iterable[str]) -> Problem:
    guess = nearest(name, known)
    hint = f"did you mean {guess}?" if guess else f"known: {', '.join(known)}"
    return Problem(key, f"unknown {what} {name!r}; {hint}")


def _entries(listed: Any) -> Iterator[tuple[int, str, Tree]]:
    """Position, name and arguments of the well-formed entries of a `- Name: {arguments}` list."""
    for position, item in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(item, Mapping) and len(item) == 1:
            ((name, args),) = item.items()
            if isinstance(name, str) and isinstance(args, Mapping | None):
                yield position, name, args or {}


def _mapping(value: Any) -> Tree:
    return value if isinstance(value, Mapping) else {}
