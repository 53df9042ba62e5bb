"""Corrected copies: another encoding, other spellings; the original stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppocr_ext.data.check.fix import fix_labels
from ppocr_ext.data.labels import read_labels
from ppocr_ext.errors import UserError


@pytest.fixture
def data(vietnamese_path: Path) -> Path:
    for name in ("a.jpg", "b.jpg"):
        (vietnamese_path / name).write_bytes(b"image")
    return vietnamese_path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_any_encoding_becomes_utf8(data: Path, encoding: str) -> None:
    path = data / "nhãn.txt"
    path.write_bytes("a.jpg\tđường Huệ\r\nb.jpg\tphố\r\n".encode(encoding))
    before = path.read_bytes()
    fixed = fix_labels(path, data)
    assert fixed.path == data / "nhãn.fixed.txt"
    assert fixed.path.read_bytes() == "a.jpg\tđường Huệ\nb.jpg\tphố\n".encode()
    assert path.read_bytes() == before


def test_windows_1258_is_composed(data: Path) -> None:
    path = data / "old.txt"
    path.write_bytes("a.jpg\tđươ\u0300ng Huê\u0323, phô\u0301\n".encode("cp1258"))
    fixed = fix_labels(path, data)
    assert read_labels(fixed.path, data)[0].text == "đường Huệ, phố"
    assert fixed.changes["converted from cp1258"] == 1


def test_lines_are_corrected_or_left_out(data: Path) -> None:
    path = data / "labels.txt"
    lines = [
        "a.jpg\t  two  spaces ",
        "b.jpg\tÐà\tNẵng",
        "a.jpg\t ",
        "none.jpg\tx",
        "no delimiter",
        '["a.jpg", "b.jpg"]\tx',
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    fixed = fix_labels(path, data)
    assert fixed.path.read_text(encoding="utf-8").splitlines() == [
        "a.jpg\ttwo spaces",
        "b.jpg\tĐà Nẵng",
        '["a.jpg", "b.jpg"]\tx',
    ]
    assert fixed.changes == {
        "spaces": 2,
        "normalised": 1,
        "left out: empty label": 1,
        "left out: image does not exist": 1,
        "left out: no tab between path and text": 1,
    }


def test_a_missing_file_is_told(data: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        fix_labels(data / "none.txt", data)
