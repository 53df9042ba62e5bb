"""The files that a config names: which are missing or empty, and the command that makes them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ppocr_ext.console import typed_here, way_to
from ppocr_ext.files import is_stream, why_no_file

Role = Literal["dictionary", "weights", "train", "eval"]
FOR_TRAINING: tuple[Role, ...] = ("dictionary", "weights", "train", "eval")


class MissingFile(NamedTuple):
    """A file that a run needs and cannot use."""

    problem: str
    make: str | None = None
    """What to type to get it: from the config, or the way to the folder where it is."""
    path: str = ""
    """As the config writes it."""


def missing_files(tree: Mapping[str, Any], roles: Collection[Role]) -> list[MissingFile]:
    """Files of ``roles`` that are missing or empty. ``tree`` may be invalid in other ways."""
    run = _mapping(tree.get("Global"))
    found: list[MissingFile] = []
    if "dictionary" in roles and (path := run.get("character_dict_path")):
        found += _file("Global.character_dict_path", path)
    if "weights" in roles:
        found += _weights(run)
    for role, name in (("train", "Train"), ("eval", "Eval")):
        if role in roles:
            section = _mapping(tree.get(name))
            found += _dataset(f"{name}.dataset", _mapping(section.get("dataset")))
            for each, lines in _mapping(section.get("sets")).items():
                key = f"{name}.sets.{each}"
                is_section = isinstance(lines, Mapping)
                found += _dataset(key, lines) if is_section else _file(key, lines)
    return found


def _weights(run: Mapping[str, Any]) -> Iterator[MissingFile]:
    checkpoint, pretrained = run.get("checkpoints"), run.get("pretrained_model")
    if checkpoint:
        if not Path(checkpoint).parent.is_dir():
            problem = f"Global.checkpoints: the folder of {checkpoint} does not exist"
            yield MissingFile(problem, path=str(checkpoint))
    elif pretrained:
        file = f"{str(pretrained).removesuffix('.pdparams')}.pdparams"
        prefix = Path(file).with_suffix("")
        published = [prefix.with_name(f"{prefix.name}.dict.txt"), prefix.with_name("inference")]
        is_published = all(path.exists() for path in published)  # lifted from its export
        if not (Path(pretrained).exists() or Path(file).exists() or is_published):
            problem = f"Global.pretrained_model: {file} does not exist"
            make = _command(run.get("make_pretrained"))
            if make and make.startswith("git "):  # it may be in the repository, and only not here
                make = way_to(prefix.parent if prefix.name == "best_accuracy" else prefix) or make
            yield MissingFile(problem, make, str(pretrained))


def _dataset(key: str, dataset: Mapping[str, Any]) -> Iterator[MissingFile]:
    make = _command(dataset.get("make"))
    if dataset.get("synthetic") and not dataset.get("label_file_list"):
        return  # drawn while it is read
    written = str(dataset.get("data_dir") or ".")
    folder = Path(written)
    if not folder.is_dir():
        problem = f"{key}.data_dir: the folder {folder.as_posix()} does not exist"
        yield MissingFile(problem, make, written)
    elif next(folder.iterdir(), None) is None:
        yield MissingFile(f"{key}.data_dir: the folder {folder.as_posix()} is empty", make)
    if str(dataset.get("name", "")).startswith("LMDB"):
        return
    labels = dataset.get("label_file_list") or []
    labels = [labels] if isinstance(labels, str) else labels
    if not labels:
        yield MissingFile(f"{key}.label_file_list: no label file is given", make)
    for label in labels:
        yield from _file(f"{key}.label_file_list", label, make)


def _file(key: str, path: Any, make: str | None = None) -> Iterator[MissingFile]:
    if not isinstance(path, str):
        return  # the schema says so
    if Path(path).is_dir():
        yield MissingFile(f"{key}: {path} is a folder, not a file", make)
    elif is_stream(Path(path)):
        yield MissingFile(f"{key}: {path} {why_no_file(Path(path))}", make)
    elif not Path(path).exists():
        hint = "; folders are separated by / here" if "\\" in path and os.name != "nt" else ""
        problem = f"{key}: {path} does not exist{hint}"
        yield MissingFile(problem, make or way_to(path) or None, path)
    elif Path(path).stat().st_size == 0:
        yield MissingFile(f"{key}: {path} is empty", make)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _command(make: Any) -> str | None:
    return typed_here(make) if isinstance(make, str) else None
