"""Tables and databases with a row for each picture: CSV, JSON lines, parquet, LMDB; MC-OCR."""

from __future__ import annotations

import ast
import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from ppocr_ext.console import command_line, python
from ppocr_ext.data.foreign import columns_of
from ppocr_ext.data.repair import ends_as_image
from ppocr_ext.errors import UserError
from ppocr_ext.importing.label_studio import items
from ppocr_ext.importing.page import Damage, Line, Page, Source, numbers
from ppocr_ext.narrow import readable
from ppocr_ext.text.encoding import detect_encoding

_LONGEST = 1 << 26  # characters of a field: MC-OCR holds all polygons of a page in one
_PLACEHOLDER = "abc abc abc"
PLACEHOLDER = "a placeholder (abc abc abc)"
_FAULTS = (TypeError, ValueError, KeyError, AttributeError)


def _text(value: Any) -> str:
    """The text of a cell; Donut keeps it in JSON. Raises ValueError for a document's fields."""
    text = "" if value is None else str(value)
    if not text.startswith("{"):
        return text
    try:
        parsed = json.loads(text)
    except ValueError:
        return text
    if not isinstance(parsed, dict) or "gt_parse" not in parsed:
        return text
    inner = parsed["gt_parse"]
    found = inner if isinstance(inner, str) else (inner or {}).get("text_sequence")
    if not isinstance(found, str):
        raise ValueError("the fields of a document, not the text of a line")
    return found


def _row(source: Source, names: Sequence[str], row: Mapping[str, Any], place: str) -> Page | Damage:
    """The crop of one row; ``names``: of the columns of image and text."""
    image = row.get(names[0])
    if isinstance(image, Mapping):  # Hugging Face: bytes, path or both
        image = image.get("bytes") or image.get("path")
    if not image:
        return Damage(place, "no image")
    try:
        line = Line((), _text(row.get(names[1])))
    except _FAULTS as error:
        return Damage(place, str(error))
    image = image if isinstance(image, bytes) else str(image)
    return Page(image, [line], place, source.path.parent, is_crop=True)


def _columns(source: Source, names: Sequence[str]) -> tuple[str, str]:
    found = columns_of(names)
    if found is None:
        raise ValueError(f"columns {', '.join(map(str, names))}: none is known as image and text")
    return names[found[0]], names[found[1]]


def read_rows(source: Source) -> Iterator[Page | Damage]:
    """JSON lines, or a JSON list, of objects with an image and a text."""
    with open(source.path, encoding="utf-8-sig") as stream:
        is_list = stream.read(1 << 10).lstrip().startswith("[")
    rows = enumerate(items(source.path)) if is_list else _json_lines(source)
    for number, row in rows:
        if isinstance(row, Damage):
            yield row
            continue
        place = f"{source.name}:{number}"
        try:
            names = _columns(source, list(row))
        except _FAULTS as error:
            yield Damage(place, str(error))
            continue
        yield _row(source, names, row, place)


def _json_lines(source: Source) -> Iterator[tuple[int, Any]]:
    with open(source.path, encoding="utf-8-sig") as stream:
        for number, row in enumerate(stream, 1):
            if row.strip():
                try:
                    yield number, json.loads(row)
                except (ValueError, RecursionError) as error:
                    yield number, Damage(f"{source.name}:{number}", str(error))


def _csv_rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """(number of the line, cells). Quotes are doubled, always: ``csv.Sniffer`` thinks otherwise."""
    csv.field_size_limit(_LONGEST)
    encoding = detect_encoding(source.path)
    with open(source.path, encoding=encoding, newline="", errors="replace") as stream:
        first = stream.readline().removeprefix("\ufeff")
        mark = max(",;\t", key=first.count)
        stream.seek(0)
        reader = csv.reader(stream, delimiter=mark)
        for row in reader:
            if row:
                row[0] = row[0].removeprefix("\ufeff")
                yield reader.line_num, row


