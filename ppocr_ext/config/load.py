"""A config from a YAML file, its bases and overrides; every problem in one message."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ppocr_ext.config.explain import explain
from ppocr_ext.config.files import MissingFile, Role, missing_files
from ppocr_ext.config.merge import apply_overrides, read_with_bases
from ppocr_ext.config.parts import part_problems
from ppocr_ext.config.schema import Config
from ppocr_ext.config.slips import slips
from ppocr_ext.errors import UserError, printable


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
        UserError: all unknown keys, wrong values, keys written twice and missing files at once.
    """
    source = apply_overrides(read_with_bases(Path(path)), overrides)
    problems = list(source.problems)
    try:
        config = Config.model_validate(source.tree)
        tree = config.to_dict()
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
        raise _error(path, problems, missing)
    config.came_from(Path(path), overrides)
    return config


def completed(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    """A config that was saved earlier, keys that did not exist then at their defaults.

    One that does not hold today, such as another program's, stays as it is.
    """
    try:
        return Config.model_validate(tree).to_dict()
    except ValidationError:
        return tree


def check_files(config: Config, files: Collection[Role]) -> list[MissingFile]:
    """Files of these roles that ``config`` names and that are missing or empty."""
    return missing_files(config.to_dict(), files)


def _error(path: Path, problems: list[str], missing: list[MissingFile]) -> UserError:
    lines = [*problems, *(printable(file.problem) for file in missing)]
    commands = list(dict.fromkeys(file.make for file in missing if file.make))
    cures = ["correct these keys (configs/README.md lists them all)"] if problems else []
    if any(not file.make for file in missing):
        cures.append("correct these paths (relative ones start at the current directory)")
    cures += [f"run: {command}" for command in commands]
    count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
    return UserError(
        f"{path} has {count}:\n" + "\n".join(f"  - {line}" for line in lines),
        cure="\n            ".join(cures),
    )
