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
    ``furniture``, ``effects`` and ``camera`` are applied in the order given, each with its own
    probability.
    """

    ground: Ground
    fonts: Shares
    topics: Shares = field(default_factory=dict)  # none: the preset's
    prose: bool = True  # some of its lines are as long as a page is wide
    height: tuple[int, int] = (24, 48)
    fill: tuple[float, float] = (0.5, 0.95)
    tight: float = 0.5
    oversample: int = 1  # drawn so much larger, then averaged: print; 1: the pixels of a screen
    subpixel: float = 0.0  # drawn on the red, green and blue stripes of a flat screen
    stretch: tuple[float, float] = (0.9, 1.1)  # of the width of the letters
    tracking: float = 0.06
    margin: tuple[float, float] = (0.0, 0.4)  # paper left and right of the line, in heights
    loose: float = 0.0  # spaces as careless software sets them, see spacing.py
    dots: float = 0.0  # letters as bitmaps of black dots, as thermal heads print them
    stacked: float = 0.5  # marks above letters as Windows fonts set them, see marks.py
    embolden: float = 0.0  # bold made by thickening
    emphatic: float = 0.0  # the line in any face of the family: bold, italic, both
    emphasis: float = 0.05  # a part of the line in another face of the family
    gaps: float = 0.05  # one space of the line is some spaces wide
    no_marks: float = 0.0
    capitals: float = 0.0
    furniture: Shares = field(default_factory=dict)
    coloured: float = 0.08
    invert: float = 0.0
    texture: float = 0.5
    rotate: float = 0.0  # most degrees
    bend: float = 0.0  # most, as a share of the height
    effects: Shares = field(default_factory=dict)
    camera: Shares = field(default_factory=dict)


_BOOK = {
    **{"times": 0.2, "arial": 0.1, "courier": 0.02},
    **{"sans": 0.3, "serif": 0.28, "narrow": 0.05, "mono": 0.03, "display": 0.02},
}
_TILL = {
    **{"arial": 0.38, "times": 0.1, "courier": 0.05},
    **{"sans": 0.2, "narrow": 0.09, "mono": 0.15, "serif": 0.03},
}
_TILL_TOPICS = {
    "shop": 0.15,
    "stamp": 0.2,
    "total": 0.15,
    "total_sum": 0.15,
    "till": 0.07,
    "goods": 0.05,
    "place": 0.05,
    "address": 0.13,
    "phone": 0.02,
    "code": 0.02,
    "syllables": 0.01,
}
_SHEET_TOPICS = {
    "prescription": 0.4,
    "law": 0.21,
    "form": 0.08,
    "address": 0.08,
    "name": 0.04,
    "heading": 0.03,
    "word": 0.04,
    "syllables": 0.05,
    "date": 0.02,
    "code": 0.02,
    "money_in_words": 0.02,
    "joined": 0.01,
}

STYLES: dict[str, Style] = {
    "plain": Style(
        ground="paper",
        fonts={"sans": 0.5, "serif": 0.35, "narrow": 0.06, "mono": 0.06, "display": 0.03},
        height=(32, 48),
        fill=(0.7, 0.98),
        stacked=0.0,
        coloured=0.15,
        rotate=0.8,
        emphasis=0.0,
        gaps=0.0,
        effects={"bleed": 0.1, "faint": 0.15},
        camera={"blur": 0.35, "noise": 0.4, "jpeg": 0.3},
    ),
    "page": Style(
        ground="paper",
        fonts=_BOOK,
        height=(20, 46),
        oversample=2,
        furniture={"above": 0.3, "below": 0.3, "underline": 0.05, "frame": 0.04},
        rotate=1.0,
        effects={"bleed": 0.2, "faint": 0.2, "patchy": 0.15, "speckle": 0.1, "worn": 0.03},
        camera={"contrast": 0.3, "shade": 0.2, "blur": 0.4, "noise": 0.3, "jpeg": 0.5},
    ),
    "office": Style(
        ground="white",
        topics=_SHEET_TOPICS,
        fonts={"times": 0.6, "arial": 0.2, "serif": 0.1, "sans": 0.1},
        height=(19, 46),
        fill=(0.52, 0.95),
        tight=0.7,
        oversample=2,
        stretch=(0.96, 1.04),
        margin=(0.0, 0.3),
        loose=0.45,
        stacked=0.8,
        embolden=0.2,
        emphatic=0.3,
        emphasis=0.12,
        gaps=0.15,
        furniture={"above": 0.3, "below": 0.25, "underline": 0.03, "frame": 0.05},
        coloured=0.03,
        texture=0.0,
        camera={"enlarge": 0.6, "blur": 0.5, "sharpen": 0.05, "jpeg": 0.6},
    ),
    "screen": Style(
        ground="screen",
        fonts={
            "times": 0.2,
            "arial": 0.2,
            "sans": 0.3,
            "serif": 0.23,
            "narrow": 0.03,
            "mono": 0.04,
        },
        height=(14, 30),
        tight=0.6,
        subpixel=0.3,
        stretch=(0.97, 1.03),
        margin=(0.0, 0.3),
        loose=0.2,
        embolden=0.1,
        emphatic=0.1,
        emphasis=0.2,
        gaps=0.15,
        furniture={"above": 0.35, "below": 0.35, "underline": 0.06, "frame": 0.08},
        coloured=0.07,
        invert=0.06,
        texture=0.0,
        camera={"enlarge": 0.6, "blur": 0.2, "sharpen": 0.1, "jpeg": 0.5},
    ),
    "receipt": Style(
        ground="receipt",
        prose=False,
        fonts=_TILL,
        topics=_TILL_TOPICS,
        height=(17, 52),
        fill=(0.48, 0.92),
        tight=0.75,
        oversample=2,
        stretch=(0.68, 1.12),
        tracking=0.12,
        margin=(0.0, 0.5),
        loose=0.55,
        dots=0.75,
        stacked=0.75,
        embolden=0.15,
        emphatic=0.1,
        emphasis=0.05,
        gaps=0.1,
        no_marks=0.1,
        capitals=0.03,
        furniture={"above": 0.2, "below": 0.25, "frame": 0.03},
        coloured=0.15,
        rotate=2.0,
        bend=0.06,
        effects={
            "thermal": 0.5,
            "bleed": 0.2,
            "faint": 0.12,
            "patchy": 0.12,
            "dead_dots": 0.15,
            "speckle": 0.12,
            "dropout": 0.08,
            "worn": 0.03,
        },
        camera={
            "contrast": 0.4,
            "shade": 0.4,
            "blur": 0.28,
            "motion": 0.1,
            "shrink": 0.2,
            "noise": 0.28,
            "sharpen": 0.3,
            "jpeg": 0.7,
        },
    ),
    "needles": Style(
        ground="receipt",
        prose=False,
        fonts={"mono": 0.7, "sans": 0.2, "narrow": 0.1},
        topics=_TILL_TOPICS,
        height=(24, 44),
        fill=(0.65, 1.0),
        tight=0.6,
        oversample=2,
        stretch=(0.8, 1.3),
        no_marks=0.35,
        capitals=0.15,
        furniture={"above": 0.15, "below": 0.15},
        coloured=0.15,
        rotate=1.5,
        bend=0.04,
        effects={"dot_matrix": 1.0, "faint": 0.3, "worn": 0.05},
        camera={"contrast": 0.3, "shade": 0.4, "blur": 0.4, "noise": 0.5, "jpeg": 0.7},
    ),
    "form": Style(
        ground="paper",
        fonts=_BOOK,
        topics={
            "form": 0.45,
            "prescription": 0.2,
            "name": 0.08,
            "address": 0.1,
            "code": 0.05,
            "date": 0.05,
            "money_in_words": 0.04,
            "joined": 0.03,
        },
        height=(20, 48),
        oversample=2,
        emphasis=0.35,
        gaps=0.15,
        furniture={"table": 0.3, "leader": 0.25, "underline": 0.12, "above": 0.15, "below": 0.15},
        rotate=1.0,
        effects={"bleed": 0.2, "faint": 0.2, "patchy": 0.1, "speckle": 0.08},
        camera={"contrast": 0.3, "shade": 0.3, "blur": 0.4, "noise": 0.3, "jpeg": 0.6},
    ),
    "sign": Style(
        ground="sign",
        prose=False,
        fonts={"display": 0.35, "sans": 0.4, "serif": 0.1, "narrow": 0.1, "script": 0.05},
        topics={
            "heading": 0.45,
            "goods": 0.15,
            "address": 0.15,
            "phone": 0.08,
            "plate": 0.05,
            "name": 0.05,
            "email": 0.03,
            "money": 0.04,
        },
        height=(26, 64),
        fill=(0.5, 0.95),
        oversample=2,
        stretch=(0.75, 1.25),
        tracking=0.2,
        stacked=0.3,
        capitals=0.3,
        furniture={"shadow": 0.15, "frame": 0.1},
        coloured=0.0,
        rotate=4.0,
        bend=0.04,
        camera={
            "contrast": 0.3,
            "shade": 0.5,
            "blur": 0.4,
            "motion": 0.15,
            "shrink": 0.2,
            "noise": 0.4,
            "jpeg": 0.6,
        },
    ),
    "phone": Style(
        ground="photo",
        fonts=_BOOK,
        height=(14, 30),
        oversample=2,
        furniture={"above": 0.35, "below": 0.35, "underline": 0.05, "table": 0.08},
        rotate=2.5,
        bend=0.06,
        effects={"bleed": 0.2, "faint": 0.2, "patchy": 0.1},
        camera={
            "contrast": 0.4,
            "shade": 0.5,
            "blur": 0.6,
            "motion": 0.2,
            "shrink": 0.4,
            "noise": 0.6,
            "sharpen": 0.25,
            "jpeg": 0.8,
        },
    ),
    "colour": Style(
        ground="sign",
        prose=False,
        fonts={"sans": 0.5, "serif": 0.25, "narrow": 0.1, "display": 0.12, "script": 0.03},
        height=(18, 48),
        tracking=0.1,
        stacked=0.3,
        furniture={"above": 0.1, "below": 0.1, "underline": 0.08, "frame": 0.05},
        invert=0.3,
        camera={"blur": 0.3, "enlarge": 0.3, "noise": 0.2, "jpeg": 0.5},
    ),
    "ornate": Style(
        ground="paper",
        prose=False,
        fonts={"script": 0.6, "display": 0.4},
        height=(26, 56),
        oversample=2,
        stacked=0.0,
        coloured=0.3,
        furniture={"above": 0.1, "below": 0.1},
        rotate=2.0,
        effects={"faint": 0.2, "bleed": 0.1},
        camera={"blur": 0.3, "noise": 0.3, "jpeg": 0.4},
    ),
    "plate": Style(
        ground="photo",
        prose=False,
        fonts={"sans": 0.35, "serif": 0.35, "narrow": 0.15, "times": 0.15},
        topics={
            "name": 0.16,
            "heading": 0.14,
            "address": 0.16,
            "place": 0.06,
            "law": 0.16,
            "syllables": 0.1,
            "date": 0.08,
            "code": 0.06,
            "number": 0.04,
            "measure": 0.04,
        },
        height=(32, 64),
        fill=(0.6, 0.95),
        oversample=2,
        stretch=(0.85, 1.15),
        tracking=0.2,
        capitals=0.4,
        rotate=1.5,
        texture=1.0,
        effects={"engraved": 1.0},
        camera={"shade": 0.5, "blur": 0.3, "noise": 0.4, "jpeg": 0.5},
    ),
}
