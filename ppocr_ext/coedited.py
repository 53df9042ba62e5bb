"""Files that other programs may change, too: written whole, and never over what they wrote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from ppocr_ext.checksums import sha256_of
from ppocr_ext.files import replacing, write_text
from ppocr_ext.outputs import other_name


class CoEdited:
    """Files by their names.

    Args:
        path: of a name.
        record: a file for their sums.

    Attributes:
        sums: of what we wrote last, or found.
        changed: those that another program has changed since.
    """

    def __init__(self, path: Callable[[str], Path], record: Path) -> None:
        self.path, self.record = path, record
        self.changed: set[str] = set()
        self.sums: dict[str, list[str]] = {}
        with suppress(OSError, ValueError):
            self.sums = json.loads(record.read_text(encoding="utf-8"))

    def know(self, name: str, *sums: str) -> None:
        """A file of these sums is ours; by default what is there now."""
        self.sums[name] = [*sums] or [_sum(self.path(name))]
        write_text(self.record, json.dumps(self.sums) + "\n")
        self.changed.discard(name)

    def look(self, contents: Mapping[str, bytes]) -> None:
        """See which of them another program has changed, removed or made."""
        for name, data in contents.items():
            found, known = _sum(self.path(name)), self.sums.get(name, [""])
            is_ours = found in known or found == hashlib.sha256(data).hexdigest()
            (self.changed.discard if is_ours else self.changed.add)(name)

    def write(self, contents: Mapping[str, bytes]) -> None:
        """Write all that are not :attr:`changed`; what is the same already stays."""
        self.look(contents)
        for name, data in contents.items():
            path, new = self.path(name), hashlib.sha256(data).hexdigest()
            old = _sum(path)
            if name in self.changed or old == new or not (data or old):
                continue
            self.know(name, old, new)  # a kill may come before or after it is replaced
            with replacing(path, "wb") as stream:
                stream.write(data)
            self.know(name, new)

    def set_aside(self, name: str) -> str | None:
        """Rename what another program left, so that ours can be written; to what."""
        path = self.path(name)
        free = other_name(path) if path.exists() else None
        if free is not None:
            path.rename(free)
        self.know(name, "")
        return free.name if free else None


def _sum(path: Path) -> str:
    """Empty for no file."""
    with suppress(FileNotFoundError):
        return sha256_of(path)
    return ""
