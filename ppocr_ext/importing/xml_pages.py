"""PAGE XML, ALTO, hOCR and CVAT. No entity is expanded, no DTD loaded, nothing fetched."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from lxml import etree

from ppocr_ext.importing.geometry import reading_direction, rectangle, rotated
from ppocr_ext.importing.page import (
    Damage,
    Line,
    Page,
    Pages,
    Point,
    Skip,
    Source,
    lines_of,
    size_of,
)

_SAFE: dict[str, Any] = {
    **{"no_network": True, "huge_tree": False, "remove_comments": True, "remove_pis": True},
}
_XML: dict[str, Any] = {**_SAFE, "resolve_entities": False, "load_dtd": False}
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


def _require_no_entities(element: Any) -> None:
    dtd = element.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise ValueError("declares entities, which are not read")


def _tree(source: Source, parser: Any) -> Any:
    try:
        root = etree.parse(str(source.path), parser).getroot()
    except etree.XMLSyntaxError as error:
        raise ValueError(f"line {error.lineno}: {error.msg}") from None
    if root is None:
        raise ValueError("holds no element")
    _require_no_entities(root)
    return root


def _page(source: Source, element: Any, name: str | None, lines: list[Line], *size: Any) -> Page:
    """Its picture has the name as written or decoded, or the label file's own."""
    name = (name or "").strip().removeprefix("file://")
    names = dict.fromkeys(n for n in (name, unquote(name), f"{source.path.stem}.jpg") if n)
    return Page(tuple(names), lines, f"{source.name}:{element.sourceline}", size_of(*size))


def read_page_xml(source: Source) -> Pages:
    """PAGE XML of Transkribus, eScriptorium, OCR-D: each line's own text, not its region's, in
    reading order."""
    for page in _tree(source, etree.XMLParser(**_XML)).iter("{*}Page"):
        lines = yield from lines_of(source, _ordered(page), _page_line, "line")
        size = page.get("imageWidth"), page.get("imageHeight")
        yield _page(source, page, page.get("imageFilename"), lines, *size)


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
        "" if points else Skip.NO_BOX,
        None if baseline is None else _along(baseline.get("points")),
        element.get("id") or f"line {element.sourceline}",
    )


def read_alto(source: Source) -> Pages:
    """ALTO 2 to 4; millimetres and inches by the page's own size."""
    root = _tree(source, etree.XMLParser(**_XML))
    unit = next((each.text for each in root.iter("{*}MeasurementUnit")), "pixel") or "pixel"
    name = next((each.text for each in root.iter("{*}fileName")), None)
    for page in root.iter("{*}Page"):
        size = page.get("WIDTH"), page.get("HEIGHT")
        if size_of(*size) is None and unit.strip() != "pixel":
            place = f"{source.name}:{page.sourceline}"
            yield Damage(place, f"unit {unit} and no size of the page")
            continue
        lines = yield from lines_of(source, page.iter("{*}TextLine"), _alto_line, "line")
        yield _page(source, page, name, lines, *size)


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
    skip = "" if points else Skip.NO_BOX
    place = element.get("ID") or f"line {element.sourceline}"
    return Line(points, text, skip, _along(element.get("BASELINE")), place)


def read_hocr(source: Source) -> Pages:
    """hOCR: lines of every class; boxes are upright rectangles."""
    if b"</html>" not in source.path.read_bytes()[-4096:].lower():
        yield Damage(source.name, "ends before </html>: cut off")
    for page in _tree(source, etree.HTMLParser(encoding="utf-8", **_SAFE)).iter("div"):
        if "ocr_page" not in _classes(page):
            continue
        title = page.get("title") or ""
        named, box = _HOCR_IMAGE.search(title), _BBOX.search(title)
        name = next((each for each in named.groups() if each), "") if named else ""
        found = (each for each in page.iter(etree.Element) if _classes(each) & _HOCR_LINES)
        lines = yield from lines_of(source, found, _hocr_line, "line")
        yield _page(source, page, name, lines, *(box.groups()[2:] if box else (0, 0)))


def _classes(element: Any) -> set[str]:
    return set((element.get("class") or "").split())


def _hocr_line(element: Any) -> Line:
    box = _BBOX.search(element.get("title") or "")
    text = " ".join("".join(element.itertext()).split())
    place = element.get("id") or f"line {element.sourceline}"
    if box is None:
        return Line((), text, Skip.NO_BOX, place=place)
    x0, y0, x1, y1 = map(float, box.groups())
    return Line(((x0, y0), (x1, y1)), text, place=place)


def read_cvat(source: Source) -> Pages:
    """CVAT 1.1 for images, page by page, as far as the file is whole."""
    try:
        elements = etree.iterparse(str(source.path), tag=("image", "track"), **_XML)
        for _, element in elements:
            _require_no_entities(element)
            if element.tag == "track":
                place = f"{source.name}:{element.sourceline}"
                yield Damage(place, "a track of a video: export for images")
            else:
                yield from _cvat_page(source, element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        yield Damage(f"{source.name}:{error.lineno}", error.msg)


def _cvat_page(source: Source, element: Any) -> Pages:
    lines = yield from lines_of(source, element, _cvat_line, "shape")
    name, place = element.get("name") or "", f"{source.name}:{element.sourceline}"
    size = size_of(element.get("width"), element.get("height"))
    yield Page(name, lines, place, size, part=element.get("subset") or "")


def _cvat_line(shape: Any) -> Line | None:
    """``None`` for what is no box of text: points, masks, skeletons."""
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
        return None
    x0, y0, x1, y1 = (float(shape.get(key)) for key in ("xtl", "ytl", "xbr", "ybr"))
    turn = float(shape.get("rotation") or 0)
    if not turn:
        return Line(((x0, y0), (x1, y1)), named[0], place=place)
    corners = rectangle(x0, y0, x1 - x0, y1 - y0)
    points = rotated(corners, turn, ((x0 + x1) / 2, (y0 + y1) / 2))
    return Line(points, named[0], direction=reading_direction(turn), place=place)
