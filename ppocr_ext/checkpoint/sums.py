"""Whether a file is what lies beside it says: the SHA-256 of weights and models, at every load."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ppocr_ext.checkpoint.checkpoint import MANIFEST_SUFFIX
from ppocr_ext.checkpoint.disk import fingerprint
from ppocr_ext.checkpoint.inventory import in_folders, readable
from ppocr_ext.checkpoint.manifest import DamagedError, Manifest
from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text
from ppocr_ext.published import PUBLISHED
from ppocr_ext.runtime import REPOSITORY

CARD = "README.md"  # of a published folder, see ppocr_ext/publishing/card.py
_ROW = re.compile(r"^\| `([^`]+)` \| [\d,]+ \| ([0-9a-f]{64}) \|$", re.MULTILINE)


_WEIGHTS = (".pdparams", ".ema")  # what a JSON beside it tells of


class Sum(NamedTuple):
    """What ``witness`` says that a file must be; ``manifest`` when it is a checkpoint's."""

    witness: Path
    sha256: str
    manifest: Manifest | None = None


def refuse_damaged(path: Path, make: str | None = None) -> None:
    """Raise :class:`UserError` when a manifest, a seal or a model card beside ``path`` contradicts.

    A file that nothing beside it describes is taken as it is.

    Args:
        make: the command that makes the file, if one is known.
    """
    if not path.is_file():
        return  # who reads it says so
    known = [*_of_json(path, make), *_of_cards(path)]
    found = fingerprint(path).sha256 if known else ""
    for witness, sha256, manifest in known:
        if found != sha256:
            raise UserError(
                f"{path} is damaged: its SHA-256 is {found[:16]}…",
                f"{sha256[:16]}…, as {witness} says",
                _good_copy(path, manifest, make),
            )


def _of_json(path: Path, make: str | None) -> Iterator[Sum]:
    """What the manifest of a checkpoint or the seal of base weights says."""
    seal = path.with_name(f"{path.stem}.{MANIFEST_SUFFIX}")
    if path.suffix not in _WEIGHTS or not seal.is_file():
        return
    try:
        body = json.loads(read_text(seal))
        body = body if isinstance(body, dict) else {}
        manifest = Manifest.read(seal) if "checksum" in body else None
    except (ValueError, DamagedError) as error:
        raise UserError(
            f"{path} cannot be verified: {seal.name} is damaged ({error})",
            f"{seal.name} as it was written with the weights",
            _good_copy(seal, None, make),
        ) from None
    if manifest is None:
        if path.suffix == ".pdparams" and "sha256" in body:
            yield Sum(seal, str(body["sha256"]).lower())
    elif record := manifest.files.get(path.suffix[1:]):
        yield Sum(seal, record.sha256, manifest)


def _of_cards(path: Path) -> Iterator[Sum]:
    """What the model card of its folder or of the one above says."""
    for folder in path.absolute().parents[:2]:
        if (folder / CARD).is_file():
            name = path.absolute().relative_to(folder).as_posix()
            listed = dict(_ROW.findall(read_text(folder / CARD)))
            if name in listed:
                yield Sum(folder / CARD, listed[name])


def _good_copy(path: Path, manifest: Manifest | None, make: str | None) -> str:
    """Where the file can be had again."""
    for saved in readable(in_folders(path.parent)) if manifest else []:
        if manifest and saved.id == manifest.id and not saved.problems():
            return f"use the undamaged copy {saved.path(path.suffix)}"
    if PUBLISHED in path.resolve().parents and (REPOSITORY / ".git").exists():
        name = path.resolve().relative_to(REPOSITORY).as_posix()
        return f'run: git -C "{REPOSITORY.as_posix()}" checkout -- "{name}"'
    return f"run: {make}" if make else "copy or download it again"
