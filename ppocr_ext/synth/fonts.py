"""The fonts of the lines: their packages, what each face can write, and which split has it."""

from __future__ import annotations

import random
import re
import shutil
import string
import zlib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.packages import package_folder
from ppocr_ext.show.formats import counted
from ppocr_ext.synth.catalogue import FAMILIES, FETCHED, MORE, Family, is_fetched
from ppocr_ext.synth.complete import completed
from ppocr_ext.synth.presets import SPLITS, Split
from ppocr_ext.synth.printer import printer_font
from ppocr_ext.synth.sources import ALPHABET, SYMBOLS, package_version
from ppocr_ext.text import VIETNAMESE_LETTERS

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

REQUIRED = frozenset(map(chr, range(33, 127))) | frozenset(VIETNAMESE_LETTERS)
"""What a font must be able to write to be used at all; rarer signs are checked line by line."""

_COMMON = frozenset(VIETNAMESE_LETTERS) | frozenset(
    string.ascii_letters + string.digits + ".,:-/()"
)
"""The same of a family of :data:`MORE`: some hands have no ``%`` or ``~``."""


_WEIGHTS = (400, 500, 700, 300)  # what documents are printed in; the last two need the range
_WIDTHS = (100.0, 87.5, 75.0)
_SKIPPED = ("thin", "extralight", "black", "extrabold", "hairline")


class Face(NamedTuple):
    """One look of a family: a file, its axes' values, and the characters it can write."""

    family: str
    category: str
    path: str
    axes: tuple[float, ...]
    characters: frozenset[str]
    share: float  # how often it is drawn among its family's faces


def _read_faces(
    path: Path, family: str, category: str, required: frozenset[str] = REQUIRED
) -> list[Face]:
    """The faces that one font file offers; none if it cannot write all that is ``required``."""
    from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]

    try:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            characters = frozenset(map(chr, font.getBestCmap() or {})) & (ALPHABET | REQUIRED)
            axes = [] if "fvar" not in font else font["fvar"].axes
            ranges = [
                (axis.axisTag, axis.minValue, axis.defaultValue, axis.maxValue) for axis in axes
            ]
    except (TTLibError, OSError, AssertionError) as error:
        raise UserError(f"{path}: not a readable font ({error})", "TrueType or OpenType") from error
    if not characters >= required:
        return []
    name = path.stem.lower()
    share = (0.35 if "italic" in name or "oblique" in name else 1.0) * (
        0.5 if "bold" in name else 1
    )
    return [
        Face(family, category, str(path), values, characters, share * common)
        for values, common in _axis_values(ranges)
    ]


def _axis_values(
    ranges: list[tuple[str, float, float, float]],
) -> list[tuple[tuple[float, ...], float]]:
    """Sensible values of a variable font's axes, in the file's order, and how common each is."""
    tags = {tag: (low, high) for tag, low, _, high in ranges}
    if not tags:
        return [((), 1.0)]
    weights = [
        w
        for w in _WEIGHTS
        if tags.get("wght", (400, 400))[0] <= w <= tags.get("wght", (400, 400))[1]
    ]
    widths = [
        w
        for w in _WIDTHS
        if tags.get("wdth", (100, 100))[0] <= w <= tags.get("wdth", (100, 100))[1]
    ]
    chosen = []
    for weight in weights or [400]:
        for width in widths or [100.0]:
            wanted = {"wght": weight, "wdth": width}
            values = tuple(
                float(min(max(wanted.get(tag, default), low), high))
                for tag, low, default, high in ranges
            )
            common = (1.0 if weight == 400 else 0.4) * (1.0 if width == 100.0 else 0.3)
            chosen.append((values, common))
    return chosen


def font_files(folder: Path) -> list[Path]:
    """The font files below a user's folder; ``UserError`` if there is none."""
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder of fonts", cure="give a folder with .ttf files")
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".ttf", ".otf", ".ttc"))
    if not found:
        raise UserError(f"{folder}: holds no font", ".ttf, .otf or .ttc files")
    return found


def _packaged(split: Split) -> Iterable[Face]:
    """The faces of the packaged families of one split."""
    for family in FAMILIES:
        if family.split == split:
            package_version(family.distribution)
            for path in sorted(package_folder(family.distribution).glob(family.pattern)):
                if not any(word in path.stem.lower() for word in _SKIPPED):
                    yield from _read_faces(path, family.name, family.category)


