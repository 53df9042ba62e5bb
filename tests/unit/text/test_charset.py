"""Dictionaries: numbering, checks, what is missing."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.text import Charset


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_classes_are_numbered_as_paddleocr_numbers_them(vietnamese_path: Path) -> None:
    charset = Charset.load(write(vietnamese_path / "chữ.txt", "a\nế\n#\n"))
    assert charset.characters == ("a", "ế", "#")
    assert charset.classes == ("blank", "a", "ế", "#", " ")
    assert charset.num_classes == len(charset) == 5
    assert [charset.index(character) for character in "aế# "] == [1, 2, 3, 4]


def test_without_the_space(tmp_path: Path) -> None:
    charset = Charset.load(write(tmp_path / "d.txt", "a\nb"), use_space_char=False)
    assert charset.classes == ("blank", "a", "b")
    assert " " not in charset


def test_the_name_of_the_blank_is_not_a_character() -> None:
    charset = Charset.from_characters("ab")
    assert "blank" not in charset
    with pytest.raises(KeyError):
        charset.index("blank")


def test_windows_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    assert Charset.load(write(tmp_path / "d.txt", "\ufeffa\r\nb\r\n")).characters == ("a", "b")


def test_unusual_separators_are_characters(tmp_path: Path) -> None:
    path = write(tmp_path / "d.txt", "a\n\u2028\n\x85\nb\n")
    assert Charset.load(path, strict=False).characters == ("a", "\u2028", "\x85", "b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a\n\nb\n", "line 2: is blank"),
        ("a\n \n", "line 2: is a space"),
        ("a\nb\na\n", "repeated: 'a'"),
        ("a\ne\u0302\u0301\n", "is not NFC (should be 'ế')"),
        ("a\nab\n", "line 2: 'ab' holds 2 code points"),
    ],
)
def test_bad_dictionaries(text: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "d.txt", text)
    with pytest.raises(UserError) as error:
        Charset.load(path)
    assert message in error.value.found and str(path) in error.value.found
    assert error.value.cure


def test_all_kinds_of_bad_lines_are_reported_at_once_but_not_hundreds(tmp_path: Path) -> None:
    path = write(tmp_path / "d.txt", "a\n\nbc\n \n" + "xy\n" * 20)
    with pytest.raises(UserError) as error:
        Charset.load(path)
    for part in ("line 2", "line 3", "line 4", "more"):
        assert part in error.value.found
    assert len(error.value.found) < 400


def test_a_missing_dictionary_and_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"dictionary .*none\.txt does not exist"):
        Charset.load(tmp_path / "none.txt")
    (tmp_path / "utf16.txt").write_text("a\nb\n", encoding="utf-16")
    with pytest.raises(UserError, match="utf-16"):
        Charset.load(tmp_path / "utf16.txt")


def test_shipped_dictionaries_load_unchecked_with_their_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "d.txt", " \na\nfi\n\na\n")
    charset = Charset.load(path, strict=False)
    assert charset.classes == ("blank", " ", "a", "fi", "", "a", " ")
    assert charset.index("a") == 5  # PaddleOCR: the last line of a repeated character counts
    assert charset.index(" ") == 6


def test_from_characters_checks_too() -> None:
    with pytest.raises(UserError, match="repeated"):
        Charset.from_characters("aba")


def test_missing_names_each_character_once_in_order() -> None:
    assert Charset.from_characters("abc").missing("xa yxb") == ["x", "y"]
    assert Charset.from_characters("abc", use_space_char=False).missing("a b") == [" "]


def test_fingerprint_and_equality_depend_on_every_class_and_its_place() -> None:
    one = Charset.from_characters("abc")
    assert one == Charset.from_characters(["a", "b", "c"])
    assert one.fingerprint == Charset.from_characters("abc").fingerprint
    others = [Charset.from_characters("acb"), Charset.from_characters("abc", use_space_char=False)]
    assert len({one.fingerprint, *(other.fingerprint for other in others)}) == 3
    assert all(one != other for other in others)
    assert len({one, Charset.from_characters("abc"), *others}) == 3


def test_crosses_a_process_boundary() -> None:
    charset = Charset.from_characters("aế")
    copy = pickle.loads(pickle.dumps(charset))
    assert copy == charset and copy.index("ế") == 2
