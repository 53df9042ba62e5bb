"""What lies beside the log: checkpoints, and whether each file is what its manifest says."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

SUFFIXES = ("pdparams", "pdopt", "states")  # of stock PaddleOCR, which writes no manifest
INTACT, UNVERIFIED = "intact", "no manifest: not verified"
_CHUNK = 1 << 20

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
    kept_steps: int = 0  # folders below checkpoints/
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
    names = {path.stem for path in folder.glob("*.pdparams")}
    names |= {path.stem for path in folder.glob("*.json") if _manifest(path).get("files")}
    for name in sorted(names, key=_order):
        disk.checkpoints.append(_inspect(folder / name, known or {}, disk.digests))
    steps = folder / "checkpoints"
    if steps.is_dir():
        disk.kept_steps = sum(1 for one in steps.iterdir() if re.match(r"step_\d+", one.name))
    return disk


def _order(name: str) -> tuple[int, int, str]:
    number = re.search(r"\d+$", name)
    rank = {"latest": 0, "best_accuracy": 1}.get(name, 2)
    return rank, int(number.group()) if number else 0, name


def _manifest(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_bytes().decode("utf-8"))
    except (OSError, ValueError):
        return {}
    return body if isinstance(body, dict) and isinstance(body.get("files"), dict) else {}


def _inspect(prefix: Path, known: Digests, digests: Digests) -> CheckpointState:
    manifest = _manifest(prefix.parent / f"{prefix.name}.json")
    expected: dict[str, Any] = manifest.get("files", {})
    suffixes = list(expected) or [s for s in SUFFIXES if _beside(prefix, s).exists()]
    files = [
        _inspect_file(_beside(prefix, suffix), expected.get(suffix), known, digests)
        for suffix in suffixes
    ]
    times = [_beside(prefix, s).stat().st_mtime for s in suffixes if _beside(prefix, s).exists()]
    step, metrics = manifest.get("global_step"), manifest.get("metrics") or {}
    if metrics.get("global_step", step) != step:  # those of the best one, which is another
        metrics = {}
    return CheckpointState(
        name=prefix.name,
        saved=_created(manifest) or max(times, default=0.0),
        step=step,
        metrics={k: v for k, v in metrics.items() if isinstance(v, (int, float))},
        files=tuple(files),
    )


def _beside(prefix: Path, suffix: str) -> Path:
    return prefix.parent / f"{prefix.name}.{suffix}"


def _created(manifest: Mapping[str, Any]) -> float | None:
    try:
        return datetime.fromisoformat(manifest["created"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return None


def _inspect_file(path: Path, expected: Any, known: Digests, digests: Digests) -> FileState:
    try:
        status = path.stat()
    except OSError:
        return FileState(path.name, 0, "missing")
    if not isinstance(expected, dict):
        return FileState(path.name, status.st_size, UNVERIFIED if status.st_size else "empty")
    if status.st_size != expected.get("size"):
        verdict = f"{status.st_size} bytes, not {expected.get('size')}"
        return FileState(path.name, status.st_size, verdict)
    stamp = [status.st_size, status.st_mtime_ns]
    before = known.get(str(path), [])
    digest = before[2] if before[:2] == stamp else _sha256(path)
    digests[str(path)] = [*stamp, digest]
    verdict = INTACT if digest == expected.get("sha256") else "its content was changed or damaged"
    return FileState(path.name, status.st_size, verdict)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        return f"unreadable ({error.strerror})"
    return digest.hexdigest()
