"""The shipped dictionary and its page."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from ppocr_ext.text import VIETNAMESE_LETTERS, Charset

ASCII = [chr(code) for code in range(0x21, 0x7F)]
SIGNS = "₫–—“”‘’…•·°×÷±²³½¼¾€µ‰≤≥©®™"
LATER = "➢→□☑✓☞☎★▪❖äçëîïñöûüÄÇËÎÏÑÖÛÜ"  # the published model lacks these


@pytest.fixture
def data(repository: Path) -> bytes:
    return (repository / "dicts" / "vi_dict.txt").read_bytes()


def test_is_utf8_with_plain_line_ends(data: bytes) -> None:
    data.decode("utf-8")
    assert b"\r" not in data and not data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\n") and not data.endswith(b"\n\n")


def test_each_line_is_one_distinct_nfc_code_point(data: bytes) -> None:
    lines = data.decode("utf-8").split("\n")[:-1]
    assert all(len(line) == 1 and not line.isspace() for line in lines)
    assert len(set(lines)) == len(lines)
    assert all(unicodedata.is_normalized("NFC", line) for line in lines)


def test_the_order_never_changes(repository: Path) -> None:
    """Class numbers are rows of trained heads: append to the end, change nothing before."""
    characters = Charset.load(repository / "dicts" / "vi_dict.txt").characters
    assert list(characters) == [*ASCII, *VIETNAMESE_LETTERS, *SIGNS, *LATER]


def test_the_page_tells_the_right_numbers(repository: Path) -> None:
    charset = Charset.load(repository / "dicts" / "vi_dict.txt")
    page = (repository / "dicts" / "README.md").read_text(encoding="utf-8")
    assert f"{len(charset.characters)} lines make {charset.num_classes} classes" in page