def _more(split: Split, categories: frozenset[str], fetched: Path) -> Iterable[Face]:
    """The faces of some categories of :data:`MORE`: those installed, and those fetched."""
    for family in MORE:
        if family.split == split and family.category in categories:
            for path in _files(family, fetched):
                cut = re.split("[-_]", path.stem.lower())[-1]  # not Archivo Black's name
                if not any(word in cut for word in _SKIPPED):
                    whole = completed(path, fetched / "composed")
                    for face in _read_faces(whole, family.name, family.category, _COMMON):
                        yield _in_capitals(face) if family.capitals else face


def _files(family: Family, fetched: Path) -> list[Path]:
    if family.drawn:
        return [printer_font(family.name, fetched / "drawn")]
    if family.archive is None:
        package_version(family.distribution)
        return sorted(package_folder(family.distribution).glob(family.pattern))
    if not is_fetched(family.archive, fetched):
        return []
    return sorted((fetched / family.archive.folder).glob(family.pattern))


def _in_capitals(face: Face) -> Face:
    """The face without its small letters, which look like capitals."""
    return face._replace(characters=frozenset(c for c in face.characters if c == c.upper()))


def compose_missing(fetched: Path = FETCHED) -> list[Path]:
    """Give every font of :data:`MORE` that is there its letters; the fonts that needed some."""
    for split in SPLITS:
        FontLibrary(split, None, {family.category for family in MORE}, fetched)
    return sorted((fetched / "composed").glob("*.ttf"))


def complete_folder(folder: Path, target: Path) -> list[Path]:
    """Copies of a user's fonts in ``target``, with the letters that they lack; those that did."""
    made = []
    for path in font_files(folder):
        try:
            whole = completed(path, target)
        except ValueError as error:
            raise UserError(
                f"{path}: holds no Latin letters to compose Vietnamese letters from",
                "fonts with a, e, i, o, u, y and d",
            ) from error
        if whole == path:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / path.name)
        else:
            made.append(whole)
    return made


def _own(folder: Path, split: Split) -> list[Face]:
    """The faces of a user's fonts: a family is a file name up to its first ``-`` or ``[``."""
    files = font_files(folder)
    faces = [
        face
        for path in files
        for face in _read_faces(path, path.stem.split("-")[0].split("[")[0], "own")
    ]
    if not faces:
        raise UserError(
            f"{folder}: none of its {counted(len(files), 'font')} can write Vietnamese",
            "fonts with all ASCII signs and the 134 marked letters, such as Ặ and ữ",
            tool_command("make_data.py", "--complete-fonts", folder),
        )
    return [face for face in faces if _own_split(face.family) == split]


def _own_split(family: str) -> Split:
    return "val" if zlib.crc32(family.lower().encode("utf-8")) % 6 == 0 else "train"


class FontLibrary:
    """The faces of one split, drawn by category, then family, then face.

    ``categories``: those of :data:`MORE` that are wanted beside the usual ones.
    """

    def __init__(
        self,
        split: Split,
        fonts: Path | None = None,
        categories: Iterable[str] = (),
        fetched: Path = FETCHED,
    ) -> None:
        self.faces: dict[str, dict[str, list[Face]]] = {}
        more = _more(split, frozenset(categories), fetched)
        for face in (*_packaged(split), *more, *(_own(fonts, split) if fonts else ())):
            self.faces.setdefault(face.category, {}).setdefault(face.family, []).append(face)

    def families(self) -> dict[str, list[str]]:
        """Category → names of its families that can write Vietnamese."""
        return {category: list(families) for category, families in self.faces.items()}

    def label_font(self, size: int) -> FreeTypeFont:
        """A plain face, to write labels with."""
        face = next(iter(next(iter(self.faces.values())).values()))[0]
        return freetype(face.path, face.axes, size)

    def sibling(self, rng: random.Random, face: Face) -> Face:
        """Another face of the same family, for emphasis."""
        faces = self.faces[face.category][face.family]
        return rng.choice([each for each in faces if each.characters >= face.characters])

    def draw(self, rng: random.Random, categories: Mapping[str, float], text: str) -> Face:
        """A face that can write every character of ``text``."""
        wanted = frozenset(text) - {" "}
        held = {name: share for name, share in categories.items() if name in self.faces}
        if "own" in self.faces:
            held["own"] = sum(held.values())  # half of all lines
        for _ in range(20):
            families = self.faces[rng.choices(list(held), list(held.values()))[0]]
            faces = families[rng.choice(list(families))]
            face = rng.choices(faces, [face.share for face in faces])[0]
            if wanted <= face.characters:
                return face
        return self._any(rng, wanted)

    def _any(self, rng: random.Random, wanted: frozenset[str]) -> Face:
        able = [
            face
            for families in self.faces.values()
            for faces in families.values()
            for face in faces
            if wanted <= face.characters
        ]
        if not able:
            raise UserError(
                f"no font can write all of: {' '.join(sorted(wanted))}", cure="add a font"
            )
        return rng.choice(able)


