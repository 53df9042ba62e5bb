from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import tarfile
import zipfile
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from ppocr_ext.synth import fetch as module
from ppocr_ext.synth.catalogue import MORE, Archive, Family, archives, is_fetched
from ppocr_ext.synth.fetch import fetch

FONT = b"a font's bytes"


def tar(names: list[str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(None, "w", stream) as made:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size = len(FONT)
            made.addfile(entry, io.BytesIO(FONT))
    return stream.getvalue()


def packed(kind: str, names: list[str]) -> bytes:
    if kind == "npm":
        return gzip.compress(tar(names))
    if kind == "pip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as made:
            for name in names:
                made.writestr(name, FONT)
        return stream.getvalue()
    members = {"debian-binary": b"2.0\n", "control.tar.xz": b"x", "data.tar.xz": b""}
    members["data.tar.xz"] = lzma.compress(tar(names))
    whole = b"!<arch>\n"
    for name, data in members.items():
        whole += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode()
        whole += data + b"\n" * (len(data) % 2)
    return whole


SUFFIX = {"npm": "tgz", "pip": "whl", "apt": "deb"}
NAMES = ["package/A-Regular.ttf", "package/../../B-Bold.ttf", "package/LICENSE_FONT", "x/index.js"]


class Client:
    """Stands for npm, pip and apt-get: writes an archive where it was started."""

    def __init__(self, content: bytes, suffix: str, code: int = 0) -> None:
        self.content, self.suffix, self.code = content, suffix, code
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], cwd: Path, **_: Any) -> CompletedProcess[str]:
        self.commands.append(command)
        if self.code == 0:
            (cwd / f"archive.{self.suffix}").write_bytes(self.content)
        return CompletedProcess(command, self.code, "", "E: no such version\n")


def prepare(
    monkeypatch, kind: str, names: list[str] = NAMES, code: int = 0
) -> tuple[Archive, Client]:
    content = packed(kind, names)
    digest = hashlib.sha256(content).hexdigest()
    archive = Archive(kind, "@scope/hand" if kind == "npm" else "hand", "1:2.0", digest, "OFL-1.1")
    client = Client(content, SUFFIX[kind], code)
    monkeypatch.setattr(module, "MORE", (Family("hand", "hand", "train", "", "*.ttf", archive),))
    monkeypatch.setattr(module.subprocess, "run", client)
    monkeypatch.setattr(module.shutil, "which", lambda program: f"bin/{program}")
    return archive, client


@pytest.mark.parametrize("kind", ["npm", "pip", "apt"])
def test_fonts_and_licences_of_an_archive_are_unpacked_by_their_bare_names(
    monkeypatch, tmp_path: Path, kind: str
) -> None:
    archive, client = prepare(monkeypatch, kind)
    folder = tmp_path / "phông chữ"
    assert [each.problem for each in fetch([archive], folder)] == [""]
    assert {path.name for path in folder.iterdir()} == {"hand-1_2.0"}
    found = {path.name: path.read_bytes() for path in (folder / "hand-1_2.0").iterdir()}
    assert found == {"A-Regular.ttf": FONT, "B-Bold.ttf": FONT, "LICENSE_FONT": FONT}
    assert is_fetched(archive, folder)
    pinned = {"npm": "@scope/hand@1:2.0", "pip": "hand==1:2.0", "apt": "hand=1:2.0"}[kind]
    assert client.commands[0][-1] == pinned
    assert fetch([archive], folder) == []
    assert len(client.commands) == 1


def test_another_content_than_the_pinned_one_is_not_used(monkeypatch, tmp_path: Path) -> None:
    archive, _ = prepare(monkeypatch, "npm")
    (result,) = fetch([archive._replace(sha256="0" * 64)], tmp_path)
    assert "SHA-256" in result.problem
    assert list(tmp_path.iterdir()) == []


def test_what_the_client_says_is_reported(monkeypatch, tmp_path: Path) -> None:
    archive, _ = prepare(monkeypatch, "apt", code=100)
    (result,) = fetch([archive], tmp_path)
    assert result.problem == "hand 1:2.0: apt: E: no such version"
    assert list(tmp_path.iterdir()) == []


def test_a_client_that_always_fails_is_not_asked_for_all(monkeypatch, tmp_path: Path) -> None:
    archive, client = prepare(monkeypatch, "npm", code=1)
    results = fetch([archive._replace(version=str(number)) for number in range(30)], tmp_path)
    assert len(results) == 30
    assert 4 <= len(client.commands) <= 8  # those that run at the same time
    assert results[-1].problem == "@scope/hand: not tried, npm failed before"


def test_a_client_that_is_not_installed_costs_its_fonts_only(monkeypatch, tmp_path: Path) -> None:
    archive, client = prepare(monkeypatch, "npm")
    monkeypatch.setattr(module.shutil, "which", lambda program: None)
    (result,) = fetch([archive], tmp_path)
    assert result.problem == "@scope/hand: the program npm is not installed"
    assert client.commands == []


def test_an_archive_without_the_fonts_is_a_problem(monkeypatch, tmp_path: Path) -> None:
    archive, _ = prepare(monkeypatch, "npm", ["package/index.js"])
    assert "holds none of *.ttf" in fetch([archive], tmp_path)[0].problem


def test_every_archive_of_the_catalogue_is_pinned() -> None:
    found = archives()
    assert len({archive.package for archive in found}) == len(found) > 100
    for archive in found:
        assert archive.client in ("npm", "pip", "apt")
        assert len(archive.sha256) == 64
        assert archive.licence in (*("OFL-1.1", "Apache-2.0", "UFL-1.0", "GUST-Font-License"),)
    assert set(archives(["thermal"])) < set(found)
    assert {f.archive for f in MORE if f.archive} == set(found)
