"""Whether weights are what the JSON beside them says: a checkpoint's manifest, or a seal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from ppocr_ext.checkpoint.checkpoint import FOLDER_STEM, MANIFEST_SUFFIX, DamagedError, Manifest
from ppocr_ext.checkpoint.inventory import FOLDERS, run_folder
from ppocr_ext.checksums import FileRecord, require_intact, require_recorded, restore_from_git
from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text

DICTIONARY = ".dict.txt"
_ELSEWHERE = "copy or download it again"


def refuse_damaged(
    weights: Path, make: str | None = None, digests: Mapping[Path, str] | None = None
) -> None:
    """Raise :class:`UserError` when a manifest, a seal or SHA256SUMS beside ``weights`` contradict
    them, the dictionary that was sealed with them, or each other.

    Weights that nothing beside them describes, as those of stock PaddleOCR, are taken as they are.

    Args:
        weights: a ``.pdparams`` or ``.ema`` file.
        make: the command that makes the file, if one is known.
        digests: of a checkpoint that was verified (:attr:`Checkpoint.digests`): its manifest and
            its files are not read again.
    """
    dictionary = weights.with_name(weights.stem + DICTIONARY)
    seal = weights.with_name(f"{weights.stem}.{MANIFEST_SUFFIX}")
    names = (path.name for path in (weights, dictionary, seal))
    require_recorded(weights.parent, *names, cure=make or _ELSEWHERE, digests=digests)
    for path in (weights, dictionary) if weights not in (digests or {}) else ():
        if record := record_of(path, make):
            require_intact(path, record, _copies(path), make or _ELSEWHERE)


def record_of(path: Path, make: str | None = None) -> FileRecord | None:
    """What the manifest or the seal beside weights says of them, or of their dictionary; ``None``
    without one.

    Raises:
        UserError: the JSON beside them is a damaged one.
    """
    is_dictionary = path.name.endswith(DICTIONARY)
    prefix = path.name.removesuffix(DICTIONARY) if is_dictionary else path.stem
    seal = path.with_name(f"{prefix}.{MANIFEST_SUFFIX}")
    if not seal.is_file():
        return None
    try:
        body = json.loads(read_text(seal))
        body = body if isinstance(body, dict) else {}
        manifest = Manifest.read(seal) if "checksum" in body else None
    except (ValueError, RecursionError, DamagedError) as error:
        raise UserError(
            f"{path} cannot be verified: {seal.name} is damaged ({error})",
            f"{seal.name} as it was written with the weights",
            restore_from_git(seal) or make or _ELSEWHERE,
        ) from None
    if manifest:
        return manifest.files.get(path.suffix[1:])
    digest = body.get("dictionary_sha256" if is_dictionary else "sha256")
    return FileRecord(None, str(digest)) if digest else None


def _copies(weights: Path) -> Iterator[Path]:
    """Where the same file may lie in a run: in its checkpoints' folders, and under other names."""
    run = run_folder(weights)
    yield from sorted(run.glob(f"{FOLDERS}/*/{FOLDER_STEM}{weights.suffix}"))
    yield from sorted(run.glob(f"*{weights.suffix}"))
