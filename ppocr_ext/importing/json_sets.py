"""JSON: Label Studio, labelme, X-AnyLabeling, COCO-Text, TextOCR, MMOCR, WildReceipt, docTR."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ppocr_ext.importing.page import RELATIVE, Line, Page, Rows, Skip, Source, reads, size_of
from ppocr_ext.text.rows import elements_of, load, objects_of
from ppocr_ext.transforms.quads import Point, points_of, reading_direction, rectangle, turned_about

OWN = "ppocr_ext import"  # model_version of predictions that were labels when they were exported
ANOTHER = "in another annotation of the same task"
CANCELLED = "in an annotation that was cancelled"
_UPLOADED = re.compile(r"^[0-9a-f]{8}-(?=.)")
_SHAPES = ("rectangle", "polygon", "rotation", "quadrilateral")
Item = dict[str, Any]


def _tasks(path: Path) -> Rows:
    for number, task in elements_of(path):
        yield f"task {task.get('id', number) if isinstance(task, dict) else number}", task


@reads("label_studio", _tasks)
def label_studio(source: Source, task: Item, place: str) -> Page:
    """Of the annotations that were not cancelled the last; without one the machine's draft."""
    made = task.get("annotations") or task.get("completions") or []  # as of versions before 1.0
    drafts = [*(task.get("drafts") or []), *(task.get("predictions") or [])]
    valid = [each for each in made if not each.get("was_cancelled")]
    results = [(each, "" if each is valid[-1] else ANOTHER) for each in reversed(valid)]
    results += [(each, CANCELLED) for each in made if each.get("was_cancelled")]
    for each in reversed(drafts):
        confirmed = each.get("model_version") == OWN or source.take_drafts
        is_taken = confirmed and not valid and each is drafts[-1]
        results.append((each, "" if is_taken else Skip.DRAFT))
    found = [_results(each.get("result") or [], skip) for each, skip in results]
    size = next((size for _, size in found if size), None)
    lines = [line for lines, _ in found for line in lines]
    return Page(_image_names(task.get("data") or {}), lines, place, size)


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


def _results(results: list[Item], skip: str) -> tuple[list[Line], Point | None]:
    """Shapes and texts are results of their own, with one ``id`` for what belongs together."""
    shapes: dict[str, Item] = {}
    texts: dict[str, str] = {}
    for number, each in enumerate(results):
        value, key = each.get("value") or {}, each.get("id") or f"result {number}"
        if "text" in value:
            text = value["text"]
            texts[key] = "\n".join(map(str, text)) if isinstance(text, list) else str(text)
        if "width" in value or "points" in value:
            shapes.setdefault(key, each)
    lines, size = [], None
    for key, each in shapes.items():
        text = texts.pop(key, "")
        if float(each.get("image_rotation") or 0) % 360:
            lines.append(Line((), text, "its picture was turned while labelling", place=key))
            continue
        size = size_of(each["original_width"], each["original_height"])
        points, direction = _shape(each["value"], *(size or (0.0, 0.0)))
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
    return turned_about(box, turn, (x, y)), reading_direction(turn)


@reads("label_studio_min", _tasks)
def label_studio_min(source: Source, task: Item, place: str) -> Page:
    """JSON_MIN keeps boxes and texts in two lists, which a box without text shifts."""
    lists = [each for each in task.values() if isinstance(each, list) and each]
    boxes = next((each for each in lists if _is_boxes(each)), [])
    texts = next((each for each in lists if not _is_boxes(each)), [])
    if len(boxes) == 1 and not texts:
        texts = [task[key] for key in ("transcription", "text") if isinstance(task.get(key), str)]
    skip = ""
    if len(texts) != len(boxes) or not all(isinstance(each, str) for each in texts):
        skip, texts = Skip.UNPAIRED, [""] * len(boxes)
    named = enumerate(zip(boxes, texts, strict=True))
    results = [{**b, "id": f"box {n}", "value": {**b, "text": text}} for n, (b, text) in named]
    lines, size = _results(results, skip)
    lines = lines or [Line((), "", skip)] * bool(skip)  # texts without boxes
    return Page(_image_names(task), lines, place, size)


def _is_boxes(value: list[Any]) -> bool:
    return isinstance(value[0], dict) and "original_width" in value[0]


