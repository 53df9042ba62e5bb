"""PAGE XML, ALTO, hOCR and CVAT."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

from lxml import etree

from ppocr_ext.importing.page import Line, Page, Rows, Source, reads, size_of
from ppocr_ext.text.xml import each_of, root_of
from ppocr_ext.transforms.quads import Point, points_of, reading_direction, rectangle, turned_about

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE]-?\d+)?")
_ORDER = re.compile(r"readingOrder\s*\{\s*index\s*:\s*(\d+)")
_HOCR_LINES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
_BBOX = re.compile(r"\bbbox\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)")
_HOCR_IMAGE = re.compile(r"""\bimage\s+(?:"([^"]*)"|'([^']*)'|([^;]+))""")
_TEXT_NAMES = ("text", "transcription", "transcript", "value", "content", "label", "chữ", "nhãn")


def _points(text: str | None) -> tuple[Point, ...]:
    """``x,y x,y`` or ``x y x y``."""
    found = [float(number) for number in _NUMBER.findall(text or "")]
    return tuple(zip(found[::2], found[1::2], strict=False))


def _along(baseline: str | None) -> Point | None:
    """Which way a baseline runs."""
    points = _points(baseline)
    if len(points) < 2:
        return None
    return points[-1][0] - points[0][0], points[-1][1] - points[0][1]


def _pages(path: Path) -> Rows:
    for page in root_of(path).iter("{*}Page"):
        yield page.sourceline, page


def _names(source: Source, name: str | None) -> tuple[str, ...]:
    """Of a page's picture: as written, or the label file's own."""
    return (name or "").strip().removeprefix("file://"), f"{source.path.stem}.jpg"


@reads("page_xml", _pages)
def page_xml(source: Source, page: Any, place: str) -> Page:
    """PAGE XML of Transkribus, eScriptorium, OCR-D: each line's own text, not its region's, in
    reading order."""
    lines = source.lines(_ordered(page), _page_line, "line")
    size = size_of(page.get("imageWidth"), page.get("imageHeight"))
    return Page(_names(source, page.get("imageFilename")), lines, place, size)


def _ordered(page: Any) -> list[Any]:
    """The lines as they are read: as ``ReadingOrder`` names their regions, in them by
    Transkribus' ``custom``, otherwise as they stand in the file."""
    named = page.iterfind("{*}ReadingOrder//{*}*[@regionRef]")
    places = {each.get("regionRef"): place for place, each in enumerate(named)}

    def key(line: Any) -> tuple[int, int]:
        around = (places.get(each.get("id"), len(places)) for each in line.iterancestors())
        index = _ORDER.search(line.get("custom") or "")
        return min(around), int(index[1]) if index else 0

    return sorted(page.iter("{*}TextLine"), key=key)


def _page_line(element: Any) -> Line:
    coords, baseline = element.find("{*}Coords"), element.find("{*}Baseline")
    points: tuple[Point, ...] = ()
    if coords is not None:
        points = _points(coords.get("points"))
        if not points:  # as of 2010
            points = tuple((float(p.get("x")), float(p.get("y"))) for p in coords.iter("{*}Point"))
    texts = element.findall("{*}TextEquiv")
    chosen = min(texts, key=lambda each: int(each.get("index") or 0), default=None)
    text = None if chosen is None else chosen.find("{*}Unicode")
    if chosen is not None and text is None:
        text = chosen.find("{*}PlainText")
    return Line(
        points,
        "" if text is None else "".join(text.itertext()),
        direction=None if baseline is None else _along(baseline.get("points")),
        place=element.get("id") or f"line {element.sourceline}",
    )


@reads("alto", _pages)
def alto(source: Source, page: Any, place: str) -> Page:
    """ALTO 2 to 4; millimetres and inches by the page's own size."""
    head = page.getroottree().getroot()
    unit = (head.findtext(".//{*}MeasurementUnit") or "pixel").strip()
    size = size_of(page.get("WIDTH"), page.get("HEIGHT"))
    if size is None and unit != "pixel":
        raise ValueError(f"unit {unit} and no size of the page")
    lines = source.lines(page.iter("{*}TextLine"), _alto_line, "line")
    return Page(_names(source, head.findtext(".//{*}fileName")), lines, place, size)


