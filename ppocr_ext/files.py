"""Text files, always UTF-8 with ``\\n``, replaced whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: Path, mode: str = "w") -> Iterator[IO]:
    """Open a temporary file beside ``path`` that replaces it when the block succeeds.

    A failing block, a full disk or a kill leaves the old file as it was.
    ``mode`` is ``"w"`` (UTF-8 text, ``\\n``) or ``"wb"``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
    try:
        with open(temporary, mode, **text) as stream:  # type: ignore[call-overload]
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 with ``\\n``; the old file stays until the new one is complete."""
    with replacing(path) as stream:
        stream.write(text)


def read_text(path: Path) -> str:
    """Read UTF-8 text, with or without a byte-order mark."""
    return Path(path).read_text(encoding="utf-8-sig")
