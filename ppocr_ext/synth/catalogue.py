"""Which font families there are: their packages, categories and splits. Data only.

A family is in one split only, whatever its category: validation never sees training's fonts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ppocr_ext.files import read_text
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.synth.presets import Split
from ppocr_ext.synth.printer import PRINTERS


class Archive(NamedTuple):
    """A pinned package of fonts, fetched by a registry's client: ``pip``, ``npm`` or ``apt``."""

    client: str
    package: str
    version: str
    sha256: str
    licence: str

    @property
    def folder(self) -> str:
        """The name of the folder that its fonts are unpacked into."""
        return f"{self.package.split('/')[-1]}-{self.version}".replace(":", "_")


class Family(NamedTuple):
    """A font family: its package (a ``fontpkg-*`` by default), its category and its split.

    ``archive``: its fonts are fetched, not installed. ``capitals``: its small letters look like
    capitals, so only lines in capitals are written in it. ``drawn``: printer.py draws it.
    """

    name: str
    category: str
    split: Split
    package: str = ""
    pattern: str = "files/*.[to]tf"
    archive: Archive | None = None
    capitals: bool = False
    drawn: bool = False

    @property
    def distribution(self) -> str:
        return self.package or f"fontpkg-{self.name}"


def _families(split: Split, category: str, names: str) -> list[Family]:
    return [Family(name, category, split) for name in names.split()]


def _office(name: str, category: str, pattern: str) -> Family:
    """What office software prints in, or its metric twin; half of all Vietnamese documents."""
    return Family(name, category, "train", "indico-fonts", pattern)


_MATPLOTLIB = "mpl-data/fonts/ttf/"
FAMILIES: tuple[Family, ...] = (
    *_families(
        "train", "sans", "noto-sans arimo roboto inter montserrat nunito kanit fira-sans barlow"
    ),
    *_families(
        "train",
        "sans",
        "public-sans josefin-sans source-sans-3 work-sans raleway mulish signika exo-2 lato",
    ),
    Family("dejavu-sans", "sans", "train", "matplotlib", f"{_MATPLOTLIB}DejaVuSans[.-]*"),
    *_families(
        "train", "narrow", "roboto-condensed archivo-narrow fira-sans-condensed yanone-kaffeesatz"
    ),
    *_families("train", "serif", "noto-serif eb-garamond merriweather vollkorn newsreader"),
    *_families(
        "train", "serif", "roboto-slab lora literata cormorant crimson-pro bitter andada-pro"
    ),
    Family("dejavu-serif", "serif", "train", "matplotlib", f"{_MATPLOTLIB}DejaVuSerif[.-]*"),
    _office("linux-libertine", "serif", "LinLibertine_*.otf"),
    _office("linux-biolinum", "sans", "LinBiolinum_*"),
    *_families("train", "mono", "jetbrains-mono roboto-mono space-mono inconsolata geist-mono"),
    _office("liberation-serif", "times", "LiberationSerif-*"),
    _office("liberation-sans", "arial", "LiberationSans-*"),
    _office("liberation-mono", "courier", "LiberationMono-*"),
    *_families("train", "display", "anton alfa-slab-one comfortaa oswald quicksand lobster"),
    *_families("train", "script", "pacifico dancing-script"),
    *_families("val", "sans", "open-sans sarabun"),
    *_families("val", "narrow", "ibm-plex-sans-condensed"),
    *_families("val", "serif", "ibm-plex-serif playfair-display"),
    *_families("val", "mono", "ibm-plex-mono"),
    *_families("val", "display", "chakra-petch"),
    *_families("val", "script", "great-vibes"),
    *_families("test", "sans", "be-vietnam-pro alegreya-sans"),
    *_families("test", "narrow", "barlow-condensed"),
    *_families("test", "serif", "spectral source-serif-4"),
    *_families("test", "mono", "source-code-pro"),
    *_families("test", "display", "saira"),
)
"""What the looks of every preset draw from; the golden lines hold for these."""


def _read_more() -> Iterator[Family]:
    """One family for each category of a row of ``fonts.tsv``."""
    rows = read_text(Path(__file__).with_name("fonts.tsv")).splitlines()
    for row in rows[1:]:
        name, split, categories, client, package, *pinned, pattern, case = row.split("\t")
        archive = None if client == "installed" else Archive(client, package, *pinned)
        for category in categories.split(","):
            yield Family(
                name,
                category,
                split,  # type: ignore[arg-type]
                package,
                pattern,
                archive,
                case == "upper",
            )


MORE: tuple[Family, ...] = (
    *_read_more(),
    *(
        Family(name, "printer", printer.split, "fonttools", drawn=True)
        for name, printer in PRINTERS.items()
    ),
)
"""Families of categories of their own, loaded only for looks that name one of these.

Some are installed with the requirements, so that each category always has fonts; the others are
fetched by ``tools/make_data.py --fetch-fonts``.
"""

FETCHED = REPOSITORY / "output" / "fonts"
"""Where fetched fonts lie, and those that were given Vietnamese letters."""


def archives(categories: Iterable[str] | None = None) -> list[Archive]:
    """The archives to fetch for some categories, or all; each once."""
    wanted = None if categories is None else set(categories)
    found = (f.archive for f in MORE if wanted is None or f.category in wanted)
    return list(dict.fromkeys(archive for archive in found if archive))


def is_fetched(archive: Archive, fetched: Path = FETCHED) -> bool:
    return (fetched / archive.folder).is_dir()