@lru_cache(maxsize=600)
def freetype(path: str, axes: tuple[float, ...], size: int) -> FreeTypeFont:
    """The face at ``size`` pixels an em, opened once (0.1 ms) and kept."""
    from PIL import ImageFont

    font = ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    if axes:
        font.set_variation_by_axes(list(axes))
    return font


_MEASURED_AT = 100  # pixels an em: measures are kept once for all sizes
_TALLEST = "ỄẲỘgjỵ"  # from the highest mark to the lowest dot


@lru_cache(maxsize=100_000)
def advance(path: str, axes: tuple[float, ...], character: str) -> float:
    """How far a character moves the pen, in em."""
    return freetype(path, axes, _MEASURED_AT).getlength(character) / _MEASURED_AT


@lru_cache(maxsize=2_000)
def reach(path: str, axes: tuple[float, ...]) -> tuple[float, float]:
    """How far the tallest letters reach above and below the baseline, in em."""
    _, top, _, bottom = freetype(path, axes, _MEASURED_AT).getbbox(_TALLEST, anchor="ls")
    return -top / _MEASURED_AT, bottom / _MEASURED_AT


_HOLDERS: dict[Split, tuple[tuple[str, str, str], ...]] = {
    "train": (
        ("matplotlib", "mpl-data/fonts/ttf/DejaVuSans.ttf", SYMBOLS),
        ("matplotlib", "mpl-data/fonts/ttf/DejaVuSans-Bold.ttf", SYMBOLS),
        ("indico-fonts", "LinLibertine_R.otf", "□☞★→"),
        ("indico-fonts", "LiberationSerif-Regular.ttf", "□→▪"),
        ("indico-fonts", "LiberationSans-Regular.ttf", "□→▪"),
        ("fontpkg-inter", "files/Inter[opsz,wght].ttf", "□✓★→▪❖"),
    ),
    "val": (
        ("matplotlib", "mpl-data/fonts/ttf/DejaVuSansMono-Bold.ttf", SYMBOLS),
        ("indico-fonts", "LinBiolinum_R.otf", "□☞★→"),
    ),
    "test": (
        ("matplotlib", "mpl-data/fonts/ttf/DejaVuSansMono.ttf", SYMBOLS),
        ("matplotlib", "mpl-data/fonts/ttf/STIXGeneral.ttf", "□✓☎★→▪"),
    ),
}
"""Package, file and what of ``SYMBOLS`` is drawn from it; the first of each split has them all."""

_NO_SYMBOLS = str.maketrans("", "", SYMBOLS)


@cache
def _faces(split: Split, symbols: frozenset[str]) -> tuple[Face, ...]:
    return tuple(
        Face("symbols", "symbols", str(package_folder(package) / name), (), frozenset(held), 1.0)
        for package, name, held in _HOLDERS[split]
        if symbols <= frozenset(held)
    )


def symbol_face(rng: random.Random, split: Split, text: str) -> Face | None:
    """A face that holds all symbols of ``text``; ``None`` if there are none."""
    symbols = frozenset(SYMBOLS).intersection(text)
    return rng.choice(_faces(split, symbols)) if symbols else None


def label_face() -> Face:
    """One that holds all symbols, and all letters."""
    return _faces("train", frozenset(SYMBOLS))[0]


def without_symbols(text: str) -> str:
    """What the line's own face must hold of ``text``."""
    return text.translate(_NO_SYMBOLS)
