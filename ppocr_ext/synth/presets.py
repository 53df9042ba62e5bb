"""How many lines of which looks and texts a data set holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ppocr_ext.errors import UserError


@dataclass(frozen=True)
class Preset:
    """A recipe. ``lengths``: fewest, usual and most characters of a line.

    ``aspect`` is the widest line allowed, width over height. ``balance`` is the share of lines that
    get a syllable with a letter drawn evenly from the 134. ``strength`` scales every degradation.
    """

    lines: Mapping[str, int]  # split → how many
    styles: Mapping[str, float]
    topics: Mapping[str, float]
    lengths: tuple[int, int, int] = (3, 22, 40)
    aspect: float = 12.0
    balance: float = 0.2
    strength: float = 1.0
    part: int = 1000  # lines of a resumable part, which is one folder of images
    format: str = "jpg"


_TOPICS = {
    "law": 0.26,
    "address": 0.14,
    "name": 0.06,
    "syllables": 0.09,
    "heading": 0.07,
    "receipt": 0.09,
    "form": 0.08,
    "medicine": 0.05,
    "goods": 0.03,
    "money": 0.02,
    "money_in_words": 0.02,
    "date": 0.02,
    "number": 0.015,
    "phone": 0.01,
    "code": 0.015,
    "plate": 0.005,
    "email": 0.015,
    "measure": 0.01,
}

PRESETS: dict[str, Preset] = {
    "quick": Preset(
        lines={"train": 5600, "val": 400},
        styles={"plain": 1.0},
        topics=_TOPICS,
        lengths=(4, 20, 32),
        aspect=10.0,
        strength=0.5,
        part=400,
    ),
}


def load_preset(name: str, lines: Mapping[str, int] | None = None) -> Preset:
    """A preset by name, with other numbers of lines if given; ``UserError`` for bad values."""
    if name not in PRESETS:
        raise UserError(f"no preset is called {name!r}", f"one of {', '.join(PRESETS)}")
    for split, count in (lines or {}).items():
        if count < 1:
            raise UserError(f"{count} {split} lines were asked for", "1 or more")
    return replace(PRESETS[name], lines={**PRESETS[name].lines, **(lines or {})})
