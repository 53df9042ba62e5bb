"""Pages as hOCR 1.2 and ALTO 4: blocks, paragraphs, lines and words with their places."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import escape

from ppocr_ext import __version__
from ppocr_ext.pages.page import PageLine, PageText, Point, Quad

_NARROW, _WIDE = frozenset("ijl.,;:!|'’()[]-íìỉĩịt1"), frozenset("mwMWƯƠ—@%")
_BELOW = 0.22  # of a box's height that lies below the baseline
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_HOCR_HEAD = f"""{_XML}<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
  "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<title/>
<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
<meta name="ocr-system" content="ppocr-ext {__version__}"/>
<meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word"/>
</head>
<body>
"""
_ALTO_HEAD = f"""{_XML}<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#" SCHEMAVERSION="4.4">
<Description>
<MeasurementUnit>pixel</MeasurementUnit>
<sourceImageInformation><fileName>{{name}}</fileName></sourceImageInformation>
<Processing ID="reading"><processingSoftware><softwareName>ppocr-ext</softwareName>\
<softwareVersion>{__version__}</softwareVersion></processingSoftware></Processing>
</Description>
<Layout>
"""
_TAGS = {  # tag and class in hOCR; tag in ALTO
    "block": ("div", "ocr_carea", "ComposedBlock"),
    "par": ("p", "ocr_par", "TextBlock"),
    "line": ("span", "ocr_line", "TextLine"),
    "word": ("span", "ocrx_word", "String"),
}


def build(page: PageText, root: Any, make: Callable[..., Any], place: str = "page") -> None:
    """Make the elements of the text in reading order, each in the one that was made around it.

    make: of (parent, "block", "par", "line" or "word", its name, the quads in it); for a line the
    line follows, for a word its line and text.
    """
    shown = [line for line in page.lines if line.is_text]
    for n, block in groupby(shown, lambda line: line.block):
        lines = list(block)
        outer = make(root, "block", f"{place}_block_{n}", [line.quad for line in lines])
        for m, part in groupby(lines, lambda line: line.paragraph):
            lines = list(part)
            inner = make(outer, "par", f"{place}_par_{n}_{m}", [line.quad for line in lines])
            for line in lines:
                own = make(inner, "line", f"{place}_line_{line.order}", [line.quad], line)
                for k, (word, quad) in enumerate(words_of(line)):
                    name = f"{place}_word_{line.order}_{k}"
                    make(own, "word", name, [quad], line, _clean(word))


def words_of(line: PageLine) -> list[tuple[str, Quad]]:
    """The words of a line, each with its part of the quad by the usual width of its letters."""
    widths = [_width(letter) for letter in line.text]
    total, (tl, tr, br, bl) = sum(widths) or 1.0, line.quad
    words, place = [], 0
    for word in line.text.split():
        place = line.text.index(word, place)
        first, last = (sum(widths[:end]) / total for end in (place, place + len(word)))
        top = _between(tl, tr, first), _between(tl, tr, last)
        words.append((word, (*top, _between(bl, br, last), _between(bl, br, first))))
        place += len(word)
    return words


def bounds(quads: Iterable[Iterable[Point]]) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) in whole pixels, none negative, of an area above 0."""
    xs, ys = zip(*(point for quad in quads for point in quad), strict=True)
    left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
    return left, top, max(left + 1, math.ceil(max(xs))), max(top + 1, math.ceil(max(ys)))


def baseline(quad: Sequence[Point]) -> tuple[float, float, float]:
    """(angle, slope, intercept): quarters of a turn counter-clockwise in degrees; the rest of the
    tilt, and where the baseline begins, as hOCR counts them from the box's lower left corner."""
    tl, tr, br, bl = quad
    tilt = math.degrees(math.atan2(tl[1] - tr[1], tr[0] - tl[0]))
    quarter = round(tilt / 90) * 90 % 360
    if quarter:
        return quarter, 0.0, -_BELOW * math.dist(tl, bl)
    slope = (br[1] - bl[1]) / max(1.0, br[0] - bl[0])
    begins = bl[1] + (tl[1] - bl[1]) * _BELOW
    return 0, slope, begins - bounds([quad])[3]


def hocr(pages: Iterable[PageText]) -> Iterator[str]:
    """One document, an ``ocr_page`` a page; places are those of the page turned upright."""
    yield _HOCR_HEAD
    for number, page in enumerate(pages):
        facts, place = page.page, f"page_{number + 1}"
        source = _clean(facts.source).replace('"', "'")
        title = f'image "{source}"; bbox 0 0 {facts.width} {facts.height}; ppageno {number}'
        if facts.dpi:
            title += f"; scan_res {facts.dpi:.0f} {facts.dpi:.0f}"
        whole = Element("div", {"class": "ocr_page", "id": place, "title": title})
        build(page, whole, _in_hocr, place)
        yield tostring(whole, "unicode") + "\n"
    yield "</body>\n</html>\n"


def alto(pages: Iterable[PageText]) -> Iterator[str]:
    """One document, a ``Page`` a page; places are those of the page turned upright."""
    for number, page in enumerate(pages, 1):
        if number == 1:
            yield _ALTO_HEAD.format(name=escape(_clean(page.page.source)))
        place, size = f"page_{number}", _size(page.page.width, page.page.height)
        whole = Element("Page", {"ID": place, "PHYSICAL_IMG_NR": str(number), **size})
        space = SubElement(whole, "PrintSpace", {**size, "HPOS": "0", "VPOS": "0"})
        build(page, space, _in_alto, place)
        yield tostring(whole, "unicode") + "\n"
    yield "</Layout>\n</alto>\n"


def _in_hocr(
    parent: Element, kind: str, name: str, quads: list[Quad], line: Any = None, word: str = ""
) -> Element:
    tag, of, _ = _TAGS[kind]
    title = "bbox {} {} {} {}".format(*bounds(quads))
    if word:
        title += f"; x_wconf {line.confidence * 100:.0f}"
    elif line:
        angle, slope, intercept = baseline(line.quad)
        title += f"; baseline {slope:.4f} {intercept:.0f}"
        title += f"; textangle {angle:.0f}" if angle else ""
    own = SubElement(parent, tag, {"class": of, "id": name, "title": title})
    own.text, own.tail = word, " " if word else "\n"
    return own


def _in_alto(
    parent: Element, kind: str, name: str, quads: list[Quad], line: Any = None, word: str = ""
) -> Element:
    left, top, right, bottom = bounds(quads)
    facts = {"ID": name, **_size(right - left, bottom - top), "HPOS": str(left), "VPOS": str(top)}
    if word and len(parent) > 1:  # a shape, and a word before it
        SubElement(parent, "SP")
    own = SubElement(parent, _TAGS[kind][2], facts)
    if word:
        own.attrib |= {"CONTENT": word, "WC": f"{line.confidence:.3f}"}
    elif line:
        points = " ".join(f"{max(0, round(x))},{max(0, round(y))}" for x, y in line.quad)
        SubElement(SubElement(own, "Shape"), "Polygon", {"POINTS": points})
    return own


def _size(width: int, height: int) -> dict[str, str]:
    return {"HEIGHT": str(height), "WIDTH": str(width)}


def _width(letter: str) -> float:
    if letter in _NARROW:
        return 0.5
    return 1.5 if letter in _WIDE else 1.3 if letter.isupper() else 0.55 if letter == " " else 1.0


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _clean(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
