"""PAGE XML, ALTO, hOCR and CVAT. No entity is expanded, no DTD loaded, nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from lxml import etree

from ppocr_ext.importing.geometry import reading_direction, rectangle, rotated
from ppocr_ext.importing.page import Damage, Line, Page, Point, Skip, Source

_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE]-?\d+)?")
_HOCR_LINES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
_BBOX = re.compile(r"\bbbox\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)")
_HOCR_IMAGE = re.compile(r"""\bimage\s+(?:"([^"]*)"|'([^']*)'|([^;]+))""")
_TEXT_NAMES = ("text", "transcription", "transcript", "value", "content", "label", "chữ", "nhãn")


def _points(text: str | None) -> tuple[Point, ...]:
    """``x,y x,y`` or ``x y x y``."""
    found = [float(number) for number in _NUMBER.findall(text or "")]
    return tuple(zip(found[::2], found[1::2], strict=False))


def _along(points: tuple[Point, ...]) -> Point | None:
    """Which way a baseline runs."""
    if len(points) < 2:
        return None
    return points[-1][0] - points[0][0], points[-1][1] - points[0][1]


def _require_no_entities(root: Any) -> None:
    dtd = root.getroottree().docinfo.internalDTD
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


def _size(width: str | None, height: str | None) -> Point | None:
    try:
        found = float(width or 0), float(height or 0)
    except ValueError:
        return None
    return found if min(found) > 0 else None


def _place(source: Source, element: Any) -> str:
    return f"{source.name}:{element.sourceline}"


def _named(source: Source, name: str | None) -> tuple[str, ...]:
    """Names that a page's picture may have: as written, decoded, and the label file's own."""
    name = (name or "").removeprefix("file://")
    own = f"{source.path.stem}.jpg"
    return tuple(dict.fromkeys(each for each in (name, unquote(name), own) if each))


def read_page_xml(source: Source) -> Iterator[Page | Damage]:
    """PAGE XML of Transkribus, eScriptorium, OCR-D: each line's own text, not its region's."""
    root = _tree(source, etree.XMLParser(**_SAFE))
    for page in root.iter("{*}Page"):
        lines = [_page_line(element) for element in page.iter("{*}TextLine")]
        yield Page(
            _named(source, page.get("imageFilename")),
            lines,
            _place(source, page),
            source.path.parent,
            size=_size(page.get("imageWidth"), page.get("imageHeight")),
        )


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
    direction = None if baseline is None else _along(_points(baseline.get("points")))
    place = element.get("id") or f"line {element.sourceline}"
    written = "" if text is None else "".join(text.itertext())
    return Line(points, written, "" if points else Skip.NO_BOX, direction, place)


def read_alto(source: Source) -> Iterator[Page | Damage]:
    """ALTO 2 to 4; millimetres and inches by the page's own size."""
    root = _tree(source, etree.XMLParser(**_SAFE))
    unit = next((each.text for each in root.iter("{*}MeasurementUnit")), "pixel") or "pixel"
    name = next((each.text for each in root.iter("{*}fileName")), None)
    for page in root.iter("{*}Page"):
        size = _size(page.get("WIDTH"), page.get("HEIGHT"))
        if size is None and unit.strip() != "pixel":
            yield Damage(_place(source, page), f"unit {unit} and no size of the page")
            continue
        lines = [_alto_line(element) for element in page.iter("{*}TextLine")]
        yield Page(_named(source, name), lines, _place(source, page), source.path.parent, size=size)