@reads("labelme", lambda path: iter([("", load(path))]))
def labelme(source: Source, content: Item, place: str) -> Page:
    """The text is the description where there are any, as in X-AnyLabeling, else the label."""
    shapes = content["shapes"]
    described = sum(bool((each.get("description") or "").strip()) for each in shapes)
    of_anylabeling = any("kie_linking" in each or "attributes" in each for each in shapes)
    is_text = described and (of_anylabeling or 2 * described > len(shapes))
    key = "description" if is_text else "label"

    def line(shape: Item) -> Line:
        text, kind = str(shape.get(key) or ""), shape.get("shape_type") or "polygon"
        if kind not in _SHAPES:
            return Line((), text, f"a {kind}, which is no box")
        return source.judged(points_of(shape["points"]), text, bool(shape.get("difficult")))

    lines, image = source.lines(shapes, line, "shape"), str(content.get("imagePath") or "")
    size = size_of(content.get("imageWidth"), content.get("imageHeight"))
    names = (image, f"{source.path.stem}.jpg")
    return Page(names, lines, place, size, embedded=content.get("imageData") or "")


def _images(path: Path) -> Rows:
    content = load(path)
    of_image: dict[str, list[Item]] = {}
    for each in _values(content.get("anns", content.get("annotations", []))):
        of_image.setdefault(str(each.get("image_id")), []).append(each)
    for image in _values(content.get("imgs", content.get("images", []))):
        yield f"image {image.get('id')}", (image, of_image.pop(str(image.get("id")), []))
    for key, left in of_image.items():
        yield f"image {key}", ValueError(f"{len(left)} annotations of no image")


def _values(held: Any) -> list[Any]:
    return list(held.values()) if isinstance(held, dict) else held


@reads("coco_text", _images)
def coco_text(source: Source, row: tuple[Item, list[Item]], place: str) -> Page:
    """COCO-Text's and TextOCR's dictionaries, or COCO's lists with a text in each annotation."""
    image, labels = row
    lines = source.lines(labels, _coco_line, "annotation")
    size = size_of(image.get("width"), image.get("height"))
    name = str(image.get("file_name") or "")
    return Page(name, lines, place, size, part=str(image.get("set") or ""))


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
            return points_of(value)
    return rectangle(*map(float, each["bbox"])) if each.get("bbox") else ()


@reads("wildreceipt", objects_of)
@reads("mmocr", lambda path: enumerate(load(path)["data_list"]))
def mmocr(source: Source, entry: Item, place: str) -> Page:
    """MMOCR 1.x: crops, or pages with polygons. WildReceipt: corners begin at the bottom left,
    against the clock."""
    labels = entry["instances"] if "instances" in entry else entry["annotations"]
    is_crop = len(labels) == 1 and not _instance(labels[0])

    def line(each: Item) -> Line:
        points = _instance(each)
        skip = Skip.ILLEGIBLE if each.get("ignore") else ""
        return Line(points, str(each.get("text") or ""), skip)

    size = size_of(entry.get("width"), entry.get("height"))
    name = str(entry["img_path"] if "img_path" in entry else entry["file_name"])
    return Page(name, source.lines(labels, line, "text"), place, size, is_crop=is_crop)


def _instance(each: Item) -> tuple[Point, ...]:
    box = each.get("bbox")
    if box and not each.get("polygon") and len(box) == 4 and "box" not in each:
        return points_of(box)  # MMOCR 1.x: two corners
    return _polygon(each)


@reads("doctr", lambda path: ((name, (name, held)) for name, held in load(path).items()))
def doctr(source: Source, row: tuple[str, Any], place: str) -> Page:
    """docTR's texts by the names of crops, or words with geometries by the names of pages."""
    name, value = row
    if isinstance(value, str):
        return Page(name, [Line((), value)], place, is_crop=True)
    words = value.get("typed_words") or [
        {"value": text, "geometry": points}
        for text, points in zip(value["labels"], value["polygons"], strict=True)
    ]

    def line(word: Item) -> Line:
        return Line(points_of(list(word["geometry"])), str(word["value"]))

    lines = source.lines(words, line, "word")
    is_part = all(0 <= value <= 1 for line in lines for point in line.points for value in point)
    return Page(name, lines, place, RELATIVE if is_part else None)
