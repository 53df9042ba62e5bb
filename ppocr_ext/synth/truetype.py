"""Contours into a TrueType font."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ppocr_ext.synth.outlines import Contour, bounds

_MADE = 3_786_912_000  # 2024 in seconds since 1904: the same file at all times


def truetype(
    family: str,
    em: int,
    signs: Mapping[str, tuple[list[Contour], float]],
    ascent: int,
    descent: int,
    reverse: bool = False,
) -> Any:
    """A ``fontTools`` font of ``signs``: character → contours in units of the em, and advance.

    Outer contours run clockwise, or the other way with ``reverse``.
    """
    from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]

    names = {sign: f"u{ord(sign):04X}" for sign in sorted(signs)}
    drawn = {names[sign]: signs[sign] for sign in names}
    drawn[".notdef"] = ([], 0.5 * em)
    builder = FontBuilder(em, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(sign): name for sign, name in names.items()})
    builder.setupGlyf({name: _glyph(contours, reverse) for name, (contours, _) in drawn.items()})
    builder.setupHorizontalMetrics(
        {
            name: (round(width), round(bounds(contours)[0]) if contours else 0)
            for name, (contours, width) in drawn.items()
        }
    )
    builder.setupHorizontalHeader(ascent=ascent, descent=descent)
    builder.setupNameTable({"familyName": family})
    builder.setupOS2()
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = _MADE
    builder.font.recalcTimestamp = False
    return builder.font


def _glyph(contours: list[Contour], reverse: bool) -> Any:
    from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]

    pen = TTGlyphPen(None)
    for contour in contours:
        points = [(round(x), round(y)) for x, y in contour]
        if reverse:
            points.reverse()
        pen.moveTo(points[0])
        for point in points[1:]:
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()
