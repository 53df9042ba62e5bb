"""Vietnamese letters for Latin fonts that lack them: the base letter under composed marks.

Marks are the font's own where it has them (as combining or spacing accents), else strokes of its
own width. Nearly every Latin font holds ``á à â ã``; what is missing is the hook, the horn, the dot
below and all pairs of marks. The result is a font of its own, kept in a cache, so that lines are
drawn as fast as in any other font.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ppocr_ext.files import replacing
from ppocr_ext.synth.outlines import (
    Contour,
    FlatPen,
    bezier,
    bounds,
    crossings,
    moved,
    ribbon,
    scaled,
    signed_area,
    span,
    stroke_width,
    truetype,
)
from ppocr_ext.synth.sources import ALPHABET
from ppocr_ext.text import VIETNAMESE_LETTERS, Letter, compose, decompose

COMPOSITION = 1  # raised whenever the same font would get other letters
BASES = frozenset("aeiouydAEIOUYD")

# The marks that fonts have of their own: combining, else spacing.
_OWN = {
    "acute": "\u0301\u00b4",
    "grave": "\u0300\u02cb`",
    "circumflex": "\u0302\u02c6",
    "breve": "\u0306\u02d8",
    "tilde": "\u0303\u02dc",
    "dot": "\u0323.",
}
# Width and height that a mark may take at most, in em.
_MOST = {
    "acute": (0.24, 0.2),
    "grave": (0.24, 0.2),
    "circumflex": (0.36, 0.18),
    "breve": (0.34, 0.16),
    "tilde": (0.36, 0.14),
    "hook": (0.2, 0.2),
    "dot": (0.16, 0.16),
}
# The way of the pen where a font has no such mark: Bezier control points, in em, standing on 0.
_DRAWN = {
    "acute": ((-0.05, 0.0), (0.07, 0.15)),
    "grave": ((-0.07, 0.15), (0.05, 0.0)),
    "circumflex": ((-0.13, 0.0), (-0.02, 0.26), (0.02, 0.26), (0.13, 0.0)),
    "breve": ((-0.13, 0.12), (-0.09, -0.04), (0.09, -0.04), (0.13, 0.12)),
    "tilde": ((-0.15, 0.01), (-0.06, 0.2), (0.06, -0.1), (0.15, 0.09)),
    "hook": ((-0.07, 0.14), (0.04, 0.24), (0.16, 0.1), (-0.01, 0.07), (0.0, 0.0)),
}
_TAPER = {"acute": (0.8, 1.2), "grave": (1.2, 0.8), "hook": (1.0, 1.0, 0.8)}
_GAP = 0.05  # em between a letter and its mark


class _Measures(NamedTuple):
    """What marks follow: ``em`` units, heights, the strokes' width, the slant (x for each y)."""

    em: int
    x_height: float
    stroke: float
    mark_stroke: float
    slant: float
    monospaced: bool
    stacked: bool
    sense: float  # sign of the area of outer contours


def completed(path: Path, cache: Path) -> Path:
    """``path``, or the file in ``cache`` with the letters that it lacks; made if it is not there.

    Raises ``ValueError`` for a font without the letters that Vietnamese ones are composed of.
    """
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(path, lazy=True, fontNumber=0) as font:
        if set(map(chr, font.getBestCmap() or {})) >= set(VIETNAMESE_LETTERS):
            return path
    data = path.read_bytes()
    target = cache / f"{path.stem}-{zlib.crc32(data):08x}-{COMPOSITION}.ttf"
    if not target.is_file():
        with TTFont(path, fontNumber=0) as font:
            made = _Composer(font).font()
        with replacing(target, "wb") as stream:
            made.save(stream)
    return target


