"""Nothing that is published names the machine it was made on, or holds pieces of its texts."""

from __future__ import annotations

import getpass
import re
import socket
from pathlib import Path

from ppocr_ext.errors import UserError
from ppocr_ext.infer.language import LanguageModel, language_file
from ppocr_ext.runtime import REPOSITORY

_PATH = re.compile(rb"(?<![\w.+])/(?:work|tmp|home|root|opt|mnt|media|Users)/|[A-Z]:\\+Users")
_BINARY = (".pdparams", ".pdiparams", ".onnx", ".png", ".gz")
_ANYBODY = ("localhost", "root", "user", "admin", "ubuntu")
_SHORTEST = 4  # letters of a name that is looked for: shorter ones are part of anything


def refuse_private(folder: Path) -> None:
    """Raise :class:`UserError` for the first file with a path, host or user of this machine."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in _BINARY and (found := _private(path)):
            raise UserError(
                f"{path.relative_to(folder)} names this machine: {found}",
                "relative paths only: what is published is for others",
                "train with paths relative to the project, as the configs here have them",
            )


def refuse_own_texts(folder: Path) -> None:
    """Raise :class:`UserError` for a language model in ``folder`` that counts the user's texts."""
    path = language_file(folder)
    if path.is_file() and (own := LanguageModel.load(path).own_texts):
        raise UserError(
            f"{path.name} counts {own:,} texts of your own, and pieces of them can be read in it",
            "a language model of drawn texts alone",
            "build it again with tools/language_model.py, without --labels",
        )


def _private(path: Path) -> str:
    """What names the machine, with a little behind it; empty when nothing does."""
    content = path.read_bytes()
    patterns = [_PATH]
    if path.suffix != ".html":  # whose pictures are letters in any order
        patterns += [re.compile(rb"\b" + re.escape(name.encode()) + rb"\b") for name in _names()]
    for pattern in patterns:
        if found := pattern.search(content):
            return content[found.start() : found.end() + 40].decode("utf-8", "replace")
    return ""


def _names() -> set[str]:
    """Host and user, where they are names of this machine alone."""
    names = {socket.gethostname(), getpass.getuser(), REPOSITORY.as_posix(), str(REPOSITORY)}
    return {name for name in names if len(name) >= _SHORTEST and name not in _ANYBODY}
