"""Whatever bytes a console wrote, the same lines come out."""

from __future__ import annotations

from collections import Counter

import pytest

from ppocr_ext.records.lines import decode_lines, split_lines

LINES = ["[2026/03/01 08:00:00] ppocr INFO: save model in ./output/Thư mục/latest", "epoch: [1/3]"]


def decoded(data: bytes) -> list[str]:
    return decode_lines(data, Counter())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_unicode_of_every_kind(encoding: str, newline: str) -> None:
    text = newline.join([*LINES, ""])
    assert [line for line in decoded(text.encode(encoding)) if line] == LINES


def test_utf_16_be_with_its_mark() -> None:
    assert decoded(b"\xfe\xff" + "a: 1\nb: 2\n".encode("utf-16-be")) == ["a: 1", "b: 2"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("train in 文档", "gbk"), ("thư mục đã mở", "cp1258"), ("dossier à part", "cp1252")],
)
def test_code_pages_are_distinguished(text: str, encoding: str) -> None:
    import unicodedata

    spelt = unicodedata.normalize("NFD", text) if encoding == "cp1258" else text
    spelt = "".join(_as_cp1258(spelt)) if encoding == "cp1258" else spelt
    counts: Counter[str] = Counter()
    assert decode_lines(spelt.encode(encoding) + b"\n", counts) == [text]
    assert counts == {encoding: 1}


def _as_cp1258(decomposed: str) -> list[str]:
    """cp1258 has â ê ô ơ ư whole, and tones as marks after the letter."""
    import unicodedata

    marks = {"\u0302", "\u031b", "\u0306"}
    letters: list[str] = []
    for character in decomposed:
        if character in marks and letters:
            letters[-1] = unicodedata.normalize("NFC", letters[-1] + character)
        else:
            letters.append(character)
    return letters


def test_encodings_may_change_within_a_file() -> None:
    data = "một: 1\n".encode() + "hai: 2\n".encode("utf-16-le") + "à: 3\n".encode("cp1252")
    assert decoded(data) == ["một: 1", "hai: 2", "à: 3"]


def test_progress_bars_and_colours_come_off() -> None:
    assert decoded(b"bar 10%\rbar 20%\r\x1b[32mepoch: [1/3]\x1b[0m\n") == [
        "bar 10%",
        "bar 20%",
        "epoch: [1/3]",
    ]


def test_nul_bytes_before_a_line_are_dropped_and_within_a_number_are_not() -> None:
    assert decoded(b"\0\0\0\0\0acc: 0.5\n") == ["acc: 0.5"]
    assert decoded(b"acc: 0.\0\0\x005\n") != ["acc: 0.5"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_cut_line_is_not_a_whole_one(encoding: str) -> None:
    whole = "một: 1\nhai: 2\n".encode(encoding)
    cut = "ba: ".encode(encoding)
    assert split_lines(whole + cut, Counter()) == (["một: 1", "hai: 2"], len(whole))
    assert split_lines(cut, Counter()) == ([], 0)
