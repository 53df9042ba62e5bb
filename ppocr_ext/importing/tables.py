"""Tables and databases with a row for each picture: CSV, JSON lines, parquet, LMDB; MC-OCR."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ppocr_ext.console import command_line, python
from ppocr_ext.data.foreign import columns_of
from ppocr_ext.data.repair import ends_as_image
from ppocr_ext.errors import UserError
from ppocr_ext.importing.page import Line, Page, Rows, Source, reads, size_of
from ppocr_ext.narrow import readable
from ppocr_ext.text.rows import cells_of, literal, objects_of
from ppocr_ext.transforms.quads import points_of

_PLACEHOLDER = "abc abc abc"
PLACEHOLDER = "a placeholder (abc abc abc)"


def _table(path: Path) -> Rows:
    """EasyOCR's, Kaggle's and others', with names of columns or none."""
    names: list[str] = []
    for number, row in cells_of(path):
        if not names:
            places = columns_of(row)
            if "anno_polygons" in row or (places and not ends_as_image(row[places[0]])):
                names = row
                continue
            names = ["image", "text"]
        is_short = len(row) < len(names)
        short = ValueError(f"{len(row)} columns")
        yield number, short if is_short else dict(zip(names, row, strict=False))


def _parquet(path: Path) -> Rows:
    """Batch by batch; needs pyarrow, which nothing else here does."""
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise UserError(
            "a parquet file, and the package pyarrow is not installed",
            "pyarrow, which reads them",
            command_line([python(), "-m", "pip", "install", "pyarrow"]),
        ) from None
    file = parquet.ParquetFile(path)
    names = file.schema_arrow.names
    wanted = [names[place] for place in columns_of(names) or range(len(names))]
    batches = file.iter_batches(batch_size=64, columns=wanted)
    for number, row in enumerate(row for batch in batches for row in batch.to_pylist()):
        yield f"row {number}", row


def _samples(path: Path) -> Rows:
    """PaddleOCR's and deep-text-recognition-benchmark's; numbers begin with 1."""
    import lmdb

    from ppocr_ext.data.source import open_database

    try:
        with (
            readable(path.parent, "data.mdb") as folder,  # Windows: of ASCII letters
            open_database(str(folder)) as database,
            database.begin() as values,
        ):
            total = values.get(b"num-samples")
            if total is None:
                raise ValueError("no num-samples: not PaddleOCR's, or labels alone (MMOCR)")
            for number in range(1, int(total) + 1):
                image, label = (values.get(b"%s-%09d" % (k, number)) for k in (b"image", b"label"))
                text = None if label is None else label.decode("utf-8", "replace")
                yield number, {"image": image, "text": text}
    except lmdb.Error as error:
        raise ValueError(str(error)) from None


@reads("rows", objects_of)
@reads("csv", _table)
@reads("parquet", _parquet)
@reads("lmdb", _samples)
def crop(source: Source, row: Mapping[str, Any], place: str) -> Page:
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
    return Page(image, [Line((), _text(text))], place, is_crop=True)


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


@reads("mcocr", _table)
def mcocr(source: Source, row: dict[str, str], place: str) -> Page:
    """A page a row: polygons as a Python literal, texts joined by ``|||``."""
    texts = row.get("anno_texts", "").split("|||")
    shapes = literal(row["anno_polygons"]) if row["anno_polygons"] else []
    if texts == [_PLACEHOLDER]:
        texts *= len(shapes)
    if len(shapes) != len(texts):
        raise ValueError(f"{len(shapes)} polygons and {len(texts)} texts")

    def line(pair: tuple[dict[str, Any], str]) -> Line:
        shape, text = pair
        points = points_of([value for part in shape["segmentation"] for value in part])
        return Line(points, text, PLACEHOLDER if text == _PLACEHOLDER else "")

    lines = source.lines(zip(shapes, texts, strict=True), line, "box")
    size = next((size_of(each.get("width"), each.get("height")) for each in shapes), None)
    return Page(row.get("img_id", ""), lines, place, size)
