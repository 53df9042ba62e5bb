"""One checkpoint: files that share a prefix, as PaddleOCR writes them, and their manifest.

The manifest is one readable JSON beside the files that says what they must be.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ppocr_ext.checkpoint.disk import settle
from ppocr_ext.checksums import FileRecord, damage

FORMAT = 1


class DamagedError(Exception):
    """A manifest cannot be trusted. ``problem``: in words after its name."""

    def __init__(self, manifest: Path, problem: str) -> None:
        super().__init__(f"{manifest.name} {problem}")
        self.manifest, self.problem = manifest, problem


@dataclass(frozen=True)
class Manifest:
    """Everything known of one checkpoint except its tensors.

    Attributes:
        id: random, the same in every copy of the checkpoint.
        serial: milliseconds since 1970 when it was saved, always above the one before it. It, not
            ``global_step``, says which checkpoint is newer: a rollback makes the step go down.
        names: PaddleOCR's names that it was given (``latest``, ``best_accuracy`` …).
        files: suffix → size and SHA-256.
        state: the training state, JSON values only.
    """

    id: str
    serial: int
    names: tuple[str, ...]
    global_step: int
    epoch: int
    metrics: Mapping[str, Any]
    files: Mapping[str, FileRecord]
    state: Mapping[str, Any]

    @property
    def created(self) -> str:
        """When it was saved, UTC, ISO 8601."""
        moment = datetime.fromtimestamp(self.serial / 1000, timezone.utc)
        return moment.isoformat(timespec="seconds")

    def write(self, path: Path) -> None:
        """Write the manifest to a new file and make sure that it reached the disk."""
        body = self._body()
        text = _readable({**body, "checksum": _checksum(body)}) + "\n"
        path.write_bytes(text.encode())
        settle(path)

    def _body(self) -> dict[str, Any]:
        body = asdict(self)
        files = {suffix: record._asdict() for suffix, record in self.files.items()}
        state = body.pop("state")
        return {
            "format": FORMAT,
            "created": self.created,
            **body,
            "names": list(self.names),
            "files": files,
            "state": state,  # last: it is long, and the rest is what people look for
        }

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read a manifest; raise :class:`DamagedError` for anything but an intact one."""
        try:
            body = json.loads(path.read_bytes().decode("utf-8"))
        except FileNotFoundError:
            raise DamagedError(path, "is missing") from None
        except OSError as error:
            raise DamagedError(path, f"cannot be read ({error.strerror})") from error
        except (ValueError, RecursionError) as error:
            raise DamagedError(path, f"is not JSON ({error})") from error
        if not isinstance(body, dict) or "checksum" not in body:
            raise DamagedError(path, "is not the manifest of a checkpoint")
        if body.pop("checksum") != _checksum(body):
            raise DamagedError(path, "was changed after it was written")
        try:
            if body["format"] != FORMAT:
                raise DamagedError(path, f"has format {body['format']}, not {FORMAT}")
            return cls(
                id=body["id"],
                serial=body["serial"],
                names=tuple(body["names"]),
                global_step=body["global_step"],
                epoch=body["epoch"],
                metrics=body["metrics"],
                files={suffix: FileRecord(**record) for suffix, record in body["files"].items()},
                state=body["state"],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise DamagedError(path, f"is not complete ({error!r})") from error


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping as it will be read back; numpy scalars and arrays become numbers and lists."""
    plain: dict[str, Any] = json.loads(json.dumps(values, default=_plain))
    return plain


def _readable(value: Any, depth: int = 0) -> str:
    """JSON with one entry a line down to the second level; tables and lists below stay short."""
    if depth > 1 or not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    pad = "  " * (depth + 1)
    lines = [f"{pad}{json.dumps(key)}: {_readable(item, depth + 1)}" for key, item in value.items()]
    return "{\n" + ",\n".join(lines) + "\n" + pad[2:] + "}"


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"the state of a checkpoint is JSON; {type(value).__name__} is not: {value!r}")


def _checksum(body: Mapping[str, Any]) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


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
        prefix: path of its files up to the suffix, e.g. ``output/vi_rec/latest``.
        files: suffix → path of the files that belong to it.
        partial: not written by this project; unverified, maybe only ``pdparams``.
        state, metrics, global_step, epoch: as given to ``save``; of a partial one what its
            ``.states`` says, else empty and 0.
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
        """The checkpoint at ``prefix`` that ``manifest`` describes."""
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