class _Composer:
    """Draws the missing letters of one font."""

    def __init__(self, font: Any) -> None:
        self.source = font
        self.cmap: dict[int, str] = font.getBestCmap() or {}
        if not set(map(chr, self.cmap)) >= BASES:
            raise ValueError("no Latin letters")
        axes = {axis.axisTag: axis for axis in font["fvar"].axes} if "fvar" in font else {}
        weight = axes.get("wght")
        place = {"wght": min(max(400, weight.minValue), weight.maxValue)} if weight else {}
        self.glyphs = font.getGlyphSet(location=place)
        self.outlines: dict[str, list[Contour]] = {}
        self.measures = self._measured()
        self.marks = {name: self._mark(name) for name in _MOST}
        self.letters: dict[str, tuple[list[Contour], float]] = {}

    def outline(self, character: str) -> list[Contour]:
        if character not in self.outlines:
            pen = FlatPen(self.glyphs, self.source["head"].unitsPerEm)
            self.glyphs[self.cmap[ord(character)]].draw(pen)
            self.outlines[character] = pen.contours
        return self.outlines[character]

    def holds(self, character: str) -> bool:
        """Whether the font has the sign; some map letters to empty glyphs."""
        return ord(character) in self.cmap and bool(self.outline(character))

    def advance(self, character: str) -> float:
        return float(self.glyphs[self.cmap[ord(character)]].width)

    def _measured(self) -> _Measures:
        em = self.source["head"].unitsPerEm
        ring, stem = self.outline("o"), self.outline("l")
        stroke = min(max(stroke_width(ring), 0.02 * em), 0.16 * em)
        angle = self.source["post"].italicAngle
        slant = np.tan(np.radians(-angle)) if angle else _leaning(stem)
        widths = {self.advance(letter) for letter in "ilmwo"}
        accents = [
            stroke_width(self.outline(own)) for own in "\u02dc\u02c6\u00b4" if self.holds(own)
        ]
        name = str(self.source["name"].getDebugName(4))
        return _Measures(
            em,
            bounds(self.outline("x"))[3],
            stroke,
            min(max(float(np.mean(accents)) if accents else 0.85 * stroke, 0.02 * em), 0.12 * em),
            min(max(float(slant), 0.0), 0.5),
            len(widths) == 1,
            len(widths) == 1 or zlib.crc32(name.encode("utf-8")) % 2 == 0,
            float(np.sign(sum(map(signed_area, ring)))) or -1.0,
        )

    def _pen(self, points: np.ndarray, widths: float | Sequence[float]) -> Contour:
        """A stroke that adds ink where it crosses the font's own contours."""
        contour = ribbon(points, widths)
        return contour if signed_area(contour) * self.measures.sense > 0 else contour[::-1]

    def _mark(self, name: str) -> list[Contour]:
        """A mark whose foot stands on 0 and whose middle is 0."""
        em, wide = self.measures.em, self.measures.mark_stroke
        found: list[Contour] = []
        for own in _OWN.get(name, ""):
            if not found and self.holds(own):
                found = self.outline(own)
        if not found and name == "dot":
            found = [self._pen(np.array([(0.0, 0.0), (1.0, 0.0)]), 1.3 * self.measures.stroke)]
        if not found:
            way = bezier([(x * em, y * em) for x, y in _DRAWN[name]], 16)
            way[:, 0] += self.measures.slant * way[:, 1]
            found = [self._pen(way, [wide * share for share in _TAPER.get(name, (1.0,))])]
        left, bottom, right, top = bounds(found)
        most = _MOST[name]
        factor = min(1.0, most[0] * em / (right - left), most[1] * em / (top - bottom))
        return scaled(moved(found, -(left + right) / 2, -bottom), factor, factor)

    def letter(self, character: str) -> tuple[list[Contour], float]:
        """A letter's contours and advance: the font's own, or composed and kept."""
        if self.holds(character) or character not in VIETNAMESE_LETTERS:
            return self.outline(character), self.advance(character)
        if character not in self.letters:
            base, shape, tone = decompose(character)
            if tone != "level":
                made = self._toned(Letter(base, shape, tone))
            elif shape == "horn":
                made = self._horned(base)
            elif shape == "stroke":
                made = self._barred(base)
            else:
                contours, width = self.letter(base)
                made = [*contours, *self._above(contours, shape, 0.0)], width
            self.letters[character] = made
        return self.letters[character]

    def _toned(self, letter: Letter) -> tuple[list[Contour], float]:
        contours, width = self.letter(compose(letter._replace(tone="level")))
        if letter.tone == "dot":
            return [*contours, *self._below(letter.base)], width
        if letter.base == "i":
            contours = self._dotless()
        if letter.shape not in ("breve", "circumflex"):
            base = contours if letter.shape == "none" else self.letter(letter.base)[0]
            return [*contours, *self._above(base, letter.tone, 0.0)], width
        return [*contours, *self._on_mark(letter, contours)], width

    def _on_mark(self, letter: Letter, contours: list[Contour]) -> list[Contour]:
        """A tone on a circumflex or breve, or beside it as most Vietnamese type has it."""
        em = self.measures.em
        if self.measures.stacked or letter.tone == "tilde" or letter.shape == "breve":
            return self._above(contours, letter.tone, -0.02)
        left, _, right, top = bounds(self.marks[letter.shape])
        mark = self.marks[letter.tone]
        beneath = bounds(contours)[3]
        middle = self._middle(self.letter(letter.base)[0], beneath)
        half = (bounds(mark)[2] - bounds(mark)[0]) / 2
        side = -1 if letter.tone == "grave" else 1
        x = middle + side * ((right - left) * 0.38 + half * 0.9)
        return moved(mark, x, beneath - 0.45 * top + 0.01 * em)

    def _middle(self, contours: list[Contour], row: float) -> float:
        """Where the middle of a mark at height ``row`` lies over a letter."""
        top = bounds(contours)[3]
        found = span(contours, 0.55 * top, 0.98 * top) or bounds(contours)[::2]
        return (found[0] + found[1]) / 2 + self.measures.slant * (row - 0.76 * top)

    def _above(self, contours: list[Contour], name: str, nearer: float) -> list[Contour]:
        em, mark = self.measures.em, self.marks[name]
        row = bounds(contours)[3] + (_GAP + nearer) * em
        height = bounds(mark)[3]
        squeeze = 0.85 if row > 1.2 * self.measures.x_height + 0.1 * em else 1.0  # over capitals
        x = self._middle(contours, row + height / 2)
        return moved(scaled(mark, 1.0, squeeze), x, row)

    def _below(self, base: str) -> list[Contour]:
        em, dot = self.measures.em, self.marks["dot"]
        contours = self.letter(base)[0]
        left, bottom, right, top = bounds(contours)
        size = bounds(dot)[3]
        if bottom > -0.1 * em:
            near = span(contours, bottom + 0.02 * em, 0.4 * top) or (left, right)
            x, y = (near[0] + near[1]) / 2, min(0.0, bottom) - 0.06 * em - size
            return moved(dot, x - self.measures.slant * 0.2 * em, y)
        tail = span(contours, -0.06 * em - size, -0.06 * em) or (
            left,
            right,
        )  # beside the tail of y
        return moved(dot, tail[1] + 0.05 * em + size / 2, -0.08 * em - size)

    def _dotless(self) -> list[Contour]:
        if self.holds("\u0131"):
            return self.outline("\u0131")
        contours = self.outline("i")
        under = [each for each in contours if each[:, 1].min() < 0.6 * self.measures.x_height]
        return under or contours

    def _horned(self, base: str) -> tuple[list[Contour], float]:
        em, wide = self.measures.em, self.measures.stroke
        contours, width = self.letter(base)
        _, _, edge, top = bounds(contours)
        low, high = (0.72, 0.86) if base in "oO" else (0.86, 0.97)
        found = span(contours, low * top, high * top)
        right = found[1] if found else edge
        reach = min(0.13 * em, 0.5 * self.measures.x_height)
        lean = self.measures.slant
        way = bezier(
            [
                (right - 0.5 * wide, high * top - 0.25 * wide),
                (right + 0.95 * reach, high * top - 0.1 * reach),
                (right + 0.9 * reach + lean * reach, top + 0.75 * reach),
            ],
            14,
        )
        pen = min(wide, 0.09 * em)
        horn = self._pen(way, (0.75 * pen, 0.95 * pen, 0.8 * pen))
        over = max(0.0, right + 0.9 * reach - 0.95 * width)
        wider = 0.0 if self.measures.monospaced else min(over, 0.06 * em)
        return [*contours, horn], width + wider

    def _barred(self, base: str) -> tuple[list[Contour], float]:
        """``đ`` or ``Đ``: through the stem of D in the middle, of d above its bowl."""
        em, wide = self.measures.em, 0.85 * self.measures.stroke
        contours, width = self.letter(base)
        left, _, right, top = bounds(contours)
        if base == "D" and self.holds("\u00d0"):
            return self.outline("\u00d0"), self.advance("\u00d0")
        low = self.measures.x_height
        if base == "D" or top < 1.15 * low:  # small capitals have a D for d
            row = 0.5 * top
            stem = (crossings(contours, row) or [left])[0]
            start, end = stem - 0.1 * em, stem + 0.2 * em
        else:
            row = low + 0.42 * (top - low)
            stem = (crossings(contours, row) or [right])[-1]
            start, end = stem - wide - 0.16 * em, stem + 0.11 * em
        bar = self._pen(np.array([(start, row), ((start + end) / 2, row), (end, row)]), wide)
        return [*contours, bar], width

    def font(self) -> Any:
        """A font of the signs that lines may hold, all Vietnamese letters among them."""
        wanted = {c for c in ALPHABET if ord(c) in self.cmap} | set(VIETNAMESE_LETTERS)
        source = self.source["hhea"]
        return truetype(
            str(self.source["name"].getDebugName(1)),
            self.measures.em,
            {character: self.letter(character) for character in sorted(wanted)},
            source.ascent,
            source.descent,
            reverse=self.measures.sense > 0,
        )


def _leaning(stem: list[Contour]) -> float:
    """How far a letter's upper part leans to the right for each unit of height."""
    _, bottom, _, top = bounds(stem)
    rows = np.linspace(bottom + 0.4 * (top - bottom), bottom + 0.85 * (top - bottom), 12)
    middles = [np.mean(cut) for row in rows if (cut := crossings(stem, float(row)))]
    if len(middles) != len(rows):
        return 0.0
    return float(np.polyfit(rows, middles, 1)[0])