def _alto_line(element: Any) -> Line:
    polygon = element.find("{*}Shape/{*}Polygon")
    points: tuple[Point, ...] = ()
    if polygon is not None:
        points = _points(polygon.get("POINTS"))
    elif element.get("WIDTH"):
        box = (float(element.get(key) or 0) for key in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
        points = rectangle(*box)
    has_spaces = element.find("{*}SP") is not None
    text = ""
    for each in element.iterchildren("{*}String", "{*}SP", "{*}HYP"):
        kind = etree.QName(each).localname
        blank = " " if kind == "SP" or (kind == "String" and text and not has_spaces) else ""
        text += blank + (each.get("CONTENT") or "")
    place = element.get("ID") or f"line {element.sourceline}"
    return Line(points, text, direction=_along(element.get("BASELINE")), place=place)


def _hocr_pages(path: Path) -> Rows:
    if b"</html>" not in path.read_bytes()[-4096:].replace(b"\0", b"").lower():
        yield "", ValueError("ends before </html>: cut off")
    for page in root_of(path, is_html=True).iter("div"):
        if "ocr_page" in _classes(page):
            yield page.sourceline, page


@reads("hocr", _hocr_pages)
def hocr(source: Source, page: Any, place: str) -> Page:
    """hOCR: lines of every class; boxes are upright rectangles."""
    title = page.get("title") or ""
    named, box = _HOCR_IMAGE.search(title), _BBOX.search(title)
    name = next((each for each in named.groups() if each), "") if named else ""
    found = (each for each in page.iter(etree.Element) if _classes(each) & _HOCR_LINES)
    lines = source.lines(found, _hocr_line, "line")
    return Page(_names(source, name), lines, place, size_of(*box.groups()[2:]) if box else None)


def _classes(element: Any) -> set[str]:
    return set((element.get("class") or "").split())


def _hocr_line(element: Any) -> Line:
    box = _BBOX.search(element.get("title") or "")
    text = " ".join("".join(element.itertext()).split())
    points = points_of(list(box.groups())) if box else ()
    return Line(points, text, place=element.get("id") or f"line {element.sourceline}")


@reads("cvat", partial(each_of, tags=("image", "track")))
def cvat(source: Source, image: Any, place: str) -> Page:
    """CVAT 1.1 for images, page by page, as far as the file is whole."""
    if image.tag == "track":
        raise ValueError("a track of a video: export for images")
    lines = source.lines(image, _cvat_line, "shape")
    size = size_of(image.get("width"), image.get("height"))
    return Page(image.get("name") or "", lines, place, size, part=image.get("subset") or "")


def _cvat_line(shape: Any) -> Line | None:
    """``None`` for a mark of the whole picture."""
    if shape.tag == "tag" or not isinstance(shape.tag, str):
        return None
    texts = {(each.get("name") or ""): each.text or "" for each in shape.findall("attribute")}
    plain = {name.casefold(): text for name, text in texts.items()}
    named = [plain[name] for name in _TEXT_NAMES if name in plain]
    if not named:  # a free name: the one that is no checkbox
        named = [value for value in texts.values() if value.casefold() not in ("true", "false")]
        named = named if len(named) == 1 else [""]
    place = f"line {shape.sourceline}"
    if shape.tag in ("polygon", "polyline"):
        return Line(_points(shape.get("points")), named[0], place=place)
    if shape.tag != "box":
        return Line((), named[0], f"a {shape.tag}, which is no box", place=place)
    x0, y0, x1, y1 = (float(shape.get(key)) for key in ("xtl", "ytl", "xbr", "ybr"))
    turn = float(shape.get("rotation") or 0)
    if not turn:
        return Line(((x0, y0), (x1, y1)), named[0], place=place)
    corners = rectangle(x0, y0, x1 - x0, y1 - y0)
    points = turned_about(corners, turn, ((x0 + x1) / 2, (y0 + y1) / 2))
    return Line(points, named[0], direction=reading_direction(turn), place=place)