def _alto_line(element: Any) -> Line:
    polygon = element.find("{*}Shape/{*}Polygon")
    place = element.get("ID") or f"line {element.sourceline}"
    points: tuple[Point, ...] = ()
    if polygon is not None:
        points = _points(polygon.get("POINTS"))
    elif element.get("WIDTH"):
        box = (float(element.get(key) or 0) for key in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
        points = rectangle(*box)
    parts = [each for each in element if etree.QName(each).localname in ("String", "SP", "HYP")]
    kinds = [etree.QName(each).localname for each in parts]
    glue = "" if "SP" in kinds else " "
    text = ""
    for kind, each in zip(kinds, parts, strict=True):
        before = glue if text and kind == "String" else ""
        text += " " if kind == "SP" else before + (each.get("CONTENT") or "")
    baseline = _along(_points(element.get("BASELINE")))
    return Line(points, text, "" if points else Skip.NO_BOX, baseline, place)


def read_hocr(source: Source) -> Iterator[Page | Damage]:
    """hOCR: lines of every class; boxes are upright rectangles."""
    if b"</html>" not in source.path.read_bytes()[-4096:].lower():
        yield Damage(source.name, "ends before </html>: cut off")
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    root = _tree(source, parser)
    for page in root.iter("div"):
        if "ocr_page" not in (page.get("class") or "").split():
            continue
        title = page.get("title") or ""
        found, box = _HOCR_IMAGE.search(title), _BBOX.search(title)
        name = next((each for each in found.groups() if each), "") if found else ""
        lines = [
            _hocr_line(each)
            for each in page.iter()
            if isinstance(each.tag, str)
            and not _HOCR_LINES.isdisjoint((each.get("class") or "").split())
        ]
        size = (float(box[3]), float(box[4])) if box else None
        place = _place(source, page)
        yield Page(_named(source, name.strip()), lines, place, source.path.parent, size=size)


def _hocr_line(element: Any) -> Line:
    box = _BBOX.search(element.get("title") or "")
    text = " ".join("".join(element.itertext()).split())
    place = element.get("id") or f"line {element.sourceline}"
    if box is None:
        return Line((), text, Skip.NO_BOX, None, place)
    x0, y0, x1, y1 = map(float, box.groups())
    return Line(((x0, y0), (x1, y1)), text, "", None, place)


def read_cvat(source: Source) -> Iterator[Page | Damage]:
    """CVAT 1.1 for images, page by page, as far as the file is whole."""
    try:
        for _, element in etree.iterparse(
            str(source.path), events=("end",), tag=("image", "track"), **_SAFE
        ):
            _require_no_entities(element)
            if element.tag == "track":
                yield Damage(_place(source, element), "a track of a video: export for images")
            else:
                yield from _cvat_page(source, element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        yield Damage(f"{source.name}:{error.lineno}", error.msg)


def _cvat_page(source: Source, element: Any) -> Iterator[Page | Damage]:
    lines, place = [], _place(source, element)
    for shape in element:
        try:
            line = _cvat_line(shape)
        except (TypeError, ValueError):
            yield Damage(_place(source, shape), f"<{shape.tag}> without numbers where they belong")
            continue
        if line is not None:
            lines.append(line)
    name = element.get("name") or ""
    size, part = _size(element.get("width"), element.get("height")), element.get("subset") or ""
    yield Page(name, lines, place, source.path.parent, size=size, part=part)


def _cvat_line(shape: Any) -> Line | None:
    """``None`` for what is no box of text: points, masks, skeletons."""
    texts = {(each.get("name") or ""): each.text or "" for each in shape.findall("attribute")}
    wanted = [name for name in _TEXT_NAMES if name in {each.casefold() for each in texts}]
    text = next((value for name, value in texts.items() if name.casefold() in wanted[:1]), "")
    if not wanted:  # a free name: the one that is no checkbox and no number
        free = [value for value in texts.values() if value.casefold() not in ("true", "false")]
        text = free[0] if len(free) == 1 else ""
    place = f"line {shape.sourceline}"
    if shape.tag == "box":
        x0, y0, x1, y1 = (float(shape.get(key)) for key in ("xtl", "ytl", "xbr", "ybr"))
        turn = float(shape.get("rotation") or 0)
        points = rectangle(x0, y0, x1 - x0, y1 - y0)
        if not turn:
            return Line(((x0, y0), (x1, y1)), text, "", None, place)
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        return Line(rotated(points, turn, middle), text, "", reading_direction(turn), place)
    if shape.tag in ("polygon", "polyline"):
        return Line(_points(shape.get("points")), text, "", None, place)
    return None
