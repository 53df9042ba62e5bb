"""One spelling for each text."""

from __future__ import annotations

import unicodedata
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppocr_ext.text import VIETNAMESE_LETTERS, Charset, normalize, normalize_report


@pytest.mark.parametrize("character", VIETNAMESE_LETTERS)
def test_marks_in_any_order_give_the_letter(character: str) -> None:
    base, *marks = unicodedata.normalize("NFD", character)
    for order in permutations(marks):
        assert normalize(base + "".join(order)) == character
    if len(marks) == 2:  # half composed, the other mark behind
        for first, second in permutations(marks):
            assert normalize(unicodedata.normalize("NFC", base + first) + second) == character


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ðường Ɖa ðang ɖi", "Đường Đa đang đi"),
        ("D\u0335a d\u0336i", "Đa đi"),
        ("a\u0341 o\u0340", "á ò"),  # the deprecated tone marks
        ("tiê´ng hô˜ trơ\u02cb", "tiếng hỗ trờ"),
        ("hai\u00a0trăm\u202fnghìn\u3000đồng\tchẵn", "hai trăm nghìn đồng chẵn"),
        ("\ufeffViệt\u200b Na\u00adm\u200e", "Việt Nam"),
        ("Нà Nội, Тhành phố", "Hà Nội, Thành phố"),  # Cyrillic Н, Т
        ("Αnh", "Anh"),  # Greek Α
        ("25ºC, −5˚C, 3μm", "25°C, -5°C, 3µm"),
        ("ﬁle oﬃce", "file office"),
        ("（１２：３０）", "(12:30)"),
        ("5′ 6″ ― ‒ ‑", "5' 6\" — – -"),
        ("ạ\u0323", "ạ"),  # the same mark twice
    ],
)
def test_look_alikes(text: str, expected: str) -> None:
    assert normalize(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "hòa bình, hoà bình",  # two accepted places of the tone
        "a`b a^2 ~/x",
        "you´re",
        "Москва, Αθήνα",
        "МА",  # no Latin letter beside: could be Russian
        "αb",  # no Latin twin
        "two  spaces\nand a line break\r\n",
        "½ ² ³ ™ № …",
        "n\u0302",  # no Vietnamese letter
        "\u0301 alone",
        "ế´",  # has a tone already
        "đ´",
        "",
    ],
)
def test_leaves_alone(text: str) -> None:
    assert normalize_report(text) == (text, {})


def test_the_report_counts_every_change() -> None:
    text, changes = normalize_report("Ða\u00a0Ðê \u200bNa\u0309 á\u0302 ê´ Тi")
    assert text == "Đa Đê Nả ấ ế Ti"
    assert changes == {
        "Ð → Đ": 2,
        "U+00A0 → space": 1,
        "U+200B → nothing": 1,
        "NFD → NFC": 1,
        "á+U+0302 → ấ": 1,
        "ê+´ → ế": 1,
        "Т → T": 1,
    }


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_is_idempotent_and_nfc(text: str) -> None:
    once, changes = normalize_report(text)
    assert normalize(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert bool(changes) == (once != text)


@given(
    st.text(alphabet="aăâeêoơuưdnt´˜ˋ ÐμоТ\u0301\u0302\u0306\u0323\u031b\u0335\u200b", max_size=12)
)
def test_is_idempotent_on_vietnamese_rubble(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once


@given(st.text(alphabet="".join(VIETNAMESE_LETTERS) + "bcdghklmnpqrstvx 0123.,-"))
def test_decomposed_text_comes_back(text: str) -> None:
    assert normalize(unicodedata.normalize("NFD", text)) == text
    assert normalize(text) == text


def test_leaves_every_character_of_the_dictionary_alone(repository: Path) -> None:
    for character in Charset.load(repository / "dicts" / "vi_dict.txt").characters:
        assert normalize(character) == character
