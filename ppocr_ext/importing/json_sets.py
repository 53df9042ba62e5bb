"""JSON: Label Studio, labelme, X-AnyLabeling, COCO-Text, TextOCR, MMOCR, WildReceipt, docTR."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ppocr_ext.errors import UserError
from ppocr_ext.importing.geometry import reading_direction, rectangle, rotated
from ppocr_ext.importing.page import (
    RELATIVE,
    Damage,
    Line,
    Page,
    Pages,
    Point,
    Skip,
    Source,
    lines_of,
    numbers,
    pages_of,
    size_of,
)
from ppocr_ext.text.rows import elements_of, load, rows_of

OWN = "ppocr_ext import"  # model_version of predictions that were labels when they were exported
ANOTHER = "in another annotation of the same task"
_UPLOADED = re.compile(r"^[0-9a-f]{8}-(?=.)")
_SHAPES = ("rectangle", "polygon", "rotation", "quadrilateral")
Item = dict[str, Any]


def read_label_studio(source: Source) -> Pages:
    """One page a task: of its annotations that were not cancelled the last."""
    tasks = elements_of(source.path)
    return pages_of(source, ((f"task {_number(each, n)}", each) for n, each in tasks), _task)


def _number(task: Any, number: int) -> Any:
    return task.get("id", number) if isinstance(task, dict) else number


def _task(source: Source, task: Item, place: str) -> Pages:
    valid = [each for each in task.get("annotations") or [] if not each.get("was_cancelled")]
    results = [(each, "" if each is valid[-1] else ANOTHER) for each in reversed(valid)]
    if not valid:
        for each in (task.get("predictions") or [])[-1:]:
            confirmed = each.get("model_version") == OWN or source.take_drafts
            results.append((each, "" if confirmed else Skip.DRAFT))
    lines, size = [], None
    for each, skip in results:
        found, size = _results(each.get("result") or [], skip, size)
        lines += found
    yield Page(_image_names(task.get("data") or {}), lines, place, size=size)


def _image_names(data: Item) -> tuple[str, ...]:
    """Names that the file of a task may have: upload, local file, bucket; with or without the
    eight digits that an upload gets."""
    texts = (each for each in data.values() if isinstance(each, str))
    address = next((each for each in texts if "/" in each or "." in each), "")
    parts = urlsplit(address)
    local = parse_qs(parts.query).get("d")
    path = local[0] if local else unquote(parts.path if parts.scheme else address)
    path = path.removeprefix("/data/upload/").lstrip("/")
    name = path.rpartition("/")[2]
    return tuple(dict.fromkeys(each for each in (path, name, _UPLOADED.sub("", name)) if each))


def _results(results: list[Item], skip: str, size: Point | None) -> tuple[list[Line], Point | None]:
    """Shapes and texts are results of their own, with one ``id`` for what belongs together."""
    shapes: dict[str, Item] = {}
    texts: dict[str, str] = {}
    for each in results:
        value, key = each.get("value") or {}, each.get("id") or ""
        if "text" in value:
            text = value["text"]
            texts[key] = "\n".join(map(str, text)) if isinstance(text, list) else str(text)
        if "width" in value or "points" in value:
            shapes.setdefault(key, each)
    lines = []
    for key, each in shapes.items():
        text = texts.pop(key, "")
        if float(each.get("image_rotation") or 0) % 360:
            lines.append(Line((), text, "its picture was turned while labelling", place=key))
            continue
        size = (float(each["original_width"]), float(each["original_height"]))
        points, direction = _shape(each["value"], *size)
        lines.append(Line(points, text, skip, direction, key))
    return lines + [Line((), text, Skip.NO_BOX, place=key) for key, text in texts.items()], size


def _shape(value: Item, width: float, height: float) -> tuple[tuple[Point, ...], Point | None]:
    """Per cent into pixels; turned there, clockwise about the top left corner."""
    if "points" in value:
        return tuple((x * width / 100, y * height / 100) for x, y in value["points"]), None
    x, y = value["x"] * width / 100, value["y"] * height / 100
    turn = float(value.get("rotation") or 0)
    box = rectangle(x, y, value["width"] * width / 100, value["height"] * height / 100)
    if not turn % 360:
        return (box[0], box[2]), None
    return rotated(box, turn, (x, y)), reading_direction(turn)


def read_label_studio_min(source: Source) -> Pages:
    """JSON_MIN keeps boxes and texts in two lists, which a box without text shifts."""
    tasks = elements_of(source.path)
    rows = ((f"task {_number(each, n)}", (each, n)) for n, each in tasks)
    return pages_of(source, rows, _min_task)


def _min_task(source: Source, row: tuple[Item, int], place: str) -> Pages:
    task, number = row
    lists = [each for each in task.values() if isinstance(each, list) and each]
    boxes = next((each for each in lists if _is_boxes(each)), [])
    texts = next((each for each in lists if not _is_boxes(each)), [])
    if len(boxes) == 1 and not texts:
        texts = [task[key] for key in ("transcription", "text") if isinstance(task.get(key), str)]
    if len(texts) != len(boxes) or not all(isinstance(each, str) for each in texts):
        raise UserError(
            f"{source.path} is JSON_MIN of Label Studio, task {_number(task, number)}: "
            f"{len(boxes)} boxes and {len(texts)} texts, and which belong together is lost",
            "Label Studio's JSON export, which keeps them together",
            "in Label Studio choose Export > JSON, and import that file",
        )
    results = []
    for n, (box, text) in enumerate(zip(boxes, texts, strict=True)):
        results.append({**box, "id": f"box {n}", "value": {**box, "text": text}})
    lines, size = _results(results, "", None)
    yield Page(_image_names(task), lines, place, size=size)


def _is_boxes(value: list[Any]) -> bool:
    return isinstance(value[0], dict) and "original_width" in value[0]


def read_labelme(source: Source) -> Pages:
    """The text is the description where there are any, as in X-AnyLabeling, else the label."""
    content = load(source.path)
    shapes = content["shapes"]
    described = sum(bool((each.get("description") or "").strip()) for each in shapes)
    of_anylabeling = any("kie_linking" in each or "attributes" in each for each in shapes)
    is_described = described and (of_anylabeling or 2 * described > len(shapes))
    key = "description" if is_described else "label"

    def line(shape: Item) -> Line:
        text, kind = str(shape.get(key) or ""), shape.get("shape_type") or "polygon"
        if kind not in _SHAPES:
            return Line((), text, f"a {kind}, which is no box")
        note = Skip.DIFFICULT if shape.get("difficult") else ""
        skip = "" if source.take_difficult else note
        return Line(numbers(shape["points"]), text, skip, note=note)

    lines = yield from lines_of(source, shapes, line, "shape")
    image = str(content.get("imagePath") or "").replace("\\", "/")
    size = size_of(content.get("imageWidth"), content.get("imageHeight"))
    names = (image, f"{source.path.stem}.jpg") if image else (f"{source.path.stem}.jpg",)
    yield Page(names, lines, source.name, size, embedded=content.get("imageData") or "")


def read_coco_text(source: Source) -> Pages:
    """COCO-Text's and TextOCR's dictionaries, or COCO's lists with a text in each annotation."""
    content = load(source.path)
    of_image: dict[str, list[Item]] = {}
    for each in _values(content.get("anns", content.get("annotations", []))):
        of_image.setdefault(str(each.get("image_id")), []).append(each)
    for image in _values(content.get("imgs", content.get("images", []))):
        labels = of_image.pop(str(image.get("id")), [])
        lines = yield from lines_of(source, labels, _coco_line, "annotation")
        size = size_of(image.get("width"), image.get("height"))
        name, place = str(image.get("file_name") or ""), f"{source.name}:image {image.get('id')}"
        yield Page(name, lines, place, size, part=str(image.get("set") or ""))
    for key, left in of_image.items():
        yield Damage(f"{source.name}, image {key}", f"{len(left)} annotations of no image")


