"""What the look of a line is made of; styles.py lists the looks."""

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
    scripts: tuple[str, ...] = ()  # those of them whose capitals are not set in rows
    topics: Shares = field(default_factory=dict)  # none: the preset's
    lengths: tuple[int, int, int] | None = None  # of its lines; none: the preset's
    prose: bool = True  # some of its lines are as long as a page is wide
    height: tuple[int, int] = (24, 48)
    fill: tuple[float, float] = (0.5, 0.95)
    tight: float = 0.5
    oversample: int = 1  # drawn so much larger, then averaged: print; 1: the pixels of a screen
    subpixel: float = 0.0  # drawn on the red, green and blue stripes of a flat screen
    stretch: tuple[float, float] = (0.9, 1.1)  # of the width of the letters
    tracking: float = 0.06
    margin: tuple[float, float] = (0.0, 0.4)  # paper left and right of the line, in heights
    loose: float = 0.0  # spaces as careless software sets them, which the label lacks: spacing.py
    spaced: float = 0.0  # spaces as printers set them, which the label has, too
    justified: float = 0.0  # wide spaces that fill the column
    words: float = 0.0  # share of lines that are cut to one to three words
    least: int = 10  # pixels an em below which no tone can be recognised
    dots: float = 0.0  # letters as bitmaps of black dots, as thermal heads print them
    covers: tuple[int, int] = (60, 155)  # of 255: the least ink in a dot that is printed
    stacked: float = 0.5  # marks above letters as Windows fonts set them, see marks.py
    embolden: float = 0.0  # bold made by thickening
    emphatic: float = 0.0  # the line in any face of the family: bold, italic, both
    emphasis: float = 0.05  # a part of the line in another face of the family
    gaps: float = 0.05  # one space of the line is some spaces wide
    no_marks: float = 0.0
    capitals: float = 0.0
    furniture: Shares = field(default_factory=dict)
    hand: bool = False  # written by hand, see handwriting/
    trail: float = 0.0  # most empty paper after the line, in heights, where a form has room
    ruled: Shares = field(default_factory=dict)  # one of these on the paper, or none: see ruled.py
    coloured: float = 0.08
    invert: float = 0.0
    texture: float = 0.5
    rotate: float = 0.0  # most degrees
    bend: float = 0.0  # most, as a share of the height
    effects: Shares = field(default_factory=dict)
    camera: Shares = field(default_factory=dict)
