from __future__ import annotations

import random
import string
from pathlib import Path

import pytest

from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.packages import package_folder
from ppocr_ext.synth import fonts
from ppocr_ext.synth.catalogue import FAMILIES, MORE
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.fonts import REQUIRED, FontLibrary, complete_folder
from ppocr_ext.text import VIETNAMESE_LETTERS


def test_at_least_thirty_families_train_and_no_family_is_in_two_splits() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    assert sum(family.split == "train" for family in FAMILIES) >= 30
    assert all(sum(f.split == split for f in FAMILIES) >= 6 for split in ("val", "test"))


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_every_family_of_the_catalogue_can_write_vietnamese(split) -> None:
    held = {name for names in FontLibrary(split).families().values() for name in names}
    assert held == {family.name for family in FAMILIES if family.split == split}


def test_no_family_is_in_two_splits_whatever_its_categories() -> None:
    splits: dict[str, set[str]] = {}
    for family in (*FAMILIES, *MORE):
        design = family.name.removesuffix("-italic")
        splits.setdefault(design, set()).add(family.split)
    assert {design for design, held in splits.items() if len(held) > 1} == set()


def test_enough_hands_are_known() -> None:
    hands = [(family.name, family.split) for family in MORE if family.category == "hand"]
    assert sum(split == "train" for _, split in hands) >= 60
    assert sum(split == "val" for _, split in hands) >= 10
    assert len(set(hands)) == len(hands)


def test_each_further_category_has_installed_fonts_in_training_and_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "completed", lambda path, cache: path)  # 0.3 s a font
    monkeypatch.setattr(fonts, "_COMMON", frozenset(string.ascii_letters + string.digits))
    categories = {family.category for family in MORE}
    assert categories.isdisjoint(family.category for family in FAMILIES)
    for split in ("train", "val"):
        held = FontLibrary(split, None, categories, fetched=tmp_path).families()
        installed = {(f.category, f.name) for f in MORE if f.split == split and f.archive is None}
        assert {(c, name) for c in categories for name in held[c]} == installed
        assert categories <= held.keys()


def test_further_categories_are_loaded_only_when_asked_for(tmp_path: Path) -> None:
    held = FontLibrary("val", None, ["hand"], fetched=tmp_path).families()
    assert held["hand"] == ["delius"]
    assert held.keys().isdisjoint({"menu", "thermal", "typewriter"})
    assert not (tmp_path / "composed" / "OleoScript-Regular.ttf").exists()


def test_fonts_whose_small_letters_are_capitals_write_capitals_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "MORE", [family for family in MORE if family.name == "bungee"])
    (face,) = FontLibrary("train", None, ["signboard"], tmp_path).faces["signboard"]["bungee"]
    assert face.characters >= set("ĐƯỜNG 5").difference(" ")
    assert not face.characters & set("đường")


def test_drawn_faces_cover_the_text(train_factory: LineFactory) -> None:
    rng = random.Random(2)
    for _ in range(200):
        face = train_factory.fonts.draw(rng, {"serif": 1.0, "sans": 1.0}, "Giá: 5.000 ₫")
        assert face.characters >= set("Giá:5.0₫")
        assert face.characters >= REQUIRED
        assert face.category in ("serif", "sans")


def test_variable_fonts_are_opened_at_a_weight_that_documents_use() -> None:
    faces = FontLibrary("train").faces["sans"]["montserrat"]  # its default is Thin
    assert {axes[0] for axes in (face.axes for face in faces)} == {300.0, 400.0, 500.0, 700.0}


def test_what_no_font_can_write_is_named(train_factory: LineFactory) -> None:
    with pytest.raises(UserError, match="☃"):
        train_factory.fonts.draw(random.Random(0), {"sans": 1.0}, "☃")


def test_own_fonts_are_used_and_ones_without_vietnamese_are_left_out(tmp_path: Path) -> None:
    source = next(package_folder("fontpkg-lora").glob("files/Lora[[]wght].ttf"))
    (tmp_path / "Chữ viết-Regular.ttf").write_bytes(source.read_bytes())
    mono = next(package_folder("matplotlib").glob("mpl-data/fonts/ttf/DejaVuSansMono.ttf"))
    (tmp_path / "Thiếu-Regular.ttf").write_bytes(mono.read_bytes())
    train, val = (FontLibrary(s, tmp_path).families().get("own", []) for s in ("train", "val"))
    assert train + val == ["Chữ viết"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("a.txt", b"", "holds no font"), ("a.ttf", b"not a font", "not a readable font")],
)
def test_unusable_own_fonts_are_reported(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        [FontLibrary(split, tmp_path) for split in ("train", "val")]


def test_fonts_that_lack_vietnamese_letters_are_reported(tmp_path: Path) -> None:
    mono = next(package_folder("matplotlib").glob("mpl-data/fonts/ttf/DejaVuSansMono.ttf"))
    (tmp_path / mono.name).write_bytes(mono.read_bytes())
    with pytest.raises(UserError, match="none of its 1 font can write Vietnamese") as raised:
        FontLibrary("train", tmp_path)
    command = tool_command("make_data.py", "--complete-fonts", tmp_path)
    assert raised.value.cure == command


def test_own_fonts_are_given_the_letters_that_they_lack(tmp_path: Path) -> None:
    given, target = tmp_path / "của tôi", tmp_path / "own"
    given.mkdir()
    mono = next(package_folder("matplotlib").glob("mpl-data/fonts/ttf/DejaVuSansMono.ttf"))
    whole = next(package_folder("fontpkg-lora").glob("files/Lora[[]wght].ttf"))
    for path in (mono, whole):
        (given / path.name).write_bytes(path.read_bytes())
    (made,) = complete_folder(given, target)
    assert {path.name for path in target.iterdir()} == {whole.name, made.name}
    held = [FontLibrary(split, target).families().get("own", []) for split in ("train", "val")]
    assert {name for names in held for name in names} == {"DejaVuSansMono", "Lora"}


def test_own_fonts_without_latin_letters_are_an_error(tmp_path: Path) -> None:
    symbols = next(package_folder("matplotlib").glob("mpl-data/fonts/ttf/STIXSizOneSymReg.ttf"))
    (tmp_path / "a.ttf").write_bytes(symbols.read_bytes())
    with pytest.raises(UserError, match="no Latin letters"):
        complete_folder(tmp_path, tmp_path / "own")


def test_all_letters_are_required() -> None:
    assert frozenset(VIETNAMESE_LETTERS) <= REQUIRED
