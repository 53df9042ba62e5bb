"""Damage is found, named once, and cured by the command that the message gives."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from ppocr_ext.checksums import (
    FileRecord,
    damage,
    fingerprint,
    read_sums,
    require_intact,
    require_recorded,
    restore_from_git,
    write_sums,
)
from ppocr_ext.errors import UserError

GOOD = b"weights" * 1000
RECORD = FileRecord(len(GOOD), hashlib.sha256(GOOD).hexdigest())
FLIPPED = GOOD[:500] + bytes([GOOD[500] ^ 1]) + GOOD[501:]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (GOOD, ""),
        (GOOD[:-1], "6,999 bytes, expected 7,000"),
        (FLIPPED, "its content has changed (SHA-256 differs)"),
        (None, "missing"),
    ],
)
def test_damage_is_named(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    assert damage(path, RECORD) == problem
    unknown_size = FileRecord(None, RECORD.sha256.upper())
    assert bool(damage(path, unknown_size)) == bool(problem)


def test_the_cure_copies_a_good_file(vietnamese_path: Path) -> None:
    path, bad, good = (vietnamese_path / name for name in ("model.onnx", "bad.onnx", "good.onnx"))
    for each, content in ((path, FLIPPED), (bad, FLIPPED), (good, GOOD)):
        each.write_bytes(content)
    with pytest.raises(UserError, match=r"model\.onnx is damaged: its content") as caught:
        require_intact(path, RECORD, (bad, good), cure="never shown")
    subprocess.run(caught.value.cure, shell=True, check=True)
    require_intact(path, RECORD)


def test_the_cure_restores_a_tracked_file(vietnamese_path: Path) -> None:
    path = vietnamese_path / "mô hình" / "model.onnx"
    path.parent.mkdir()
    path.write_bytes(GOOD)
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", "-C", vietnamese_path, *words], check=True)
    path.unlink()
    path.parent.rmdir()
    with pytest.raises(UserError, match=r"model\.onnx is missing") as caught:
        require_intact(path, RECORD, cure="never shown")
    assert caught.value.expected.endswith(RECORD.sha256)
    subprocess.run(caught.value.cure, shell=True, check=True)
    require_intact(path, RECORD)
    # What git holds is damaged as well: it is not offered.
    path.write_bytes(FLIPPED)
    subprocess.run(["git", "-C", vietnamese_path, "add", "."], check=True)
    with pytest.raises(UserError, match="copy it again"):
        require_intact(path, RECORD, cure="copy it again")
    assert restore_from_git(path).endswith("checkout -- model.onnx")
    assert restore_from_git(path.with_name("other.onnx")) == ""


def test_sums_are_those_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"")
    (tmp_path / "mô hình b.onnx").write_bytes(GOOD)
    assert read_sums(tmp_path) == {}
    write_sums(tmp_path, ["mô hình b.onnx", "a.yml"])
    text = (tmp_path / "SHA256SUMS").read_text(encoding="utf-8")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert text == f"{empty}  a.yml\n{RECORD.sha256}  mô hình b.onnx\n"
    assert read_sums(tmp_path)["mô hình b.onnx"] == (None, RECORD.sha256)
    assert fingerprint(tmp_path / "mô hình b.onnx") == RECORD


@pytest.mark.parametrize("sums", [b"", b"\n", b"\xff\xfe\0garbage", b"fd22a0f1  model.onnx\n"])
def test_damaged_sums_hold_for_no_file(tmp_path: Path, sums: bytes) -> None:
    (tmp_path / "SHA256SUMS").write_bytes(sums)
    (tmp_path / "model.onnx").write_bytes(FLIPPED)
    with pytest.raises(UserError, match=r"SHA256SUMS is damaged[\s\S]*copy it again"):
        require_recorded(tmp_path, "model.onnx", cure="copy it again")
