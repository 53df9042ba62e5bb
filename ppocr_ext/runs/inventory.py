"""What lies beside the log: checkpoints, and whether the store would take each of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ppocr_ext.checkpoint.checkpoint import (
    BEST,
    LATEST,
    STOCK_SUFFIXES,
    Checkpoint,
)
from ppocr_ext.checkpoint.inventory import Unreadable, in_folders, newest_first
from ppocr_ext.checkpoint.sums import record_of
from ppocr_ext.checksums import damage, sha256_of
from ppocr_ext.errors import UserError

INTACT, UNVERIFIED = "intact", "no manifest: not verified"

Digests = dict[str, list[Any]]  # path → [size, modification time in ns, SHA-256]


@dataclass(frozen=True)
class FileState:
    """One file of a checkpoint, and what is wrong with it."""

    name: str
    size: int
    verdict: str  # INTACT, UNVERIFIED or the damage


@dataclass(frozen=True)
class CheckpointState:
    """One name of PaddleOCR's layout: ``latest``, ``best_accuracy``, ``iter_epoch_N``."""

    name: str
    saved: float  # seconds since 1970
    step: int | None
    metrics: Mapping[str, float]
    files: tuple[FileState, ...]

    @property
    def damage(self) -> list[str]:
        """One line for each file that is not what it must be."""
        return [
            f"{file.name}: {file.verdict}"
            for file in self.files
            if file.verdict not in (INTACT, UNVERIFIED)
        ]

    @property
    def verdict(self) -> str:
        if self.damage:
            return "; ".join(self.damage)
        return UNVERIFIED if any(f.verdict == UNVERIFIED for f in self.files) else INTACT

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": self.verdict}


@dataclass
class Disk:
    """Checkpoints of a run folder, and the space left there."""

    checkpoints: list[CheckpointState] = field(default_factory=list)
    kept_steps: int = 0  # in folders below checkpoints/
    resumes_from: str = ""  # the newest intact one, looked for when one is damaged
    free: int = 0  # bytes
    digests: Digests = field(default_factory=dict)

    def find(self, name: str) -> CheckpointState | None:
        return next((one for one in self.checkpoints if one.name == name), None)


def inspect_disk(folder: Path, known: Digests | None = None) -> Disk:
    """Verify every checkpoint in ``folder``.

    Args:
        known: digests of an earlier report; a file of the same size and time is not read again.
    """
    disk = Disk(free=shutil.disk_usage(folder).free)
    digest_of = _remembering(known or {}, disk.digests)
    every = newest_first(folder)
    named = {one.prefix.name: one for one in every if one.prefix.parent == folder}
    names = named.keys() | {path.stem for path in folder.glob("*.pdparams")}
    for name in sorted(names, key=_order):
        disk.checkpoints.append(_inspect(folder / name, named.get(name), digest_of))
    disk.kept_steps = len(in_folders(folder))
    if any(one.damage for one in disk.checkpoints):
        intact = (one for one in every if isinstance(one, Checkpoint) and not one.damage(digest_of))
        disk.resumes_from = next((str(one.prefix) for one in intact), "")
    return disk


def _order(name: str) -> tuple[int, int, str]:
    number = re.search(r"\d+$", name)
    rank = {LATEST: 0, BEST: 1}.get(name, 2)
    return rank, int(number.group()) if number else 0, name


def _remembering(known: Digests, digests: Digests) -> Callable[[Path], str]:
    """The SHA-256 of a file, which is read only if it has changed since ``known``."""

    def digest_of(path: Path) -> str:
        status = path.stat()
        stamp = [status.st_size, status.st_mtime_ns]
        before = known.get(str(path), [])
        digest = before[2] if before[:2] == stamp else sha256_of(path)
        digests[str(path)] = [*stamp, digest]
        return digest

    return digest_of


def _inspect(
    prefix: Path, saved: Checkpoint | Unreadable | None, digest_of: Callable[[Path], str]
) -> CheckpointState:
    if not isinstance(saved, Checkpoint):
        files = _without_manifest(prefix, saved)
        changed = max((path.stat().st_mtime for path in _present(prefix)), default=0.0)
        return CheckpointState(prefix.name, changed, None, {}, tuple(files))
    damaged = saved.damage(digest_of)
    metrics = dict(saved.metrics)
    if metrics.get("global_step", saved.global_step) != saved.global_step:
        metrics = {}  # those of the best one, which is a different one
    return CheckpointState(
        name=prefix.name,
        saved=saved.serial / 1000,
        step=saved.global_step,
        metrics={k: v for k, v in metrics.items() if isinstance(v, (int, float))},
        files=tuple(
            FileState(path.name, _size(path), damaged.get(suffix, INTACT))
            for suffix, path in saved.files.items()
        ),
    )


def _without_manifest(prefix: Path, saved: Unreadable | None) -> list[FileState]:
    """Files of stock PaddleOCR, sealed weights, or those beside a manifest that is refused."""
    files, sealed = [], False
    for path in _present(prefix):
        try:
            record = record_of(path)
        except UserError:  # the manifest is damaged: said below, of itself
            record = None
        sealed |= record is not None
        verdict = damage(path, record) or INTACT if record else UNVERIFIED
        files.append(FileState(path.name, _size(path), verdict if _size(path) else "empty"))
    if saved is not None and not sealed:
        files.append(FileState(saved.manifest.name, _size(saved.manifest), saved.problem))
    return files


def _present(prefix: Path) -> list[Path]:
    places = (prefix.with_name(f"{prefix.name}.{suffix}") for suffix in STOCK_SUFFIXES)
    return [path for path in places if path.exists()]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
