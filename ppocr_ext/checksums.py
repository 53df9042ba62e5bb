"""What a file must be (length, SHA-256), whether it still is that, and where a good copy is."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from ppocr_ext.console import command_line
from ppocr_ext.errors import UserError
from ppocr_ext.files import replacing
from ppocr_ext.runtime import PUBLISHED

SUMS_NAME = "SHA256SUMS"  # as ``sha256sum`` writes it: ``sha256sum -c SHA256SUMS`` checks a folder
_SUM = re.compile(r"([0-9a-fA-F]{64})\s+\*?(\S.*)")
_CHUNK = 1 << 24  # bytes hashed at once: other threads may hold the interpreter between
_AGAIN = "copy or download it again"


class FileRecord(NamedTuple):
    """What a file must be: its length in bytes, if that is recorded, and its SHA-256."""

    size: int | None
    sha256: str


def fingerprint(path: Path) -> FileRecord:
    """Length and SHA-256 of a file, read from the disk."""
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return FileRecord(size, digest.hexdigest())


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's content."""
    return fingerprint(path).sha256


def damage(path: Path, expected: FileRecord, digest_of: Callable[[Path], str] | None = None) -> str:
    """How a file differs from its record, in a few words; empty when it is intact.

    Args:
        digest_of: gives the SHA-256 of a file, which may be known already.
    """
    try:
        found = path.stat().st_size
        if expected.size is not None and found != expected.size:
            return f"{found:,} bytes, expected {expected.size:,}"
        if (digest_of or sha256_of)(path) != expected.sha256.lower():
            return "its content has changed (SHA-256 differs)"
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return ""


def require_intact(
    path: Path,
    expected: FileRecord,
    copies: Iterable[Path] = (),
    cure: str = "",
    digests: Mapping[Path, str] | None = None,
) -> None:
    """Raise :class:`UserError` unless ``path`` is what was recorded of it.

    The cure is the command that puts a good copy in its place: from git when it is tracked there,
    of ``copies``, or of the published model of this repository; else ``cure``. A file whose
    SHA-256 ``digests`` gives is not read again.
    """
    known = digests or {}
    if not (problem := damage(path, expected, lambda each: known.get(each) or sha256_of(each))):
        return
    what = f"is damaged: {problem}" if path.exists() else "is missing"
    raise UserError(
        f"{path} {what}",
        f"the file as it was written, SHA-256 {expected.sha256}",
        restore_from_git(path, expected) or _from_copies(path, expected, copies) or cure,
    )


def require_recorded(
    folder: Path, *names: str, cure: str = "", digests: Mapping[Path, str] | None = None
) -> None:
    """:func:`require_intact` for those files of ``folder`` that its :data:`SUMS_NAME` records."""
    sums = read_sums(folder, cure)
    for name in names:
        if name in sums:
            require_intact(folder / name, sums[name], cure=cure, digests=digests)


def restore_from_git(path: Path, expected: FileRecord | None = None) -> str:
    """The command that restores a tracked file, if git's own copy is as recorded; else empty."""
    folder = next(parent for parent in path.absolute().parents if parent.is_dir())
    name = path.absolute().relative_to(folder).as_posix()
    try:
        found = subprocess.run(
            ["git", "-C", str(folder), "show", f":./{name}"], capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):  # no git, no repository, or not tracked
        return ""
    if expected and hashlib.sha256(found.stdout).hexdigest() != expected.sha256:
        return ""
    return command_line(["git", "-C", str(folder), "checkout", "--", name])


def _from_copies(path: Path, expected: FileRecord, copies: Iterable[Path]) -> str:
    """The command that copies the first good one, if the folder is there to copy it into."""
    if not path.parent.is_dir():
        return ""
    for copy in (*copies, *sorted(PUBLISHED.rglob(path.name))):
        if not damage(copy, expected):
            return _copy_command(copy, path)
    return ""


def _copy_command(copy: Path, path: Path) -> str:
    return command_line(["copy" if os.name == "nt" else "cp", str(copy), str(path)])


def write_sums(folder: Path, names: Iterable[str]) -> None:
    """Record the SHA-256 of files of ``folder`` in its :data:`SUMS_NAME`."""
    _write_sums(folder, {name: sha256_of(folder / name) for name in names})


def record_again(path: Path) -> None:
    """Record what a file is now, if its folder has a :data:`SUMS_NAME`."""
    if sums := read_sums(path.parent):
        sums[path.name] = fingerprint(path)
        _write_sums(path.parent, {name: record.sha256 for name, record in sums.items()})


def _write_sums(folder: Path, sums: Mapping[str, str]) -> None:
    rows = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    with replacing(folder / SUMS_NAME, "wb") as stream:
        stream.write(rows.encode("utf-8"))


def read_sums(folder: Path, cure: str = _AGAIN) -> dict[str, FileRecord]:
    """File name → record, of the :data:`SUMS_NAME` of ``folder``; empty without one.

    Raises :class:`UserError` for one that is empty or cut: no file could be verified with it. The
    cure restores it from git, or copies the published one into a copy of the published folder; else
    ``cure``.
    """
    path = folder / SUMS_NAME
    try:
        return _parse_sums(path)
    except OSError:
        return {}
    except ValueError as error:
        raise UserError(
            f"{path} is damaged: {error}",
            "a SHA-256 and a file name in each line",
            restore_from_git(path) or _from_published(path) or cure,
        ) from None


def _parse_sums(path: Path) -> dict[str, FileRecord]:
    """Raises ``ValueError`` when a line is not a checksum, or there is none."""
    text = path.read_text(encoding="utf-8", errors="replace")
    rows = [_SUM.fullmatch(line) for line in text.splitlines() if line.strip()]
    if not rows or None in rows:
        raise ValueError("a line is not a checksum" if rows else "it is empty")
    return {row[2]: FileRecord(None, row[1]) for row in rows if row}


def _from_published(path: Path) -> str:
    """The command that copies the published sums that the files beside ``path`` match."""
    for copy in sorted(PUBLISHED.rglob(SUMS_NAME)):
        try:
            sums = _parse_sums(copy)
        except (OSError, ValueError):
            continue
        beside = [name for name in sums if (path.parent / name).is_file()]
        if beside and not any(damage(path.parent / name, sums[name]) for name in beside):
            return _copy_command(copy, path)
    return ""
