"""Fonts of tills, drawn here: no free font has the shapes that printer firms put into their heads.

Their letters fill a cell of 12 x 24 dots: narrow, square, all of one width; an ``A`` has a flat top
and differs from ``R`` in one corner, ``M`` from ``N`` in one dot.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ppocr_ext.files import replacing
from ppocr_ext.synth.outlines import Contour, ribbon, truetype
from ppocr_ext.synth.presets import Split

_DRAWING = 1  # raised whenever a font would look different
_EM = 1000
_BASE, _TALL = 2, 8  # rows of the baseline and of the tops of capitals

# Strokes of each sign: corners as column 0..4 and row 0..8; small letters reach row 6.
_SIGNS = """
A 02 07 18 38 47 42;05 45
B 02 08 38 47 46 35 44 43 32 02;05 35
C 47 38 18 07 03 12 32 43
D 02 08 38 47 43 32 02
E 48 08 02 42;05 35
F 48 08 02;05 35
G 47 38 18 07 03 12 32 43 45 25
H 02 08;42 48;05 45
I 18 38;28 22;12 32
J 48 43 32 12 03
K 02 08;48 05 42
L 08 02 42
M 02 08 26 48 42
N 02 08 42 48
O 12 32 43 47 38 18 07 03 12
P 02 08 38 47 46 35 05
Q 12 32 43 47 38 18 07 03 12;24 42
R 02 08 38 47 46 35 05;25 42
S 47 38 18 07 06 15 35 44 43 32 12 03
T 08 48;28 22
U 08 03 12 32 43 48
V 08 04 22 44 48
W 08 02 24 42 48
X 08 07 43 42;48 47 03 02
Y 08 07 25 47 48;25 22
Z 08 48 47 03 02 42
a 16 36 45 42;44 14 03 12 32 43
b 08 02;05 16 36 45 43 32 12 03
c 45 36 16 05 03 12 32 43
d 48 42;45 36 16 05 03 12 32 43
e 04 44 45 36 16 05 03 12 42
f 48 38 27 22;06 46
g 46 41 30 10 01;45 36 16 05 03 12 32 43
h 08 02;05 16 36 45 42
i 16 26 22;12 32;28 28
j 16 26 21 10;28 28
k 08 02;36 04 42
l 18 28 22;12 32
m 02 06 16 25 22;25 36 45 42
n 02 06;05 16 36 45 42
o 12 32 43 45 36 16 05 03 12
p 00 06;05 16 36 45 43 32 12 03
q 40 46;45 36 16 05 03 12 32 43
r 02 06;04 16 36 45
s 45 36 16 05 14 34 43 32 12 03
t 18 13 22 32 43;06 36
u 06 03 12 32 43;46 42
v 06 04 22 44 46
w 06 03 12 24 32 43 46
x 06 42;46 02
y 06 04 13 43;46 41 30 10
z 06 46 02 42
0 12 32 43 47 38 18 07 03 12
1 17 28 22;12 32
2 07 18 38 47 46 02 42
3 07 18 38 47 46 35 44 43 32 12 03;15 35
4 32 38 04 44
5 48 08 05 35 44 43 32 12 03
6 47 38 18 07 03 12 32 43 44 35 05
7 08 48 47 24 22
8 15 06 07 18 38 47 46 35 15 04 03 12 32 43 44 35
9 03 12 32 43 47 38 18 07 06 15 45
. 22 22
, 22 11
: 25 25;22 22
; 25 25;22 11
! 28 24;22 22
? 07 18 38 47 46 24;22 22
- 05 45
_ 01 41
+ 05 45;27 23
* 27 23;06 44;46 04
/ 02 48
\\ 08 42
( 38 26 24 32
) 18 26 24 12
[ 38 18 12 32
] 18 38 32 12
{ 38 27 26 15 24 23 32
} 18 27 26 35 24 23 12
< 47 05 43
> 07 45 03
= 06 46;04 44
# 12 18;32 38;06 46;04 44
$ 47 38 18 07 06 15 35 44 43 32 12 03;28 22
% 02 48;08 17;33 42
& 42 06 07 18 27 26 03 12 22 44
@ 43 32 12 03 07 18 38 47 44 34 36 26 24 34
' 28 26
" 18 16;38 36
` 18 27
^ 06 28 46
~ 05 16 34 45
| 28 21
"""
_POINTED = "A 02 06 28 46 42;04 44\nM 02 08 25 48 42\nW 08 02 26 42 48"
_SLASHED = "0 12 32 43 47 38 18 07 03 12;13 37"


class _Printer(NamedTuple):
    """One head: units an em of a column and a row, the stroke, how round corners are."""

    split: Split
    column: float
    row: float
    stroke: float
    rounded: int  # times that corners are cut
    other: str = ""  # signs in other shapes


PRINTERS = {
    "printer-square": _Printer("train", 95, 118, 95, 0),
    "printer-round": _Printer("train", 98, 112, 80, 2),
    "printer-narrow": _Printer("train", 76, 122, 85, 1, _SLASHED),
    "printer-bold": _Printer("train", 92, 116, 130, 1),
    "printer-thin": _Printer("train", 104, 108, 62, 2, _POINTED),
    "printer-wide": _Printer("train", 118, 104, 90, 1, f"{_POINTED}\n{_SLASHED}"),
    "printer-tall": _Printer("val", 86, 120, 105, 1, _POINTED.split("\n")[1]),
    "printer-zero": _Printer("test", 90, 115, 88, 1, _SLASHED),
}


def printer_font(name: str, folder: Path) -> Path:
    """The font file of one of :data:`PRINTERS` in ``folder``; drawn if it is not there."""
    target = folder / f"{name}-{_DRAWING}.ttf"
    if not target.is_file():
        made = _font(name, PRINTERS[name])
        with replacing(target, "wb") as stream:
            made.save(stream)
    return target


def _font(name: str, printer: _Printer) -> Any:
    """All of ASCII in one printer's shapes, each sign as wide as the others."""
    rows = [*_SIGNS.strip().split("\n"), *printer.other.split("\n")]
    strokes = {row[0]: row[2:].split(";") for row in rows if row}
    width = 4 * printer.column + 1.7 * printer.stroke
    signs: dict[str, tuple[list[Contour], float]] = {" ": ([], width)}
    for sign, drawn in strokes.items():
        contours = [each for stroke in drawn for each in _contours(stroke, printer)]
        signs[sign] = (contours, width)
    return truetype(name, _EM, signs, ascent=1000, descent=-300)


def _contours(stroke: str, printer: _Printer) -> list[Contour]:
    """The outlines, clockwise, of the straight pieces of a stroke."""
    corners = np.array(
        [(int(place[0]), int(place[1]) - _BASE) for place in stroke.split(" ")], np.float64
    )
    if len(corners) == 2 and (corners[0] == corners[1]).all():
        corners = corners + np.array([(-0.15, 0), (0.15, 0)])  # a dot
    for _ in range(printer.rounded):
        corners = _cut(corners)
    edge = 0.85 * printer.stroke
    points = corners * (printer.column, printer.row) + (edge, printer.stroke / 2)
    points[:, 1] *= 1 - printer.stroke / (printer.row * (_TALL - _BASE)) / 2
    return [ribbon(np.array(piece), printer.stroke) for piece in pairwise(points)]


def _cut(corners: np.ndarray) -> np.ndarray:
    """A line whose blunt corners are cut at a quarter of their sides (Chaikin); sharp ones stay."""
    closed = (corners[0] == corners[-1]).all()
    ends = (corners[-2:-1], corners[1:2]) if closed else (corners[:1], corners[-1:])
    around = np.vstack((ends[0], corners, ends[1]))
    found: list[np.ndarray] = []
    for before, corner, after in zip(around, around[1:], around[2:], strict=False):
        blunt = (corner - before) @ (after - corner) > 0
        found += (
            [0.25 * before + 0.75 * corner, 0.25 * after + 0.75 * corner] if blunt else [corner]
        )
    return np.array(found)