def read_csv(source: Source) -> Iterator[Page | Damage]:
    """EasyOCR's, Kaggle's and others', with names of columns or none."""
    places: tuple[int, int] | None = None
    for number, row in _csv_rows(source):
        if places is None:
            places = columns_of(row)
            if places is not None and not ends_as_image(row[places[0]]):
                continue
            places = (0, 1)
        place = f"{source.name}:{number}"
        if len(row) <= max(places):
            yield Damage(place, f"{len(row)} columns")
            continue
        cells = {"image": row[places[0]], "text": row[places[1]]}
        yield _row(source, ("image", "text"), cells, place)


def read_mcocr(source: Source) -> Iterator[Page | Damage]:
    """A page a row: polygons as a Python literal, texts joined by ``|||``."""
    names: list[str] = []
    for number, row in _csv_rows(source):
        if not names:
            names = row
            continue
        place, cells = f"{source.name}:{number}", dict(zip(names, row, strict=False))
        texts = cells.get("anno_texts", "").split("|||")
        try:
            shapes = ast.literal_eval(cells["anno_polygons"]) if cells["anno_polygons"] else []
            if len(shapes) != len(texts) and texts != [_PLACEHOLDER]:
                raise ValueError(f"{len(shapes)} polygons and {len(texts)} texts")
            if texts == [_PLACEHOLDER]:
                texts *= len(shapes)
            lines = [
                Line(
                    numbers([v for part in shape["segmentation"] for v in part]),
                    text,
                    PLACEHOLDER if text == _PLACEHOLDER else "",
                    None,
                    f"box {n}",
                )
                for n, (shape, text) in enumerate(zip(shapes, texts, strict=True))
            ]
            sizes = [(float(s["width"]), float(s["height"])) for s in shapes if "width" in s]
        except (*_FAULTS, SyntaxError, MemoryError, RecursionError) as error:
            yield Damage(place, f"{type(error).__name__}: {error}")
            continue
        size = sizes[0] if sizes else None
        yield Page(cells.get("img_id", ""), lines, place, source.path.parent, size=size)


def read_parquet(source: Source) -> Iterator[Page | Damage]:
    """Batch by batch; needs pyarrow, which nothing else here does."""
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise UserError(
            f"{source.path} is a parquet file, and the package pyarrow is not installed",
            "pyarrow, which reads them",
            command_line([python(), "-m", "pip", "install", "pyarrow"]),
        ) from None
    number = 0
    file = parquet.ParquetFile(source.path)
    names = _columns(source, file.schema_arrow.names)
    for batch in file.iter_batches(batch_size=64, columns=list(names)):
        for row in batch.to_pylist():
            yield _row(source, names, row, f"{source.name}:row {number}")
            number += 1


def read_lmdb(source: Source) -> Iterator[Page | Damage]:
    """PaddleOCR's and deep-text-recognition-benchmark's; numbers begin with 1."""
    import lmdb

    folder = source.path.parent if source.path.is_file() else source.path
    with ExitStack() as stack:
        ascii_place = stack.enter_context(readable(folder, "data.mdb"))  # Windows: of ASCII letters
        try:
            database = lmdb.open(str(ascii_place), readonly=True, lock=False, readahead=False)
        except lmdb.Error as error:
            raise ValueError(str(error)) from None
        stack.callback(database.close)
        transaction = stack.enter_context(database.begin())
        total = transaction.get(b"num-samples")
        if total is None:
            raise ValueError("no num-samples: not PaddleOCR's, or labels alone (MMOCR)")
        for number in range(1, int(total) + 1):
            place = f"{source.name}:{number}"
            image = transaction.get(b"image-%09d" % number)
            label = transaction.get(b"label-%09d" % number)
            if image is None or label is None:
                yield Damage(place, "no image" if image is None else "no label")
                continue
            line = Line((), label.decode("utf-8", "replace"))
            yield Page(bytes(image), [line], place, folder, is_crop=True)
