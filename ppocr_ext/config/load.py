"""A config from a YAML file, its bases and overrides; every problem in one message."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError

from ppocr_ext.config.explain import explain, where
from ppocr_ext.config.files import MissingFile, Role, missing_files
from ppocr_ext.config.merge import apply_overrides, read_with_bases
from ppocr_ext.config.parts import part_problems
from ppocr_ext.config.schema import Config, schema_keys
from ppocr_ext.config.schema.network import other_decoder
from ppocr_ext.config.source import DOUBLE_QUOTES, Key
from ppocr_ext.console import tool_command
from ppocr_ext.errors import CURE_BREAK, UserError, printable
from ppocr_ext.runtime import IS_CLONE, resource, shipped
from ppocr_ext.show.formats import counted


def load_config(
    path: Path,
    overrides: Sequence[str] = (),
    files: Collection[Role] = (),
    *,
    saved: bool = False,
) -> Config:
    """Read ``path``, put it on its ``_base_`` files, apply ``-o`` overrides, check everything.

    Relative paths in a config start at the current directory, as in PaddleOCR.

    Args:
        files: the roles whose files must be there (``FOR_TRAINING`` for all of them).
        saved: it lies with a checkpoint that was trained with it: earlier versions let pass
            keys in open sections that are refused today.

    Raises:
        UserError: all unknown keys, wrong values, keys written twice and missing files at once;
            of a network that is not trained here this alone.
    """
    path = shipped(Path(path))
    source = apply_overrides(read_with_bases(path), overrides)
    _take_shipped_dictionary(source.tree)
    _refuse_other_decoder(path, source.tree)
    problems = list(source.problems)
    try:
        config = Config.model_validate(source.tree)
        tree = config.tree
    except ValidationError as error:
        problems += explain(error, source.origins)
        tree = source.tree
    slipped = [] if saved else slips(source.tree, source.origins)
    if not saved:
        problems += part_problems(source.tree, source.origins)
        problems += [slip.problem for slip in slipped]
    texts = {slip.text for slip in slipped}  # not missing: they were never meant
    missing = [file for file in missing_files(tree, files) if file.path not in texts]
    if problems or missing:
        raise ConfigError(path, problems, missing)
    config.came_from(path, overrides)
    return config


def _take_shipped_dictionary(tree: Mapping[str, Any]) -> None:
    """Let a wheel's own dictionary be named as it is in a clone."""
    run, key = tree.get("Global"), "character_dict_path"
    if not IS_CLONE and isinstance(run, dict) and isinstance(run.get(key), str):
        run[key] = os.fspath(shipped(Path(run[key])))


def completed(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    """A config that was saved earlier, keys that did not exist then at their defaults.

    One that does not hold today, such as another program's, stays as it is.
    """
    try:
        return Config.model_validate(tree).tree
    except ValidationError:
        return tree


def check_files(config: Config, files: Collection[Role]) -> list[MissingFile]:
    """Files of these roles that ``config`` names and that are missing or empty."""
    return missing_files(config.tree, files)


def _refuse_other_decoder(path: Path, tree: Mapping[str, Any]) -> None:
    """What else such a config says is for that decoder, too: no more is said of it."""
    found = other_decoder(_mapping(tree.get("Architecture")))
    if found is None:
        return
    part, algorithm = found
    own = resource("configs", "rec_finetune.yml")
    here = own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own
    lines = list(_lines_of(tree))
    raise UserError(
        f"{path}: Architecture.{part} is a part of {algorithm}, which is not trained here",
        "a CTC recogniser, or the attention decoder of configs/models/attention.yml",
        "start from a config of this repository: "
        + tool_command("train.py", "-c", here.as_posix(), *["-o"] * bool(lines), *lines),
    )


def _lines_of(tree: Mapping[str, Any]) -> Iterator[str]:
    """Overrides that name the labelled lines of ``tree``, as far as it names them in files."""
    for section in ("Train", "Eval"):
        dataset = _mapping(_mapping(tree.get(section)).get("dataset"))
        if dataset.get("label_file_list"):
            for key in ("data_dir", "label_file_list"):
                if key in dataset:
                    value = json.dumps(dataset[key], ensure_ascii=False, default=str)
                    yield f"{section}.dataset.{key}={value}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


class ConfigError(UserError):
    """All problems of a config, or of several, in one message.

    Args:
        of: what has them.
        problems: a line for each.
        missing: files that are named and are not there.
    """

    def __init__(self, of: object, problems: list[str], missing: list[MissingFile]) -> None:
        self.problems, self.missing = problems, missing
        lines = [*problems, *(printable(file.problem) for file in missing)]
        commands = list(dict.fromkeys(file.make for file in missing if file.make))
        cures = ["correct these keys (configs/README.md lists them all)"] if problems else []
        if any(not file.make for file in missing):
            cures.append("correct these paths (relative ones start at the current directory)")
        cures += [f"run: {command}" for command in commands]
        listed = "\n".join(f"  - {line}" for line in lines)
        super().__init__(
            f"{of} has {counted(len(lines), 'problem')}:\n{listed}", cure=CURE_BREAK.join(cures)
        )


_FREE = ("delimiter", "separator")  # keys whose texts are not paths and may hold anything
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
        return f"found the text {text!r}, expected no value: leave it empty, or remove the key"
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
