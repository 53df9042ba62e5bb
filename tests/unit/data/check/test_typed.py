"""What is odd about a text while it is typed."""

from __future__ import annotations

import unicodedata

import pytest

from ppocr_ext.data.check.typed import check, variants
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.text.charset import Charset

DICTIONARY = Charset.load(REPOSITORY / "dicts" / "vi_dict.txt")


def found(text: str, draft: str = "") -> list[tuple[str, str, str]]:
    return [(f.kind, text[f.start : f.end], f.hint) for f in check(text, draft, DICTIONARY)]


@pytest.mark.parametrize(
    "text",
    [
        *("Cộng hòa xã hội chủ nghĩa Việt Nam", "hoà thuỷ quý giếng ngoằn ngoèo khuya gì"),
        *("HĐ số 12/QĐ-UBND, VNĐ 22,300", "COFFEE now law 24h", "H2O MA5 T2 Coca1", ""),
        unicodedata.normalize("NFD", "Tiếng Việt"),
    ],
)
def test_ordinary_texts_are_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tieengs Vieejt", [("telex", "tieengs", "tiếng"), ("telex", "Vieejt", "Việt")]),
        ("NGUOWIF ddi", [("telex", "NGUOWIF", "NGƯỜI"), ("telex", "ddi", "đi")]),
        ("tie61ng Vie65t", [("vni", "tie61ng", "tiếng"), ("vni", "Vie65t", "Việt")]),
        ("hoaf binhf", [("telex", "hoaf", "hòa"), ("telex", "binhf", "bình")]),
        ("cộngg", [("syllable", "cộngg", "")]),
        ("Tổng tổng cộng", [("doubled", "Tổng tổng", "Tổng")]),
        (" hai  ba ", [("spaces", " ", ""), ("spaces", "  ", ""), ("spaces", " ", "")]),
        ("漢", [("dictionary", "漢", "")]),
        ("Ðường", [("dictionary", "Ð", ""), ("spelling", "Ðường", "Đường")]),
    ],
)
def test_what_is_odd_is_named_with_what_was_meant(
    text: str, expected: list[tuple[str, str, str]]
) -> None:
    assert [each for each in found(text) if each != ("syllable", "Ðường", "")] == expected


def test_a_word_that_the_network_reads_twice_too_is_not_doubled() -> None:
    assert found("xanh xanh", "Xanh  xanh") == []


def test_variants_are_tones_first_then_shapes() -> None:
    assert variants("ê")[:5] == ["ề", "ế", "ể", "ễ", "ệ"]
    assert variants("d") == ["đ"] and variants("Đ") == ["D"] and variants("7") == []
    assert "ở" in variants("o") and "O" not in variants("o")
