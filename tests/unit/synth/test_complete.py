from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from PIL import Image, ImageDraw

from ppocr_ext.packages import package_folder
from ppocr_ext.synth.complete import completed
from ppocr_ext.synth.fonts import freetype
from ppocr_ext.text import VIETNAMESE_LETTERS, decompose

SIZE = 100
LATIN = [chr(code) for code in (*range(33, 127), *range(0xC0, 0x100), 0x2C6, 0x2DC)]
WHOLE = {
    "sans": next(package_folder("fontpkg-be-vietnam-pro").glob("files/*-Regular.ttf")),
    "mono": next(package_folder("fontpkg-ibm-plex-mono").glob("files/*-Regular.ttf")),
    "slanted": next(package_folder("fontpkg-spectral").glob("files/*-Italic.ttf")),
}


@pytest.fixture(scope="module")
def stripped(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, bool], Path]:
    """A font with all Vietnamese letters, cut down to ASCII, or to ASCII and Latin-1."""

    def cut(name: str, latin: bool) -> Path:
        path = tmp_path_factory.getbasetemp() / f"{name}-{latin}.ttf"
        if not path.exists():
            with TTFont(WHOLE[name]) as font:
                options = Options(layout_features=[], notdef_outline=True)
                subset = Subsetter(options)
                letters = LATIN if latin else [c for c in LATIN if c.isascii()]
                subset.populate(unicodes=map(ord, letters))
                subset.subset(font)
                font.save(path)
        return path

    return cut


def ink(path: Path, letter: str) -> np.ndarray:
    """[4 * SIZE, 3 * SIZE] bool; the baseline is row 2 * SIZE, the origin column SIZE."""
    canvas = Image.new("L", (3 * SIZE, 4 * SIZE))
    font = freetype(str(path), (), SIZE)
    ImageDraw.Draw(canvas).text((SIZE, 2 * SIZE), letter, fill=255, font=font, anchor="ls")
    return np.asarray(canvas) > 100


def likeness(left: np.ndarray, right: np.ndarray) -> float:
    return float((left & right).sum() / (left | right).sum())


def test_a_font_with_all_letters_is_used_as_it_is(tmp_path: Path) -> None:
    assert completed(WHOLE["sans"], tmp_path) == WHOLE["sans"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("latin", [True, False])
def test_composed_letters_look_like_those_that_the_font_had(
    stripped, tmp_path: Path, name: str, latin: bool
) -> None:
    made = completed(stripped(name, latin), tmp_path)
    alike = {c: likeness(ink(made, c), ink(WHOLE[name], c)) for c in VIETNAMESE_LETTERS}
    assert min(alike.values()) > 0.4, min(alike, key=alike.__getitem__)
    assert np.mean(list(alike.values())) > 0.7


@pytest.mark.parametrize("name", WHOLE)
def test_every_letter_has_its_marks_in_the_right_places(
    stripped, tmp_path: Path, name: str
) -> None:
    made = completed(stripped(name, False), tmp_path)
    for letter in VIETNAMESE_LETTERS:
        base, shape, tone = decompose(letter)
        drawn, plain = ink(made, letter), ink(made, base)
        added = drawn & ~plain
        assert added.sum() > 30, letter
        rows = np.flatnonzero(added.any(axis=1))
        top = np.flatnonzero(plain.any(axis=1))[0]
        if tone == "dot":
            assert rows[-1] > 2 * SIZE + 3, letter  # below the baseline
        elif tone != "level" or shape in ("breve", "circumflex"):
            assert rows[0] < top + (12 if base == "i" else -5), letter


def test_letters_that_differ_in_one_mark_never_look_the_same(stripped, tmp_path: Path) -> None:
    made = completed(stripped("sans", False), tmp_path)
    pictures = {c: ink(made, c) for c in VIETNAMESE_LETTERS}
    for left in VIETNAMESE_LETTERS[:67]:
        for right in VIETNAMESE_LETTERS[:67]:
            if left < right:
                assert likeness(pictures[left], pictures[right]) < 0.97, left + right


def test_a_tone_leaves_the_widths_as_they_are(stripped, tmp_path: Path) -> None:
    with TTFont(completed(stripped("mono", False), tmp_path)) as font:
        names = font.getBestCmap()
        widths = {font["hmtx"][names[ord(letter)]][0] for letter in VIETNAMESE_LETTERS}
        assert widths == {font["hmtx"][names[ord("a")]][0]} == {600}


def test_the_same_font_is_composed_once_and_gives_the_same_bytes(stripped, tmp_path: Path) -> None:
    source = stripped("sans", False)
    first = completed(source, tmp_path / "a")
    stamp = first.stat().st_mtime_ns
    assert completed(source, tmp_path / "a").stat().st_mtime_ns == stamp
    assert completed(source, tmp_path / "b").read_bytes() == first.read_bytes()


def test_a_font_without_latin_letters_is_refused(tmp_path: Path) -> None:
    with TTFont(WHOLE["sans"]) as font:
        subset = Subsetter(Options(layout_features=[]))
        subset.populate(unicodes=range(48, 58))
        subset.subset(font)
        font.save(tmp_path / "digits.ttf")
    with pytest.raises(ValueError, match="no Latin letters"):
        completed(tmp_path / "digits.ttf", tmp_path)
