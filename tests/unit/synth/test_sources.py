from __future__ import annotations

from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.packages import package_folder
from ppocr_ext.synth.presets import SPLITS, split_of
from ppocr_ext.synth.sources import (
    LATER_SOURCES,
    SIGNS,
    SOURCES,
    clean,
    read_folder,
    read_source,
)
from ppocr_ext.text import Charset

DICTIONARY = Path(__file__).parents[3] / "dicts" / "vi_dict.txt"


@pytest.mark.parametrize("source", (*SOURCES, *LATER_SOURCES), ids=lambda source: source.topic)
def test_a_packaged_source_has_many_passages_in_each_split_and_shares_none(source) -> None:
    passages = read_source(source)
    least = 20 if source.topic == "foreign_name" else 150
    assert all(len(passages[split]) > least for split in SPLITS)
    assert all(split_of(text) == split for split in SPLITS for text in passages[split])
    assert "Ð" not in "".join(passages["train"])


def test_every_sign_of_synthetic_text_is_in_the_dictionary() -> None:
    assert Charset.load(DICTIONARY).missing(SIGNS) == []


def test_passages_are_normalised_and_foreign_ones_left_out() -> None:
    assert clean(["Ðường\u00a0 phố", "漢字", "a", "Đường phố"]) == ["Đường phố"]


def test_a_missing_package_is_named_with_its_cure() -> None:
    with pytest.raises(UserError, match="no-such-package") as caught:
        package_folder("no-such-package")
    assert "workspace.py setup" in caught.value.cure


def test_own_texts_are_read_from_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "sâu").mkdir()
    (tmp_path / "sâu" / "của tôi.txt").write_text("\ufeffDòng một\n\nDòng hai\r\n", "utf-8")
    held = read_folder(tmp_path)
    assert {text for texts in held.values() for text in texts} == {"Dòng hai", "Dòng một"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"x", "no .txt file"),
        ("a.txt", b"", "no usable passage"),
        ("a.txt", "漢字\n".encode(), "漢"),
        ("a.txt", "Tiếng".encode("utf-16"), "not UTF-8"),
    ],
)
def test_unusable_own_texts_are_reported(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_folder(tmp_path)
