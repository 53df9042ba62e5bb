"""Label Studio's JSON export, task by task; JSON_MIN only where its lists still fit together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ppocr_ext.errors import UserError
from ppocr_ext.importing.geometry import reading_direction, rectangle, rotated
from ppocr_ext.importing.page import Damage, Line, Page, Point, Skip, Source

OWN = "ppocr_ext import"  # model_version of predictions that were labels when they were exported
_UPLOADED = re.compile(r"^[0-9a-f]{8}-(?=.)")
_CHUNK = 1 << 20
_GAP = re.compile(r"[\s,]*")
ANOTHER = "in another annotation of the same task"


def items(path: Path) -> Iterator[Any]:
    """The elements of a JSON list, one after the other, whatever the file's size.

    Raises ValueError with the number of the element that is damaged.
    """
    decoder, buffer, place, number = json.JSONDecoder(), "", 0, 0
    with open(path, encoding="utf-8-sig") as stream:
        buffer = stream.read(_CHUNK)
        if not buffer.lstrip().startswith("["):
            raise ValueError("is no list of tasks")
        place = buffer.index("[") + 1
        while True:
            place = _GAP.match(buffer, place).end()  # type: ignore[union-attr]
            if buffer.startswith("]", place):
                return
            try:
                item, place = decoder.raw_decode(buffer, place)
            except ValueError as error:  # cut off here, or damaged
                more = stream.read(max(_CHUNK, len(buffer) - place))
                buffer, place = buffer[place:] + more, 0
                if not more:
                    raise ValueError(f"element {number}: {error}") from None
                continue
            yield item
            number += 1


def read_label_studio(source: Source) -> Iterator[Page | Damage]:
    """One page a task: of its annotations that were not cancelled the last."""
    for number, task in enumerate(items(source.path)):
        place = f"{source.name}:task {task.get('id', number) if isinstance(task, dict) else number}"
        try:
            yield from _task(source, task, place)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            yield Damage(place, f"not as Label Studio writes it: {type(error).__name__} {error}")


def _task(source: Source, task: dict[str, Any], place: str) -> Iterator[Page]:
    valid = [each for each in task.get("annotations") or [] if not each.get("was_cancelled")]
    machine = task.get("predictions") or []
    results = [(each.get("result") or [], "") for each in valid[-1:]]
    results += [(each.get("result") or [], ANOTHER) for each in valid[:-1]]
    if not valid:
        for each in machine[-1:]:
            confirmed = each.get("model_version") == OWN or source.take_drafts
            results.append((each.get("result") or [], "" if confirmed else Skip.DRAFT))
    lines: list[Line] = []
    size: Point | None = None
    for result, skip in results:
        found, size = _lines(result, skip, size)
        lines += found
    image = next((v for v in (task.get("data") or {}).values() if _is_image(v)), "")
    yield Page(image_names(image), lines, place, source.path.parent, size=size)


def _is_image(value: Any) -> bool:
    return isinstance(value, str) and ("/" in value or "." in value)


def image_names(address: str) -> tuple[str, ...]:
    """Names that the file of a task may have: upload, local file, bucket; with or without the
    eight digits that an upload gets."""
    parts = urlsplit(address)
    local = parse_qs(parts.query).get("d")
    path = local[0] if local else unquote(parts.path if parts.scheme else address)
    path = path.removeprefix("/data/upload/").lstrip("/")
    folder, _, name = path.rpartition("/")
    plain = _UPLOADED.sub("", name)
    names = [path, name, plain]
    return tuple(dict.fromkeys(each for each in names if each)) if folder or name else ()


def _lines(
    result: list[dict[str, Any]], skip: str, size: Point | None
) -> tuple[list[Line], Point | None]:
    """Shapes and texts are results of their own, with one ``id`` for what belongs together."""
    shapes: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    texts: dict[str, str] = {}
    for each in result:
        value, key = each.get("value") or {}, each.get("id") or ""
        if "text" in value:
            text = value["text"]
            texts[key] = "\n".join(map(str, text)) if isinstance(text, list) else str(text)
        if ("width" in value or "points" in value) and key not in shapes:
            shapes[key] = (each, value)
    lines = []
    for key, (each, value) in shapes.items():
        width, height = float(each["original_width"]), float(each["original_height"])
        if float(each.get("image_rotation") or 0) % 360:
            lines.append(
                Line((), texts.pop(key, ""), "its picture was turned while labelling", None, key)
            )
            continue
        size = (width, height)
        points, direction = _shape(value, width, height)
        lines.append(Line(points, texts.pop(key, ""), skip, direction, key))
    lines += [Line((), text, Skip.NO_BOX, None, key) for key, text in texts.items()]
    return lines, size


def _shape(
    value: dict[str, Any], width: float, height: float
) -> tuple[tuple[Point, ...], Point | None]:
    """Per cent into pixels; turned there, clockwise about the top left corner."""
    if "points" in value:
        return tuple((x * width / 100, y * height / 100) for x, y in value["points"]), None
    x, y = value["x"] * width / 100, value["y"] * height / 100
    turn = float(value.get("rotation") or 0)
    box = rectangle(x, y, value["width"] * width / 100, value["height"] * height / 100)
    if not turn % 360:
        return (box[0], box[2]), None
    return rotated(box, turn, (x, y)), reading_direction(turn)


def read_label_studio_min(source: Source) -> Iterator[Page | Damage]:
    """JSON_MIN keeps boxes and texts in two lists, which a box without text shifts."""
    for number, row in enumerate(items(source.path)):
        place = f"{source.name}:task {row.get('id', number)}"
        boxes: list[Any] = next((v for v in row.values() if _is_boxes(v)), [])
        lists = [v for v in row.values() if isinstance(v, (list, str)) and not _is_boxes(v)]
        texts = next((v for v in lists if isinstance(v, list)), [])
        if len(boxes) == 1 and not texts:
            texts = [row[key] for key in ("transcription", "text") if isinstance(row.get(key), str)]
        if len(texts) != len(boxes) or not all(isinstance(each, str) for each in texts):
            raise UserError(
                f"{source.path} is JSON_MIN of Label Studio, task {row.get('id', number)}: "
                f"{len(boxes)} boxes and {len(texts)} texts, and which belong together is lost",
                "Label Studio's JSON export, which keeps them together",
                "in Label Studio choose Export > JSON, and import that file",
            )
        size = (
            (float(boxes[0]["original_width"]), float(boxes[0]["original_height"]))
            if boxes
            else None
        )
        lines = []
        for index, (box, text) in enumerate(zip(boxes, texts, strict=True)):
            points, direction = _shape(
                box, float(box["original_width"]), float(box["original_height"])
            )
            lines.append(Line(points, text, "", direction, f"box {index}"))
        image = next((v for k, v in row.items() if isinstance(v, str) and _is_image(v)), "")
        yield Page(image_names(image), lines, place, source.path.parent, size=size)


def _is_boxes(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], dict)
        and "original_width" in value[0]
    )
