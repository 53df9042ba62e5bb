"""The manifest: one readable JSON beside a checkpoint's files that says what they must be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ppocr_ext.checkpoint.disk import settle
from ppocr_ext.checksums import FileRecord

FORMAT = 1


class DamagedError(Exception):
    """A file is not what its manifest says, or the manifest itself cannot be trusted."""


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
            raise DamagedError(f"{path.name} is missing") from None
        except OSError as error:
            raise DamagedError(f"{path.name} cannot be read ({error.strerror})") from error
        except (ValueError, RecursionError) as error:
            raise DamagedError(f"{path.name} is not JSON ({error})") from error
        if not isinstance(body, dict) or "checksum" not in body:
            raise DamagedError(f"{path.name} is not the manifest of a checkpoint")
        if body.pop("checksum") != _checksum(body):
            raise DamagedError(f"{path.name} was changed after it was written")
        try:
            if body["format"] != FORMAT:
                raise DamagedError(f"{path.name} has format {body['format']}, not {FORMAT}")
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
            raise DamagedError(f"{path.name} is not complete ({error!r})") from error


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
