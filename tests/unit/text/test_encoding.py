"""Files of other encodings are named, never misread."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.text.encoding import code_page, detect_encoding, read_utf8
from ppocr_ext.text.letters import compose, decompose

DOT = "\u0323"
MARKS = {"level": "", "grave": "\u0300", "acute": "\u0301", "tilde": "\u0303", "hook": "\u0309"}


def as_cp1258(text: str) -> bytes:
    """Windows-1258 has ă â ê ô ơ ư đ whole, and tones as marks after the letter."""
    letters = map(decompose, text)
    spelt = [compose(each._replace(tone="level")) + MARKS.get(each.tone, DOT) for each in letters]
    return "".join(spelt).encode("cp1258")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("à\nô\n".encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + "à\n".encode("utf-16-be"), "utf-16"),
        ("à\nô\n".encode("utf-32"), "utf-32"),
        ("abc\n".encode("utf-16-le"), "utf-16-le"),
        (as_cp1258("ế\nộ\nữ\n"), "cp1258"),
        ("à\nô\nú\n".encode("cp1252"), "cp1252"),
        ("越\n南\n".encode("gbk"), "gbk"),
    ],
)
def test_another_encoding_is_named(data: bytes, name: str, vietnamese_path: Path) -> None:
    path = vietnamese_path / "từ điển.txt"
    path.write_bytes(data)
    assert detect_encoding(path) == name
    with pytest.raises(UserError, match="is not UTF-8") as error:
        read_utf8(path, "dictionary")
    assert error.value.found.endswith(name) and str(path) in error.value.found


@pytest.mark.parametrize(
    "text",
    [
        "Việt Nam",
        "ĐƯỜNG NGUYỄN HUỆ, PHƯỜNG BẾN NGHÉ",
        "được người ướt đẫm",
        "thư mục đã mở",
        "Cộng hòa xã hội chủ nghĩa Việt Nam",
        "ảnh/1.jpg\tTổng cộng",
    ],
)
def test_vietnamese_of_windows_1258(text: str) -> None:
    assert code_page(as_cp1258(text)) == "cp1258"


@pytest.mark.parametrize(
    "text",
    [
        "系统找不到指定的文件。",
        "找不到路径",
        "总计五十元，谢谢惠顾",
        "train in 文档",
        "C:\\用户\\桌面\\一个文件 是 有 要",
        "第 3 章：以后",
    ],
)
def test_chinese_of_windows(text: str) -> None:
    assert code_page(text.encode("gbk")) == "gbk"


@pytest.mark.parametrize(
    "text",
    ["dossier à part", "déjà payé à l'hôtel", "Größe: ändern", "però così", "No se encontró él"],
)
def test_western_languages(text: str) -> None:
    assert code_page(text.encode("cp1252")) == "cp1252"


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
