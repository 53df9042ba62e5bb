"""Download one file: resumable, checked by SHA-256, with a progress bar."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from typing import TypeGuard
from urllib.parse import urlsplit

from ppocr_ext.checksums import sha256_of
from ppocr_ext.errors import UserError, disk_error
from ppocr_ext.files import replace
from ppocr_ext.show.progress import progress

CHUNK = 1 << 20
TIMEOUT = 30  # seconds without a byte


def is_url(text: str | None) -> TypeGuard[str]:
    """Whether ``text`` is an http(s) URL."""
    return bool(text) and urlsplit(text).scheme in ("http", "https")


def check_sha256(path: Path, expected: str) -> None:
    """Raise :class:`UserError` unless the file's SHA-256 is ``expected``."""
    found = sha256_of(path)
    if found != expected.lower():
        raise UserError(
            f"{path}: SHA-256 is {found}",
            expected.lower(),
            "the file is damaged or another version: check the checksum, delete it, try again",
        )


def download(url: str, path: Path, sha256: str) -> Path:
    """Fetch ``url`` to ``path``; a part from an earlier try is continued.

    Raises :class:`UserError` for a dead link, a lost connection or a wrong checksum; a wrong
    file is never put at ``path``.
    """
    path = Path(path)
    if path.is_file():
        check_sha256(path, sha256)  # another file of that name is not ours to replace
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        _fetch(url, part)
    except (OSError, ValueError) as error:  # URLError and time-outs are OSErrors
        if disk_error(error):
            raise
        raise UserError(
            f"{url}: {getattr(error, 'reason', error)}",
            cure="check the address and the connection, then run the same command: it continues",
        ) from error
    try:
        check_sha256(part, sha256)
    except UserError:
        part.unlink()
        raise
    replace(part, path)
    return path


def _fetch(url: str, part: Path) -> None:
    """Append what is still missing of ``url`` to ``part``."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if have and error.code == 416:  # nothing is missing
            return
        raise
    with response:
        resumed = response.status == 206
        length = int(response.headers.get("Content-Length") or 0)
        total = length + (have if resumed else 0)
        with (
            open(part, "ab" if resumed else "wb") as stream,
            progress(part.stem, total or None, have if resumed else 0, "bytes") as advance,
        ):
            while chunk := response.read(CHUNK):
                stream.write(chunk)
                advance(stream.tell())
        if total and part.stat().st_size < total:
            raise OSError(f"the connection ended at {part.stat().st_size} of {total} bytes")
