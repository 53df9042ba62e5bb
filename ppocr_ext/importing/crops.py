"""One page: its picture upright, the frame its boxes were drawn in, and a crop of each line."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ppocr_ext.data.check.pixels import lies_on_its_side
from ppocr_ext.importing.page import RELATIVE, Line, Page, Skip
from ppocr_ext.infer.crops import Look, in_rows, jpeg, look_at, rows_in
from ppocr_ext.text.unicode import normalize
from ppocr_ext.transforms.image import UnreadableImage, decode_image, read_encoded
from ppocr_ext.transforms.orientation import orientation_of, upright
from ppocr_ext.transforms.quads import Point, Quad, is_outside, quad_of, rectangle
from ppocr_ext.transforms.rows import in_rows as words_in_rows

AS_STORED = "boxes were drawn on the picture as stored, before EXIF turns it"
SCALED = "boxes were drawn on the picture in another size"
TURNED_BACK = "crop of one letter that was turned by 90°, turned back"
SPLIT = "box of several rows, cut between them"
JOINED = "line of joined words"
_BREAKS = re.compile(r"\s*[\r\n\v\f\u0085\u2028\u2029]+\s*")
_SAME_SHAPE = 0.015  # by so much may the sides' scales differ
_BESIDE = 0.02  # of the sides: so far outside a point may lie
_SUFFIXES = ((b"\xff\xd8", ".jpg"), (b"\x89PNG", ".png"))


class Frame(NamedTuple):
    """How points of the labels come to lie on the upright picture; notes: what is said of it."""

    place: Callable[[Point], Point]
    notes: tuple[str, ...]


class Cut(NamedTuple):
    """A line on its page. number: of it, with a part where rows were split; label: its text; skip:
    why it is no training line; look: of a line that is kept."""

    number: str
    line: Line
    label: str
    quad: Quad | None
    skip: str
    notes: tuple[str, ...] = ()
    look: Look | None = None


def load(page: Page, path: Path | None) -> bytes:
    """The file of a page's picture. Raises :class:`UnreadableImage`."""
    if isinstance(page.image, bytes):
        return page.image
    if path is not None:
        return read_encoded(path)
    try:
        return base64.b64decode(page.embedded, validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableImage("the picture inside the JSON is damaged") from None


def frames_of(page: Page, data: bytes, join: bool) -> tuple[np.ndarray, list[list[Cut]]]:
    """The upright picture, uint8 BGR, and its lines as every frame places them, the likeliest
    first; none when the picture has another shape than recorded. ``join``: words to lines.

    Raises :class:`UnreadableImage`.
    """
    image, found = decode_image(data), []
    for frame in _frames(page, image, data):
        cuts = [_placed(page, image, frame, n, line) for n, line in enumerate(page.lines)]
        found.append([seen(image, cut) for cut in (_joined(cuts) if join else cuts)])
    return image, found


def _frames(page: Page, image: np.ndarray, data: bytes) -> list[Frame]:
    shown = np.array(image.shape[1::-1])
    found = []
    for turn in sorted({1, orientation_of(data)}):
        size = (shown[::-1] if turn >= 5 else shown).tolist()
        x, y = scales = [a / b for a, b in zip(size, page.size or size, strict=True)]
        is_part = page.size == RELATIVE
        if not is_part and abs(x / y - 1) > _SAME_SHAPE:
            continue
        notes = (AS_STORED,) * (turn > 1) + (SCALED,) * (not is_part and abs(x - 1) > _SAME_SHAPE)
        found.append(Frame(partial(_moved, scales, turn, size, page.bottom_up), notes))
    points = [point for line in page.lines for point in line.points]

    def beside(frame: Frame) -> int:
        places = np.array([frame.place(point) for point in points]).reshape(-1, 2) / shown
        return int(((places < -_BESIDE) | (places > 1 + _BESIDE)).any(axis=1).sum())

    return sorted(found, key=beside) if len(found) > 1 else found


def _moved(
    scales: Sequence[float], turn: int, size: Sequence[float], bottom_up: bool, point: Point
) -> Point:
    x, y = point[0] * scales[0], point[1] * scales[1]
    return upright(x, size[1] - y if bottom_up else y, turn, *size)


def seen(image: np.ndarray, cut: Cut) -> Cut:
    """The line with what stands in its quad, where it may be kept."""
    if cut.quad is None or cut.skip:
        return cut
    return cut._replace(look=look_at(image, cut.quad.corners))


def _placed(page: Page, image: np.ndarray, frame: Frame, number: int, line: Line) -> Cut:
    height, width = image.shape[:2]
    skip, notes = line.reason or page.skip, frame.notes + ((line.note,) if line.note else ())
    quad: Quad | None = None
    if page.is_crop and not line.points:
        quad = quad_of(((0, 0), (width, height)), line.text)
        letter = normalize(line.text.strip())
        if quad and lies_on_its_side(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), letter):
            quad = Quad(np.roll(quad.corners, 1, axis=0), True)
            notes += (TURNED_BACK,)
    elif len(line.points) < 2:
        skip = skip or Skip.NO_BOX
    else:
        points = [frame.place(point) for point in line.points]
        direction = None
        if line.direction is not None:
            (x, y), (dx, dy) = line.points[0], line.direction
            end = frame.place((x + dx, y + dy))
            direction = (end[0] - points[0][0], end[1] - points[0][1])
        quad = quad_of(points, line.text, direction)
        if quad is not None and is_outside(quad.corners, width, height):
            skip = skip or Skip.OUTSIDE
    if quad is None:
        skip = skip or Skip.FLAT
    return Cut(str(number), line, line.text, quad, skip, notes)


