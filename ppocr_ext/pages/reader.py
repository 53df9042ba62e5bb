"""From the picture of a page to its lines in order: detected, turned upright, cut, read twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np
from PIL import Image

from ppocr_ext.errors import UserError
from ppocr_ext.infer.images import load_image
from ppocr_ext.infer.reading import Reading
from ppocr_ext.infer.recognizer import Recognizer, ordered
from ppocr_ext.pages import MIN_CONFIDENCE
from ppocr_ext.pages.boxes import (
    cut_at_gaps,
    is_tall,
    with_dash,
    without_covered,
)
from ppocr_ext.pages.capitals import Pair, around, beside_capitals, joined
from ppocr_ext.pages.detect import Detector
from ppocr_ext.pages.direction import lies_on_its_side, stands_on_its_head
from ppocr_ext.pages.layout import Order, reading_order
from ppocr_ext.pages.page import Page, PageLine, PageText, Quad
from ppocr_ext.pages.sources import PageTask, Pictures, find_pages
from ppocr_ext.pages.straighten import flattened, flattening, moved_back
from ppocr_ext.pages.tables import ruled_of
from ppocr_ext.pages.text_layer import is_believed, layer_texts
from ppocr_ext.transforms.curl import Curl
from ppocr_ext.transforms.documents import Letter, Opening, Picture
from ppocr_ext.transforms.image import UnreadableImage
from ppocr_ext.transforms.quads import crop, grown, rotated, size_of, turned

TextLayer = Literal["never", "auto"]
NO_TEXT = "no text found"
_SURE = 0.95  # confidence from which a line is not read a second time: 98 % of the lines
_SMALL_PART, _AROUND = 1 / 3, 0.05  # of the picture that holds text; of that part around it
_PADDING = 0.06  # of a box's height, above and below: marks stand at its edges
_LOWEST = 5  # pixels of height: nothing lower can be read
_UPRIGHT_LINE = 2.0  # median heights of level boxes: a taller one may be a line that runs upward
_LEADER = re.compile(r"[.…·](?: ?[.…·]){3,}|[0oO]{8,}")
_ONLY_LEADERS = re.compile(r"[.…·•_0oO,:;~-]{6,}")


@dataclass(frozen=True)
class _Line:
    """box: float32 [4, 2], corners as the text reads."""

    box: np.ndarray
    reading: Reading


class _Sight:
    """A picture, uint8 BGR [H, W, 3], and what was read of it: nothing is read twice."""

    def __init__(self, image: np.ndarray, recognizer: Recognizer, curl: Curl | None = None) -> None:
        self.image, self.curl, self._recognizer = image, curl, recognizer
        self._known: dict[bytes, Reading] = {}

    def read(self, boxes: Sequence[np.ndarray]) -> list[Reading]:
        places = [box.tobytes() for box in boxes]
        new = {p: b for p, b in zip(places, boxes, strict=True) if p not in self._known}
        found = self._recognizer.read_crops([crop(self.image, box) for box in new.values()])
        self._known |= zip(new, found, strict=True)
        return [self._known[place] for place in places]


@dataclass(frozen=True)
class ReaderOptions:
    """How pages are read.

    Attributes:
        model, engine, threads, language_model: as :class:`Recognizer` takes them.
        detector: what finds lines (:class:`Detector`); default: the PP-OCRv6 detector of RapidOCR.
        order: ``rows`` reads row by row, for receipts and tables; ``auto`` reads columns as such
            where the page has them.
        min_confidence: what is read with less is in the lines, but not in the text.
        straighten: a photographed sheet is laid flat.
        text_layer: ``auto`` takes the text of a PDF where it can be believed; ``never`` reads.
        opening: password, resolution and size of files.
    """

    model: str | Path | None = None
    engine: str = "auto"
    threads: int | None = None
    language_model: str | Path | None = "auto"
    detector: str | Path | None = None
    order: Order = "auto"
    min_confidence: float = MIN_CONFIDENCE
    straighten: bool = True
    text_layer: TextLayer = "never"
    opening: Opening = field(default_factory=Opening)

    def __post_init__(self) -> None:
        for name, known in (("order", Order), ("text_layer", TextLayer)):
            if getattr(self, name) not in get_args(known):
                found = f"{name} is {getattr(self, name)!r}"
                raise UserError(found, "one of " + ", ".join(get_args(known)))
        if not 0 <= self.min_confidence <= 1:
            found = f"min_confidence is {self.min_confidence}"
            raise UserError(found, "a confidence from 0 to 1")


class PageReader:
    """Reads pages: ``PageReader().read("scan.pdf")`` gives a :class:`PageText` for each.

    May be used from several threads at once.
    """

    def __init__(self, options: ReaderOptions | None = None) -> None:
        self.options = options = options or ReaderOptions()
        self.recognizer = Recognizer(
            options.model,
            engine=options.engine,
            threads=options.threads,
            language_model=options.language_model,
        )
        self.detector = Detector(options.detector, self.recognizer.threads, options.engine)
        self._pictures = Pictures(options.opening, options.text_layer == "auto")

    def read(self, pages: str | Path | np.ndarray | Image.Image) -> list[PageText]:
        """The pages of a file, or one picture: uint8 BGR [H, W, 3], or Pillow's.

        A page that cannot be read has its reason as ``error``.
        """
        if isinstance(pages, (str, Path)):
            return list(self.stream([pages]))
        return [self.read_picture(Picture(load_image(pages), None))]

    def stream(self, files: Iterable[str | Path]) -> Iterator[PageText]:
        """The pages of files, one after the other, in bounded memory."""
        for file in files:
            found = find_pages([str(file)], Path(), how=self.options.opening)
            yield from self.read_tasks(found.tasks)
            self._pictures.close()

    def read_tasks(self, tasks: Sequence[PageTask]) -> Iterator[PageText]:
        """Pages of files, in order; as many at once as there are threads."""
        return ordered(self.read_task, tasks, min(self.recognizer.threads, len(tasks)) or 1)

    def read_task(self, task: PageTask) -> PageText:
        """A page of a file."""
        error = task.error
        try:
            if not error:
                picture = self._pictures.picture(task)
                return self.read_picture(picture, task.name, task.number)
        except UnreadableImage as reason:
            error = str(reason)
        except MemoryError:
            error = "too large"
        except cv2.error as reason:
            error = f"cannot be read: {reason.err or reason}"
        return PageText(Page(task.name, task.number, 0, 0), (), error)

    def read_picture(self, picture: Picture, source: str = "", number: int = 1) -> PageText:
        """One page, lying any way. A blank one has no lines and says so in ``error``."""
        sight, boxes, turn = self._upright(picture.image)
        boxes = self._found_closer(sight.image, boxes)
        level, boxes, back = self._level(sight, boxes)
        letters = () if turn or level is not sight else picture.letters
        lines = self._read_boxes(level, boxes, letters)
        height, width = sight.image.shape[:2]
        page = Page(source, number, width, height, turn, picture.dpi)
        return PageText(page, self._ordered(level.image, lines, back), "" if lines else NO_TEXT)

    def _level(
        self, sight: _Sight, boxes: np.ndarray
    ) -> tuple[_Sight, np.ndarray, Callable[[np.ndarray], np.ndarray]]:
        """The sheet laid flat, its boxes, and what moves a box back to where it was."""
        if not self.options.straighten or not len(boxes):
            return sight, boxes, lambda box: box
        image, curl, flat = sight.image, sight.curl, flattening(sight.image, boxes)
        if flat:
            image = flattened(image, *flat)
            boxes, curl = self.detector.seen(image)
        height, width = image.shape[:2]
        if curl:
            image = curl.flattened(image)
            boxes = self.detector(image)
        elif not flat:
            return sight, boxes, lambda box: box

        def back(box: np.ndarray) -> np.ndarray:
            bent = curl.moved_back(box, width, height) if curl else box
            return moved_back(bent, flat[0]) if flat else bent

        return _Sight(image, self.recognizer), boxes, back

    def turn_of(self, image: np.ndarray) -> int:
        """Degrees clockwise, 0, 90, 180 or 270, that make uint8 BGR [H, W, 3] stand upright."""
        return self._upright(image)[2]

    def _upright(self, image: np.ndarray) -> tuple[_Sight, np.ndarray, int]:
        """The picture turned upright, its boxes, and by how many degrees it was turned.

        Boxes are found again on what was turned: those of a page on its head cut the marks.
        """
        (boxes, curl), turn = self.detector.seen(image), 0
        if lies_on_its_side(boxes):
            turn, image = 90, rotated(image, 90)
            boxes, curl = self.detector.seen(image)
        sight = _Sight(image, self.recognizer, curl)
        if stands_on_its_head(boxes, sight.read):
            turn, image = turn + 180, rotated(image, 180)
            boxes, curl = self.detector.seen(image)
            sight = _Sight(image, self.recognizer, curl)
        return sight, boxes, turn

    def _found_closer(self, image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """The boxes, found again where they stand if that is a small part of the picture: the
        detector sees it larger, as a receipt on a table."""
        if not len(boxes):
            return boxes
        low, high = boxes.min(axis=(0, 1)), boxes.max(axis=(0, 1))
        if float((high - low).prod()) > _SMALL_PART * image.shape[0] * image.shape[1]:
            return boxes
        margin = _AROUND * float((high - low).max()) + float(
            np.median([size_of(box)[1] for box in boxes])
        )
        left, top = np.maximum(low - margin, 0).astype(int).tolist()
        right, bottom = np.ceil(high + margin).astype(int).tolist()
        found = self.detector(np.ascontiguousarray(image[top:bottom, left:right]))
        return found + np.array([left, top], np.float32) if len(found) else boxes

    def _read_boxes(
        self, sight: _Sight, boxes: np.ndarray, letters: Sequence[Letter] = ()
    ) -> list[_Line]:
        """What the boxes say that say something. letters: of the text layer."""
        image = sight.image
        heights = [size_of(box)[1] for box in boxes]
        level = [size_of(box)[1] for box in boxes if not is_tall(box)]
        tall = _UPRIGHT_LINE * float(np.median(level)) if level else 0.0
        parts, upright = [], []
        for box, height in zip(boxes, heights, strict=True):
            if min(size_of(box)) < _LOWEST:
                continue
            if is_tall(box) and height > tall:
                upright.append(box)
            else:
                parts += cut_at_gaps(image, box)
        dashed = ((part, with_dash(image, part)) for part in parts)
        parts = without_covered([part if more is None else more for part, more in dashed])
        parts, capitals = beside_capitals(image, parts, upright)
        lines = self._from_layer(sight, parts, letters) if letters else None
        lines = (lines or self._read(sight, parts)) + self._read_upright(sight, upright)
        return _with_capitals([line for line in lines if line.reading.text], capitals)

    def _read(self, sight: _Sight, boxes: Sequence[np.ndarray]) -> list[_Line]:
        """Each box once, a doubtful one once more with room for its marks; the surer one counts."""
        readings = sight.read(boxes)
        doubtful = [n for n, found in enumerate(readings) if found.confidence < _SURE]
        roomier = [grown(boxes[n], _PADDING) for n in doubtful]
        for n, again in zip(doubtful, sight.read(roomier), strict=True):
            readings[n] = max(readings[n], again, key=lambda each: each.confidence)
        return [_Line(box, _tidied(found)) for box, found in zip(boxes, readings, strict=True)]

    def _from_layer(
        self, sight: _Sight, boxes: Sequence[np.ndarray], letters: Sequence[Letter]
    ) -> list[_Line] | None:
        """The boxes with the text that a PDF holds for them; ``None`` when it is not believed.

        What it has no text for (a logo, a stamp) is read.
        """
        texts = layer_texts(boxes, letters)

        def read(numbers: list[int]) -> list[Reading]:
            return [line.reading for line in self._read(sight, [boxes[n] for n in numbers])]

        if not is_believed(texts, read):
            return None
        lines = [_Line(b, _tidied(Reading(t, 1.0))) for b, t in zip(boxes, texts, strict=True) if t]
        return lines + self._read(sight, [b for b, t in zip(boxes, texts, strict=True) if not t])

    def _read_upright(self, sight: _Sight, boxes: Sequence[np.ndarray]) -> list[_Line]:
        """Boxes that stand upright: as they are, upward and downward; the surest one counts."""
        ways = [[turned(box, quarters) for box in boxes] for quarters in (0, 1, -1)]
        tried = [self._read(sight, way) for way in ways] if boxes else []
        return [
            max(lines, key=lambda line: line.reading.confidence * bool(line.reading.text))
            for lines in zip(*tried, strict=True)
        ]

    def _ordered(
        self,
        image: np.ndarray,
        lines: Sequence[_Line],
        back: Callable[[np.ndarray], np.ndarray],
    ) -> tuple[PageLine, ...]:
        """The lines of a flat sheet in order, moved back to where they are on the picture."""
        boxes = np.array([line.box for line in lines], np.float32).reshape(-1, 4, 2)
        ruled = ruled_of(image, boxes) if self.options.order == "auto" else []
        return tuple(
            PageLine(
                _quad(back(lines[placed.index].box)),
                lines[placed.index].reading.text,
                lines[placed.index].reading.confidence,
                placed.block,
                placed.paragraph,
                order,
                placed.before,
                lines[placed.index].reading.confidence >= self.options.min_confidence,
            )
            for order, placed in enumerate(reading_order(boxes, self.options.order, ruled))
        )


def _with_capitals(lines: list[_Line], capitals: Sequence[Pair]) -> list[_Line]:
    """The lines, those that a capital begins with its letter."""
    for pair in capitals:
        ends = [line for box in pair for line in lines if np.array_equal(line.box, box)]
        texts = [line.reading.text for line in ends]
        if len(ends) == len(pair) and (text := joined(*texts)):
            whole = _Line(around(*pair), Reading(text, ends[1].reading.confidence))
            lines = [whole if each is ends[1] else each for each in lines if each is not ends[0]]
    return lines


def _quad(box: np.ndarray) -> Quad:
    tl, tr, br, bl = ((round(float(x), 1), round(float(y), 1)) for x, y in box)
    return tl, tr, br, bl


def _tidied(reading: Reading) -> Reading:
    """NFC, single spaces; leaders of dots, which are read as zeros as well, are four dots, and a
    filled bullet, which is read as an e, is one."""
    text = " ".join(unicodedata.normalize("NFC", reading.text).split())
    if _ONLY_LEADERS.fullmatch(text.replace(" ", "")):
        text = "...."
    text = _LEADER.sub("....", text).strip()
    if text.startswith("e ") and text[2].isupper():
        text = "•" + text[1:]
    return Reading(text, reading.confidence)
