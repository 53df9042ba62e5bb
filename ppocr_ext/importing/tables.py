"""Tables and databases with a row for each picture: CSV, JSON lines, parquet, LMDB; MC-OCR."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from ppocr_ext.console import command_line, python
from ppocr_ext.data.foreign import columns_of
from ppocr_ext.data.repair import ends_as_image
from ppocr_ext.errors import UserError
from ppocr_ext.importing.page import Line, Page, Pages, Source, numbers, pages_of, size_of
from ppocr_ext.narrow import readable
from ppocr_ext.text.rows import cells_of, elements_of, is_list, rows_of

_PLACEHOLDER = "abc abc abc"
PLACEHOLDER = "a placeholder (abc abc abc)"


def _crop(source: Source, row: Mapping[str, Any], place: str) -> Pages:
    """The crop of one row, by the names of its columns."""
    found = columns_of(list(row))
    if found is None:
        raise ValueError(f"columns {', '.join(map(str, row))}: none is known as image and text")
    values = list(row.values())
    image, text = values[found[0]], values[found[1]]
    if isinstance(image, Mapping):  # Hugging Face: bytes, path or both
        image = image.get("bytes") or image.get("path")
    if not image:
        raise ValueError("no image")
    image = image if isinstance(image, bytes) else str(image)
    yield Page(image, [Line((), _text(text))], place, is_crop=True)


def _text(value: Any) -> str:
    """The text of a cell; Donut keeps it in JSON. Raises ValueError for a document's fields."""
    text = "" if value is None else str(value)
    try:
        parsed = json.loads(text) if text.startswith("{") else None
    except ValueError:
        return text
    if not isinstance(parsed, dict) or "gt_parse" not in parsed:
        return text
    inner = parsed["gt_parse"]
    found = inner if isinstance(inner, str) else (inner or {}).get("text_sequence")
    if not isinstance(found, str):
        raise ValueError("the fields of a document, not the text of a line")
    return found


def read_rows(source: Source) -> Pages:
    """JSON lines, or a JSON list, of objects with an image and a text."""
    if is_list(source.path):
        return pages_of(source, elements_of(source.path), _crop)
    rows = rows_of(source.path)
    return pages_of(source, rows, lambda source, row, place: _crop(source, json.loads(row), place))


def read_csv(source: Source) -> Pages:
    """EasyOCR's, Kaggle's and others', with names of columns or none."""
    names: list[str] = []

    def crop(source: Source, row: list[str], place: str) -> Pages:
        if not names:
            places = columns_of(row)
            if places is not None and not ends_as_image(row[places[0]]):
                names.extend(row)
                return
            names.extend(("image", "text"))
        if len(row) < len(names):
            raise ValueError(f"{len(row)} columns")
        yield from _crop(source, dict(zip(names, row, strict=False)), place)

    return pages_of(source, cells_of(source.path), crop)


def read_mcocr(source: Source) -> Pages:
    """A page a row: polygons as a Python literal, texts joined by ``|||``."""
    rows = cells_of(source.path)
    _, names = next(rows)
    named = ((number, dict(zip(names, row, strict=False))) for number, row in rows)
    return pages_of(source, named, _mcocr)


def _mcocr(source: Source, row: dict[str, str], place: str) -> Pages:
    texts = row.get("anno_texts", "").split("|||")
    shapes = ast.literal_eval(row["anno_polygons"]) if row["anno_polygons"] else []
    if texts == [_PLACEHOLDER]:
        texts *= len(shapes)
    if len(shapes) != len(texts):
        raise ValueError(f"{len(shapes)} polygons and {len(texts)} texts")
    lines, size = [], None
    for number, (shape, text) in enumerate(zip(shapes, texts, strict=True)):
        points = numbers([value for part in shape["segmentation"] for value in part])
        skip = PLACEHOLDER if text == _PLACEHOLDER else ""
        lines.append(Line(points, text, skip, place=f"box {number}"))
        size = size or size_of(shape.get("width"), shape.get("height"))
    yield Page(row.get("img_id", ""), lines, place, size)


def read_parquet(source: Source) -> Pages:
    """Batch by batch; needs pyarrow, which nothing else here does."""
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise UserError(
            f"{source.path} is a parquet file, and the package pyarrow is not installed",
            "pyarrow, which reads them",
            command_line([python(), "-m", "pip", "install", "pyarrow"]),
        ) from None
    file = parquet.ParquetFile(source.path)
    found = columns_of(file.schema_arrow.names)
    if found is None:
        raise ValueError(f"columns {', '.join(file.schema_arrow.names)}: no image and text")
    names = [file.schema_arrow.names[place] for place in found]
    batches = file.iter_batches(batch_size=64, columns=names)
    rows = (row for batch in batches for row in batch.to_pylist())
    return pages_of(source, ((f"row {n}", row) for n, row in enumerate(rows)), _crop)


def read_lmdb(source: Source) -> Pages:
    """PaddleOCR's and deep-text-recognition-benchmark's; numbers begin with 1."""
    import lmdb

    with ExitStack() as stack:  # Windows: a folder of ASCII letters
        folder = stack.enter_context(readable(source.path.parent, "data.mdb"))
        try:
            database = lmdb.open(str(folder), readonly=True, lock=False, readahead=False)
        except lmdb.Error as error:
            raise ValueError(str(error)) from None
        stack.callback(database.close)
        values = stack.enter_context(database.begin())
        total = values.get(b"num-samples")
        if total is None:
            raise ValueError("no num-samples: not PaddleOCR's, or labels alone (MMOCR)")
        rows = ((n, _sample(values, n)) for n in range(1, int(total) + 1))
        yield from pages_of(source, rows, _crop)


def _sample(values: Any, number: int) -> dict[str, Any]:
    image, label = (values.get(b"%s-%09d" % (name, number)) for name in (b"image", b"label"))
    text = None if label is None else label.decode("utf-8", "replace")
    return {"image": image, "text": text}
