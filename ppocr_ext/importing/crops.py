"""One page: its picture upright, the frame its boxes were drawn in, and a crop of each line."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from PIL import Image

from ppocr_ext.data.check.pixels import lies_on_its_side
from ppocr_ext.importing import geometry
from ppocr_ext.importing.geometry import Look, Quad, look_at
from ppocr_ext.importing.json_sets import RELATIVE
from ppocr_ext.importing.page import Line, Page, Point, Skip
from ppocr_ext.importing.turned import Checker
from ppocr_ext.infer.doubt import lines_in
from ppocr_ext.text.unicode import normalize
from ppocr_ext.transforms.image import UnreadableImage, decode_image, read_encoded

AS_STORED = "boxes were drawn on the picture as stored, before EXIF turns it"
SCALED = "boxes were drawn on the picture in another size"
TURNED_BACK = "crop of one letter that was turned by 90°, turned back"
SPLIT = "box of several rows, cut between them"
_BREAKS = re.compile(r"\s*[\r\n\v\f\u0085\u2028\u2029]+\s*")
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 95]
_SAME_SHAPE = 0.015  # by so much may the sides' scales differ
_ORIENTATION = 274  # EXIF's tag
_SUFFIXES = ((b"\xff\xd8", ".jpg"), (b"\x89PNG", ".png"))


class Frame(NamedTuple):
    """How points of the labels come to lie on the upright picture; notes: what is said of it."""

    place: Callable[[Point], Point]
    notes: tuple[str, ...] = ()


class Cut(NamedTuple):
    """A line on its page. number: of it, with a part where rows were split; label: its text; skip:
    why it is no training line."""

    number: str
    line: Line
    label: str
    quad: Quad | None
    skip: str
    notes: tuple[str, ...] = ()
    look: Look | None = None  # of a line that is kept


def load(page: Page, path: Path | None) -> bytes:
    """The file of a page's picture. Raises :class:`UnreadableImage`."""
    if isinstance(page.image, bytes):
        return page.image
    if path is not None:
        return read_encoded(path).tobytes()
    try:
        return base64.b64decode(page.embedded, validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableImage("the picture inside the JSON is damaged") from None


def cut_page(
    page: Page, data: bytes, checker: Checker | None, split: bool = True
) -> tuple[np.ndarray, list[Cut]]:
    """The upright picture, uint8 BGR, and every line of the page, kept or not.

    ``split``: boxes of several rows are cut, or left out.

    Raises :class:`UnreadableImage`.
    """
    image = decode_image(data)
    frames = list(_frames(page, image, data))
    if not frames:
        return image, [_without(n, each, Skip.OTHER_SIZE) for n, each in enumerate(page.lines)]
    cuts = _placed(page, image, frames[0])
    if checker is not None:
        others = [_placed(page, image, frame) for frame in frames[1:]]
        cuts = checker.corrected(image, cuts, others, page.is_crop)
    return image, [part for cut in cuts for part in _single_rows(image, cut)] if split else cuts


def unread(page: Page, reason: str) -> list[Cut]:
    """The lines of a page whose picture is not there or cannot be read."""
    return [_without(number, line, reason) for number, line in enumerate(page.lines)]


def _without(number: int, line: Line, reason: str) -> Cut:
    return Cut(str(number), line, line.text, None, line.reason or reason)


def _orientation(data: bytes) -> int:
    if data.startswith(b"\xff\xd8") and b"Exif" not in data[: 1 << 16]:
        return 1
    try:
        with Image.open(BytesIO(data)) as image:
            found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # Pillow raises nearly anything on damaged data
        return 1
    return found if found in range(1, 9) else 1


def _frames(page: Page, image: np.ndarray, data: bytes) -> Iterator[Frame]:
    """The likeliest first; none when the picture has another shape than recorded."""
    height, width = image.shape[:2]
    orientation = _orientation(data)
    stored = (height, width) if orientation >= 5 else (width, height)
    found = []
    for is_stored, (across, down) in ((False, (width, height)), (True, stored)):
        if is_stored and orientation == 1:
            continue
        x, y = page.size if page.size is not None and min(page.size) > 0 else (across, down)
        scales = across / x, down / y
        if page.size != RELATIVE and abs(scales[0] / scales[1] - 1) > _SAME_SHAPE:
            continue
        notes: tuple[str, ...] = (AS_STORED,) if is_stored else ()
        if page.size != RELATIVE and abs(scales[0] - 1) > _SAME_SHAPE:
            notes += (SCALED,)
        turn = orientation if is_stored else 1
        found.append(Frame(_mapping(scales, turn, (across, down), page.bottom_up), notes))
    points = [point for line in page.lines for point in line.points]
    beside = [sum(not _is_within(f.place(p), width, height) for p in points) for f in found]
    order = sorted(range(len(found)), key=lambda n: beside[n])
    yield from (found[n] for n in order)


def _mapping(
    scales: Point, orientation: int, size: tuple[int, int], bottom_up: bool
) -> Callable[[Point], Point]:
    def place(point: Point) -> Point:
        x, y = point[0] * scales[0], point[1] * scales[1]
        return geometry.upright(x, size[1] - y if bottom_up else y, orientation, *size)

    return place


def _is_within(point: Point, width: int, height: int) -> bool:
    x, y = point
    return -0.02 * width <= x <= 1.02 * width and -0.02 * height <= y <= 1.02 * height


def _placed(page: Page, image: np.ndarray, frame: Frame) -> list[Cut]:
    cuts = [_place(page, image, frame, n, line) for n, line in enumerate(page.lines)]
    return [seen(image, cut) for cut in cuts]


def seen(image: np.ndarray, cut: Cut) -> Cut:
    """The line with what stands in its quad, where it may be kept."""
    if cut.quad is None or cut.skip:
        return cut
    return cut._replace(look=look_at(image, cut.quad.corners))


def _place(page: Page, image: np.ndarray, frame: Frame, number: int, line: Line) -> Cut:
    height, width = image.shape[:2]
    skip, notes = line.reason or page.skip, frame.notes + ((line.note,) if line.note else ())
    quad: Quad | None
    if page.is_crop and not line.points:
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        quad = geometry.quad_of(((0, 0), (width, height)), line.text)
        if quad is not None and lies_on_its_side(grey, normalize(line.text.strip())):
            quad = Quad(np.roll(quad.corners, 1, axis=0), True)
            notes += (TURNED_BACK,)
        return Cut(str(number), line, line.text, quad, skip or ("" if quad else Skip.FLAT), notes)
    if len(line.points) < 2:
        return Cut(str(number), line, line.text, None, skip or Skip.NO_BOX)
    direction = None
    if line.direction is not None:
        (x0, y0), (x1, y1) = (frame.place(p) for p in (line.points[0], _moved(line)))
        direction = (x1 - x0, y1 - y0)
    quad = geometry.quad_of([frame.place(p) for p in line.points], line.text, direction)
    if quad is None:
        skip = skip or Skip.FLAT
    elif geometry.is_outside(quad.corners, width, height):
        skip = skip or Skip.OUTSIDE
    return Cut(str(number), line, line.text, quad, skip, notes)


def _moved(line: Line) -> Point:
    """The first point, moved along the reading direction."""
    (x, y), (dx, dy) = line.points[0], line.direction or (1.0, 0.0)
    return x + dx, y + dy


def _single_rows(image: np.ndarray, cut: Cut) -> list[Cut]:
    """The line, or its rows where text and picture agree how many there are."""
    rows = [row for row in _BREAKS.split(cut.label.strip("\r\n\v\f")) if row.strip()]
    if cut.quad is None or cut.look is None:
        return [cut]
    found = lines_in(cut.look.box)
    if len(rows) == 1:
        return [cut._replace(label=rows[0], skip=Skip.ROWS if found > 1 else "")]
    if found != len(rows):
        return [cut._replace(skip=Skip.ROWS)]
    quads = geometry.in_rows(cut.look.box, cut.quad.corners, found)
    notes = (*cut.notes, SPLIT)
    return [
        seen(image, Cut(f"{cut.number}.{n}", cut.line, row, Quad(quad, True), "", notes))
        for n, (row, quad) in enumerate(zip(rows, quads, strict=True))
    ]


def encoded(page: Page, image: np.ndarray, data: bytes, cut: Cut) -> tuple[bytes, str]:
    """The crop of a line as a file, and its ending. What is a crop already stays as it is."""
    assert cut.quad is not None and cut.look is not None
    height, width = image.shape[:2]
    whole = np.array(geometry.rectangle(0, 0, width, height), dtype=np.float32)
    if page.is_crop and np.array_equal(cut.quad.corners, whole):
        if suffix := file_suffix(data):
            return data, suffix
        crop = image
    else:
        crop = cut.look.box if page.is_crop else cut.look.crop
    return cv2.imencode(".jpg", crop, _QUALITY)[1].tobytes(), ".jpg"


def file_suffix(data: bytes) -> str:
    """Of a picture's bytes; empty for what is neither JPEG nor PNG."""
    return next((suffix for mark, suffix in _SUFFIXES if data.startswith(mark)), "")


def written(page: Page, cut: Cut) -> dict[str, Any]:
    """A line as ``pages.jsonl`` holds it, without its crop."""
    corners = (
        None if cut.quad is None else [[round(float(v), 2) for v in p] for p in cut.quad.corners]
    )
    row: dict[str, Any] = {"line": cut.number, "quad": corners, "text": cut.label}
    if cut.line.place:
        row["place"] = cut.line.place
    if mark := cut.line.skip or page.skip:
        row["mark"] = mark
    if cut.notes:
        row["notes"] = list(cut.notes)
    return row
