"""One checkpoint: files that share a prefix, as PaddleOCR writes them, and their manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ppocr_ext.checkpoint.manifest import Manifest
from ppocr_ext.checksums import damage

STOCK_SUFFIXES = ("pdparams", "pdopt", "states")
MANIFEST_SUFFIX = "json"
SUFFIXES = (*STOCK_SUFFIXES, "ema", MANIFEST_SUFFIX)
BEST, LATEST = "best_accuracy", "latest"  # as PaddleOCR names them
BEST_AVERAGE = "best_ema"
FOLDER_STEM = "model"  # checkpoints/step_00001000/model.pdparams


@dataclass(frozen=True)
class Checkpoint:
    """The files ``<prefix>.<suffix>``; ``Global.checkpoints=<prefix>`` resumes stock PaddleOCR.

    Attributes:
        prefix: path without suffix, e.g. ``output/vi_rec/latest``.
        files: suffix → path of the files that belong to it.
        partial: not written by this project; unverified, maybe only ``pdparams``.
        state, metrics, global_step, epoch: as given to ``save``; of a partial one what its
            ``.states`` tells, else empty and 0.
        verified: every file was read and is what the manifest says.
    """

    prefix: Path
    files: Mapping[str, Path]
    state: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    global_step: int = 0
    epoch: int = 0
    manifest: Manifest | None = None
    verified: bool = field(default=False, compare=False)

    @classmethod
    def at(cls, prefix: Path) -> Checkpoint:
        """The checkpoint whose manifest is ``<prefix>.json``; files are not looked at yet."""
        return cls.of(prefix, Manifest.read(_join(prefix, MANIFEST_SUFFIX)))

    @classmethod
    def of(cls, prefix: Path, manifest: Manifest) -> Checkpoint:
        """The checkpoint at ``prefix`` that ``manifest`` tells of."""
        return cls(
            prefix=prefix,
            files={suffix: _join(prefix, suffix) for suffix in manifest.files},
            state=manifest.state,
            metrics=manifest.metrics,
            global_step=manifest.global_step,
            epoch=manifest.epoch,
            manifest=manifest,
        )

    @property
    def partial(self) -> bool:
        return self.manifest is None

    @property
    def name(self) -> str:
        """``step_00001000`` for one in its own folder, else ``latest``, ``best_accuracy`` …"""
        return self.prefix.parent.name if self.prefix.name == FOLDER_STEM else self.prefix.name

    @property
    def id(self) -> str:
        """The same in every copy; empty when partial."""
        return self.manifest.id if self.manifest else ""

    @property
    def serial(self) -> int:
        """Higher is newer; 0 when partial."""
        return self.manifest.serial if self.manifest else 0

    @property
    def names(self) -> tuple[str, ...]:
        return self.manifest.names if self.manifest else (self.prefix.name,)

    @property
    def digests(self) -> dict[Path, str]:
        """File → SHA-256 of what lies there, of a verified one; else empty."""
        records = self.manifest.files if self.manifest and self.verified else {}
        return {self.files[suffix]: record.sha256 for suffix, record in records.items()}

    def path(self, suffix: str) -> Path:
        """Where ``pdparams``, ``pdopt`` … of this checkpoint is; see ``files`` for which exist."""
        return _join(self.prefix, suffix)

    def problems(self) -> list[str]:
        """What is damaged, one text a file; reads and hashes every file. Empty: intact."""
        return [f"{self.files[suffix]}: {problem}" for suffix, problem in self.damage().items()]

    def damage(self, digest_of: Callable[[Path], str] | None = None) -> dict[str, str]:
        """Suffix → how that file differs from the manifest, for each that does.

        Args:
            digest_of: gives the SHA-256 of a file, which may be known already.
        """
        records = self.manifest.files if self.manifest else {}
        return {
            suffix: problem
            for suffix, path in self.files.items()
            if suffix in records and (problem := damage(path, records[suffix], digest_of))
        }

    def describe(self) -> str:
        return f"{self.name} (global step {self.global_step}, epoch {self.epoch})"


def weights_file(named: Path) -> Path:
    """The weights meant by ``…/latest``, by ``…/best_ema``, or by one of a checkpoint's files.

    Of ``best_ema`` those are the averaged ones, ``best_ema.ema``: they are what was best there. Its
    ``.pdparams`` holds the weights beside them, which only a resume needs.
    """
    is_file = named.suffix.lstrip(".") in SUFFIXES
    name = named.stem if is_file else named.name
    averaged = name == BEST_AVERAGE or named.suffix == ".ema"
    return named.parent / f"{name}.{'ema' if averaged else 'pdparams'}"


def _join(prefix: Path, suffix: str) -> Path:
    return prefix.with_name(f"{prefix.name}.{suffix.lstrip('.')}")