def _values(held: Any) -> list[Any]:
    return list(held.values()) if isinstance(held, dict) else held


def _coco_line(each: Item) -> Line:
    text = next((each[k] for k in ("utf8_string", "text", "transcription") if k in each), None)
    is_illegible = text is None or each.get("legibility") == "illegible" or text == "."
    skip = Skip.ILLEGIBLE if is_illegible else ""
    return Line(_polygon(each), str(text or ""), skip, place=f"annotation {each.get('id')}")


def _polygon(each: Item) -> tuple[Point, ...]:
    """The outline of an annotation, whatever its key; COCO's ``bbox`` is x, y, width, height."""
    for key in ("mask", "points", "polygon", "segmentation", "box", "quad"):
        value = each.get(key)
        if isinstance(value, list) and value:
            if isinstance(value[0], list) and len(value[0]) != 2:  # several parts
                value = [number for part in value for number in part]
            return numbers(value)
    return rectangle(*map(float, each["bbox"])) if each.get("bbox") else ()


def read_wildreceipt(source: Source) -> Pages:
    """A line of JSON for each page; corners begin at the bottom left, against the clock."""
    return pages_of(source, rows_of(source.path), _wildreceipt)


def _wildreceipt(source: Source, row: str, place: str) -> Pages:
    return _instances(source, json.loads(row), "file_name", "annotations", place)


def read_mmocr(source: Source) -> Pages:
    """MMOCR 1.x: crops, or pages with polygons."""
    pages = load(source.path)["data_list"]
    return pages_of(source, ((f"entry {n}", each) for n, each in enumerate(pages)), _mmocr)


def _mmocr(source: Source, entry: Item, place: str) -> Pages:
    return _instances(source, entry, "img_path", "instances", place)


def _instances(source: Source, page: Item, name: str, labels: str, place: str) -> Pages:
    is_crop = len(page[labels]) == 1 and not _instance(page[labels][0])

    def line(each: Item) -> Line:
        points = _instance(each)
        missing = "" if points or is_crop else Skip.NO_BOX
        return Line(
            points, str(each.get("text") or ""), Skip.ILLEGIBLE if each.get("ignore") else missing
        )

    lines = yield from lines_of(source, page[labels], line, "text")
    size = size_of(page.get("width"), page.get("height"))
    yield Page(str(page[name]), lines, place, size, is_crop=is_crop)


def _instance(each: Item) -> tuple[Point, ...]:
    box = each.get("bbox")
    if box and not each.get("polygon") and len(box) == 4 and "box" not in each:
        return numbers(box)  # MMOCR 1.x: two corners
    return _polygon(each)


def read_doctr(source: Source) -> Pages:
    """docTR's texts by the names of crops, or words with geometries by the names of pages."""
    rows = ((name, (name, value)) for name, value in load(source.path).items())
    return pages_of(source, rows, _doctr)


def _doctr(source: Source, row: tuple[str, Any], place: str) -> Pages:
    name, value = row
    if isinstance(value, str):
        yield Page(name, [Line((), value)], place, is_crop=True)
        return
    words = value.get("typed_words") or [
        {"value": text, "geometry": points}
        for text, points in zip(value["labels"], value["polygons"], strict=True)
    ]
    lines = yield from lines_of(source, words, _doctr_word, "word")
    is_part = all(0 <= value <= 1 for line in lines for point in line.points for value in point)
    yield Page(name, lines, place, RELATIVE if is_part else None)


def _doctr_word(each: Item) -> Line:
    return Line(numbers(list(each["geometry"])), str(each["value"]))