def _joined(cuts: Sequence[Cut]) -> list[Cut]:
    """Lines of the words; a word that is no label makes its line none, with its reason."""
    words = [cut for cut in cuts if cut.quad is not None]
    found = [cut for cut in cuts if cut.quad is None]
    for places, corners in words_in_rows([word.quad.corners for word in words if word.quad]):
        first, *more = line = [words[place] for place in places]
        if more:
            text = " ".join(word.label.strip() for word in line)
            skip = next((word.skip for word in line if word.skip), "")
            notes = dict.fromkeys([note for word in line for note in word.notes] + [JOINED])
            quad = Quad(corners, True)
            first = first._replace(label=text, quad=quad, skip=skip, notes=tuple(notes))
        found.append(first)
    return found


def single_rows(image: np.ndarray, cut: Cut) -> list[Cut]:
    """The line, or its rows where text and picture agree how many there are."""
    if cut.quad is None or cut.look is None:
        return [cut]
    rows = [row for row in _BREAKS.split(cut.label.strip("\r\n\v\f")) if row.strip()]
    found = rows_in(cut.look)
    if found != len(rows):
        return [cut._replace(skip=Skip.ROWS, label=rows[0] if len(rows) == 1 else cut.label)]
    if found == 1:
        return [cut._replace(label=rows[0])]
    quads = in_rows(cut.look.box, cut.quad.corners, found)
    notes = (*cut.notes, SPLIT)
    return [
        seen(image, Cut(f"{cut.number}.{n}", cut.line, row, Quad(quad, True), "", notes))
        for n, (row, quad) in enumerate(zip(rows, quads, strict=True))
    ]


def encoded(page: Page, image: np.ndarray, data: bytes, cut: Cut) -> tuple[bytes, str]:
    """The crop of a line as a file, and its ending. What is a crop already stays as it is."""
    assert cut.quad is not None and cut.look is not None
    if not page.is_crop:
        return jpeg(cut.look.crop), ".jpg"
    height, width = image.shape[:2]
    suffix = next((suffix for mark, suffix in _SUFFIXES if data.startswith(mark)), "")
    is_whole = np.array_equal(cut.quad.corners, rectangle(0, 0, width, height))
    return (data, suffix) if suffix and is_whole else (jpeg(cut.look.box), ".jpg")
