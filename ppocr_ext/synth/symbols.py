"""Signs that few text fonts hold, each drawn in a face of its own beside the line's.

Word takes its bullets from Wingdings and forms their boxes from wherever they are: the sign is
never of the letters' own face.
"""

from __future__ import annotations

import random
from functools import cache

from ppocr_ext.synth.fonts import Face
from ppocr_ext.synth.sources import SYMBOLS, package_folder
from ppocr_ext.synth.splits import Split

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
