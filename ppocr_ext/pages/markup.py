"""Pages as hOCR 1.2 and ALTO 4: blocks, paragraphs, lines and words with their places."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from ppocr_ext import __version__
from ppocr_ext.pages.page import PageLine, PageText, Point, Quad

_NARROW, _WIDE = frozenset("ijl.,;:!|'’()[]-íìỉĩịt1"), frozenset("mwMWƯƠ—@%")
_BELOW = 0.22  # of a box's height that lies below the baseline
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_HOCR = f"""{_XML}<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
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
_ALTO = f"""{_XML}<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#" SCHEMAVERSION="4.4">
<Description>
<MeasurementUnit>pixel</MeasurementUnit>
<sourceImageInformation><fileName>{{name}}</fileName></sourceImageInformation>
<Processing ID="reading"><processingSoftware><softwareName>ppocr-ext</softwareName>\
<softwareVersion>{__version__}</softwareVersion></processingSoftware></Processing>
</Description>
<Layout>
"""


def words_of(line: PageLine) -> list[tuple[str, Quad]]:
    """The words of a line, each with its part of the quad by the usual width of its letters."""
    widths = [_width(letter) for letter in line.text]
    total, (tl, tr, br, bl) = sum(widths) or 1.0, line.quad
    words, place = [], 0
    for word in line.text.split():
        place = line.text.index(word, place)
        first, last = (sum(widths[:end]) / total for end in (place, place + len(word)))
        top, bottom = (
            (_between(tl, tr, first), _between(tl, tr, last)),
            (
                _between(bl, br, last),
                _between(bl, br, first),
            ),
        )
        words.append((word, (*top, *bottom)))
        place += len(word)
    return words


def bounds(*quads: Quad) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) in whole pixels, none negative, of an area above 0."""
    xs, ys = ([point[axis] for quad in quads for point in quad] for axis in (0, 1))
    left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
    return left, top, max(left + 1, math.ceil(max(xs))), max(top + 1, math.ceil(max(ys)))


def baseline(quad: Quad) -> tuple[float, float, float]:
    """(angle, slope, intercept): quarters of a turn counter-clockwise in degrees; the rest of the
    tilt, and where the baseline begins, as hOCR counts them from the box's lower left corner."""
    tl, tr, br, bl = quad
    tilt = math.degrees(math.atan2(tl[1] - tr[1], tr[0] - tl[0]))
    quarter = round(tilt / 90) * 90 % 360
    if quarter:
        height = math.dist(tl, bl)
        return quarter, 0.0, -_BELOW * height
    slope = (br[1] - bl[1]) / max(1.0, br[0] - bl[0])
    begins = bl[1] + (tl[1] - bl[1]) * _BELOW
    return 0, slope, begins - bounds(quad)[3]


def blocks(page: PageText) -> Iterator[list[list[PageLine]]]:
    """The lines of the text: blocks of paragraphs of lines, in reading order."""
    shown = [line for line in page.lines if line.is_text]
    for _, block in groupby(shown, lambda line: line.block):
        yield [list(lines) for _, lines in groupby(block, lambda line: line.paragraph)]


def hocr(pages: Sequence[PageText]) -> str:
    """One document, an ``ocr_page`` a page; places are those of the page turned upright."""
    text = _HOCR
    for number, page in enumerate(pages):
        text += _hocr_page(page, number)
    return f"{text}</body>\n</html>\n"


def alto(pages: Sequence[PageText]) -> str:
    """One document, a ``Page`` a page; places are those of the page turned upright."""
    name = pages[0].page.source if pages else ""
    text = _ALTO.format(name=escape(_clean(name)))
    for number, page in enumerate(pages, 1):
        text += _alto_page(page, number)
    return f"{text}</Layout>\n</alto>\n"


def _width(letter: str) -> float:
    if letter in _NARROW:
        return 0.5
    return 1.5 if letter in _WIDE else 1.3 if letter.isupper() else 0.55 if letter == " " else 1.0


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _clean(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _hocr_page(page: PageText, number: int) -> str:
    facts, place = page.page, f"page_{number + 1}"
    source = _clean(facts.source).replace('"', "'")
    title = f'image "{source}"; bbox 0 0 {facts.width} {facts.height}; ppageno {number}'
    if facts.dpi:
        title += f"; scan_res {facts.dpi:.0f} {facts.dpi:.0f}"
    text = f'<div class="ocr_page" id="{place}" title={quoteattr(title)}>\n'
    for n, block in enumerate(blocks(page)):
        box = _bbox(*(line.quad for part in block for line in part))
        text += f'<div class="ocr_carea" id="{place}_block_{n}" title="{box}">\n'
        for m, part in enumerate(block):
            box = _bbox(*(line.quad for line in part))
            text += f'<p class="ocr_par" id="{place}_par_{n}_{m}" title="{box}">\n'
            text += "".join(_hocr_line(line, place) for line in part)
            text += "</p>\n"
        text += "</div>\n"
    return f"{text}</div>\n"


def _hocr_line(line: PageLine, place: str) -> str:
    angle, slope, intercept = baseline(line.quad)
    title = f"{_bbox(line.quad)}; baseline {slope:.4f} {intercept:.0f}"
    title += f"; textangle {angle:.0f}" if angle else ""
    words = " ".join(
        f'<span class="ocrx_word" id="{place}_word_{line.order}_{n}" '
        f'title="{_bbox(quad)}; x_wconf {line.confidence * 100:.0f}">{escape(_clean(word))}</span>'
        for n, (word, quad) in enumerate(words_of(line))
    )
    return f'<span class="ocr_line" id="{place}_line_{line.order}" title="{title}">{words}</span>\n'


def _bbox(*quads: Quad) -> str:
    return "bbox {} {} {} {}".format(*bounds(*quads))


def _alto_page(page: PageText, number: int) -> str:
    facts, place = page.page, f"page_{number}"
    size = f'HEIGHT="{facts.height}" WIDTH="{facts.width}"'
    text = f'<Page ID="{place}" PHYSICAL_IMG_NR="{number}" {size}>\n'
    text += f'<PrintSpace {size} HPOS="0" VPOS="0">\n'
    for n, block in enumerate(blocks(page)):
        box = _placed(*(line.quad for part in block for line in part))
        text += f'<ComposedBlock ID="{place}_block_{n}" {box}>\n'
        for m, part in enumerate(block):
            box = _placed(*(line.quad for line in part))
            text += f'<TextBlock ID="{place}_par_{n}_{m}" {box}>\n'
            text += "".join(_alto_line(line, place) for line in part)
            text += "</TextBlock>\n"
        text += "</ComposedBlock>\n"
    return f"{text}</PrintSpace>\n</Page>\n"


def _alto_line(line: PageLine, place: str) -> str:
    points = " ".join(f"{max(0, round(x))},{max(0, round(y))}" for x, y in line.quad)
    own = f"{place}_line_{line.order}"
    text = f'<TextLine ID="{own}" {_placed(line.quad)}>'
    text += f'<Shape><Polygon POINTS="{points}"/></Shape>'
    words = [
        f'<String ID="{own}_word_{n}" CONTENT={quoteattr(_clean(word))} {_placed(quad)} '
        f'WC="{line.confidence:.3f}"/>'
        for n, (word, quad) in enumerate(words_of(line))
    ]
    return text + "<SP/>".join(words) + "</TextLine>\n"


def _placed(*quads: Quad) -> str:
    left, top, right, bottom = bounds(*quads)
    return f'HEIGHT="{bottom - top}" WIDTH="{right - left}" HPOS="{left}" VPOS="{top}"'
