"""Files of other encodings are named, never misread."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.text.encoding import guess_encoding, read_utf8

TEXT = "à\nô\nú\n"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (TEXT.encode("utf-16"), "UTF-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("utf-32"), "UTF-32"),
        ("abc\n".encode("utf-16-le"), "UTF-16 without a byte-order mark"),
        (TEXT.encode("cp1258"), "Windows-1258"),
        (TEXT.encode("cp1252"), "Windows-1252"),
        ("越\n南\n".encode("gbk"), "GBK"),
    ],
)
def test_another_encoding_is_named(data: bytes, name: str, vietnamese_path: Path) -> None:
    assert name in guess_encoding(data)
    path = vietnamese_path / "từ điển.txt"
    path.write_bytes(data)
    with pytest.raises(UserError, match="is not UTF-8") as error:
        read_utf8(path, "dictionary")
    assert name in error.value.found and str(path) in error.value.found


def test_the_line_of_the_first_bad_byte_is_named(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_bytes("a\nế\n".encode() + b"c\xff\n")
    with pytest.raises(UserError, match=r"\(line 3\)"):
        read_utf8(tmp_path / "labels.txt")


def test_utf8_is_read_as_it_is_but_for_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(codecs.BOM_UTF8 + "ế\r\n\u2028ộ\n".encode())
    assert read_utf8(path) == "ế\r\n\u2028ộ\n"


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        read_utf8(tmp_path / "none.txt")
    with pytest.raises(UserError, match="is a folder"):
        read_utf8(tmp_path)
