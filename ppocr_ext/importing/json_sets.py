"""JSON: labelme, X-AnyLabeling, COCO-Text, TextOCR, MMOCR, WildReceipt, docTR."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ppocr_ext.importing.geometry import rectangle
from ppocr_ext.importing.page import Damage, Line, Page, Point, Skip, Source, numbers

RELATIVE = (1.0, 1.0)  # the size of a page whose points are parts of its sides
_SHAPES = ("rectangle", "polygon", "rotation", "quadrilateral")
_FAULTS = (TypeError, ValueError, KeyError, AttributeError, IndexError)


def load(path: Path) -> Any:
    """The whole of a JSON file. Raises ValueError with the line of what is damaged."""
    with open(path, encoding="utf-8-sig") as stream:
        try:
            return json.load(stream)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {error.lineno}: {error.msg}") from None
        except RecursionError:
            raise ValueError("nested too deep") from None


def _size(holder: dict[str, Any], width: str = "width", height: str = "height") -> Point | None:
    if not holder.get(width) or not holder.get(height):
        return None
    return float(holder[width]), float(holder[height])


def _why(error: Exception) -> str:
    return f"not as this format is written: {type(error).__name__} {error}"


def read_labelme(source: Source) -> Iterator[Page | Damage]:
    """The text is the description where there are any, as in X-AnyLabeling, else the label."""
    content = load(source.path)
    shapes = content["shapes"]
    described = sum(bool((each.get("description") or "").strip()) for each in shapes)
    of_anylabeling = any("kie_linking" in each or "attributes" in each for each in shapes)
    key = (
        "description" if described and (of_anylabeling or 2 * described > len(shapes)) else "label"
    )
    lines: list[Line] = []
    for number, each in enumerate(shapes):
        place = f"shape {number}"
        try:
            lines.append(_labelme_line(source, each, str(each.get(key) or ""), place))
        except _FAULTS as error:
            yield Damage(f"{source.name}, {place}", _why(error))
    image = str(content.get("imagePath") or "").replace("\\", "/")
    yield Page(
        tuple(dict.fromkeys(name for name in (image, f"{source.path.stem}.jpg") if name)),
        lines,
        source.name,
        source.path.parent,
        size=_size(content, "imageWidth", "imageHeight"),
        embedded=content.get("imageData") or "",
    )


def _labelme_line(source: Source, shape: dict[str, Any], text: str, place: str) -> Line:
    kind = shape.get("shape_type") or "polygon"
    if kind not in _SHAPES:
        return Line((), text, f"a {kind}, which is no box", None, place)
    is_difficult = bool(shape.get("difficult"))
    skip = Skip.DIFFICULT if is_difficult and not source.take_difficult else ""
    note = Skip.DIFFICULT if is_difficult else ""
    return Line(numbers(shape["points"]), text, skip, None, place, note)


def read_coco_text(source: Source) -> Iterator[Page | Damage]:
    """COCO-Text's and TextOCR's dictionaries, or COCO's lists with a text in each annotation."""
    content = load(source.path)
    images = content.get("imgs", content.get("images", {}))
    labels = content.get("anns", content.get("annotations", {}))
    of_image: dict[str, list[dict[str, Any]]] = {}
    for each in labels.values() if isinstance(labels, dict) else labels:
        of_image.setdefault(str(each.get("image_id")), []).append(each)
    for image in images.values() if isinstance(images, dict) else images:
        lines: list[Line] = []
        for each in of_image.pop(str(image.get("id")), []):
            place = f"annotation {each.get('id')}"
            try:
                lines.append(_coco_line(each, place))
            except _FAULTS as error:
                yield Damage(f"{source.name}, {place}", _why(error))
        name = str(image.get("file_name") or "")
        place, part = f"{source.name}:image {image.get('id')}", str(image.get("set") or "")
        yield Page(name, lines, place, source.path.parent, size=_size(image), part=part)
    for key, left in of_image.items():
        yield Damage(f"{source.name}, image {key}", f"{len(left)} annotations of no image")


def _coco_line(each: dict[str, Any], place: str) -> Line:
    text = next((each[k] for k in ("utf8_string", "text", "transcription") if k in each), None)
    is_illegible = text is None or each.get("legibility") == "illegible" or text == "."
    skip = Skip.ILLEGIBLE if is_illegible else ""
    return Line(_polygon(each), str(text or ""), skip, None, place)


def _polygon(each: dict[str, Any]) -> tuple[Point, ...]:
    """The outline of an annotation, whatever its key; COCO's ``bbox`` is x, y, width, height."""
    for key in ("mask", "points", "polygon", "segmentation", "box", "quad"):
        value = each.get(key)
        if isinstance(value, list) and value:
            if isinstance(value[0], list) and len(value[0]) != 2:  # several parts
                value = [number for part in value for number in part]
            return numbers(value)
    return rectangle(*map(float, each["bbox"])) if each.get("bbox") else ()


def read_wildreceipt(source: Source) -> Iterator[Page | Damage]:
    """A line of JSON for each page; corners begin at the bottom left, against the clock."""
    with open(source.path, encoding="utf-8-sig") as stream:
        for number, row in enumerate(stream, 1):
            if not row.strip():
                continue
            place = f"{source.name}:{number}"
            try:
                yield _listed(source, json.loads(row), "file_name", "annotations", place)
            except _FAULTS as error:
                yield Damage(place, _why(error))


def read_mmocr(source: Source) -> Iterator[Page | Damage]:
    """MMOCR 1.x: crops, or pages with polygons."""
    for number, each in enumerate(load(source.path)["data_list"]):
        place = f"{source.name}:entry {number}"
        try:
            yield _listed(source, each, "img_path", "instances", place)
        except _FAULTS as error:
            yield Damage(place, _why(error))


def _listed(source: Source, page: dict[str, Any], name: str, labels: str, place: str) -> Page:
    found = [(str(each.get("text") or ""), _instance(each), each) for each in page[labels]]
    is_crop = len(found) == 1 and not found[0][1]
    lines = []
    for number, (text, points, each) in enumerate(found):
        skip = Skip.ILLEGIBLE if each.get("ignore") else "" if points or is_crop else Skip.NO_BOX
        lines.append(Line(points, text, skip, None, f"text {number}"))
    folder = source.path.parent
    return Page(str(page[name]), lines, place, folder, size=_size(page), is_crop=is_crop)


def _instance(each: dict[str, Any]) -> tuple[Point, ...]:
    box = each.get("bbox")
    if box and not each.get("polygon") and len(box) == 4 and "box" not in each:
        return numbers(box)  # MMOCR 1.x: two corners
    return _polygon(each)


def read_doctr(source: Source) -> Iterator[Page | Damage]:
    """docTR's texts by the names of crops, or words with geometries by the names of pages."""
    for name, value in load(source.path).items():
        place = f"{source.name}:{name}"
        if isinstance(value, str):
            yield Page(name, [Line((), value)], place, source.path.parent, is_crop=True)
            continue
        try:
            words = value.get("typed_words") or [
                {"value": text, "geometry": points}
                for text, points in zip(value["labels"], value["polygons"], strict=True)
            ]
            lines = [
                Line(
                    numbers(list(each["geometry"])), str(each["value"]), "", None, f"word {number}"
                )
                for number, each in enumerate(words)
            ]
        except _FAULTS as error:
            yield Damage(place, _why(error))
            continue
        is_part = all(0 <= value <= 1 for line in lines for point in line.points for value in point)
        size = RELATIVE if is_part else None
        yield Page(name, lines, place, source.path.parent, size=size)
