"""The looks of lines: what a printed page, a receipt, a sign … differ in. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ppocr_ext.synth.paper import Ground

Shares = Mapping[str, float]


@dataclass(frozen=True)
class Style:
    """One look. Shares are probabilities; pixel sizes are of the finished crop.

    ``fill`` is the height of the text (from the top of Ễ to the bottom of ỵ) over the height of
    the crop; a ``tight`` crop is cut around the ink that is there, as a detector does.
    ``effects`` and ``camera`` are applied in the order given, each with its own probability.
    """

    ground: Ground
    fonts: Shares
    height: tuple[int, int] = (24, 48)
    fill: tuple[float, float] = (0.6, 0.95)
    tight: float = 0.4
    topics: Shares = field(default_factory=dict)  # none: the preset's
    coloured: float = 0.1
    invert: float = 0.0
    texture: float = 0.5
    furniture: Shares = field(default_factory=dict)
    tracking: float = 0.1
    oversample: int = 1
    subpixel: float = 0.0
    no_marks: float = 0.0
    capitals: float = 0.0
    rotate: float = 0.0  # most degrees
    bend: float = 0.0  # most, as a share of the height
    effects: Shares = field(default_factory=dict)
    camera: Shares = field(default_factory=dict)


_BOOK = {"sans": 0.45, "serif": 0.43, "narrow": 0.05, "mono": 0.05, "display": 0.02}

STYLES: dict[str, Style] = {
    "plain": Style(
        ground="paper",
        fonts={"sans": 0.5, "serif": 0.35, "narrow": 0.06, "mono": 0.06, "display": 0.03},
        height=(32, 48),
        fill=(0.7, 0.98),
        coloured=0.15,
        rotate=0.8,
        effects={"bleed": 0.1, "faint": 0.15},
        camera={"blur": 0.35, "noise": 0.4, "jpeg": 0.3},
    ),
}
