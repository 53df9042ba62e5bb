"""Files of pages: pictures with one frame or many, PDFs; each page as pixels.

A PDF's page is drawn, unless it is a scan: then its own picture is taken, without watermark, at its
own resolution. PDFium is not thread-safe: one lock holds all calls into it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from ppocr_ext.packages import require_package
from ppocr_ext.transforms import DPI, HEIF_SUFFIXES, IMAGE_SUFFIXES, MAX_MEGAPIXELS
from ppocr_ext.transforms.image import (
    UnreadableImage,
    damaged,
    from_pillow,
    open_picture,
    reading,
)

PAGE_SUFFIXES = IMAGE_SUFFIXES | HEIF_SUFFIXES | {".pdf"}
_PDF_MARK, _PDF_HEAD = b"%PDF-", 1024
_POINTS = 72.0  # an inch
_SCAN_SHARE = 0.85  # of the page's sides that a scan covers at the least
_WATERMARK = 40  # characters that a scan's page may show besides
_ALIKE = 8.0  # levels of grey between a page as drawn and its scan, on average
_LOOKED = 256  # pixels of the long side on which they are compared
_LONGEST = 24.0  # inches of a page at a resolution that may be said of any picture: A2
BROKEN = "damaged, without pages, or not a PDF"
pdfium = threading.RLock()


class Letter(NamedTuple):
    """A character of a PDF's text layer; x, y: its middle in pixels of the picture."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Picture:
    """image: uint8 BGR [H, W, 3]; dpi: its pixels an inch, ``None`` when that is not known;
    letters: the text layer in the order of the file, if it was asked for."""

    image: np.ndarray
    dpi: float | None
    letters: tuple[Letter, ...] = ()


@dataclass(frozen=True)
class Opening:
    """How files are opened. dpi: at which a PDF is drawn (default: 300, of a scan its own);
    max_megapixels: what has more is refused, and a PDF's page drawn smaller."""

    password: str | None = None
    dpi: float | None = None
    max_megapixels: float = MAX_MEGAPIXELS


def is_pdf(path: Path) -> bool:
    """By its content, or else its name."""
    with open(path, "rb") as stream:
        return _PDF_MARK in stream.read(_PDF_HEAD) or path.suffix.lower() == ".pdf"


@contextmanager
def opened(path: Path, how: Opening) -> Iterator[Document]:
    """The pages of a file; its content decides what it is. Raises :class:`UnreadableImage`."""
    with reading(path) as size:
        if not size:
            raise UnreadableImage("empty file")
        document = _Pdf(path, how) if is_pdf(path) else _Frames(path, how)
    with closing(document):
        yield document


class _Frames:
    """A picture; of a TIFF and a HEIC every frame is a page, of an animation the first.

    ``picture`` raises :class:`UnreadableImage`, here and of a PDF.
    """

    def __init__(self, path: Path, how: Opening) -> None:
        self._frames, self._how = open_picture(path, how.max_megapixels), how
        try:
            has_pages = self._frames.format in ("TIFF", "HEIF")
            self.count = int(getattr(self._frames, "n_frames", 1)) if has_pages else 1
        except Exception as error:  # Pillow raises nearly anything on damaged data
            raise damaged(error) from None
        self.close = self._frames.close

    def picture(self, number: int, with_letters: bool = False) -> Picture:
        try:
            self._frames.seek(number - 1)
        except Exception as error:
            raise damaged(error) from None
        width, height = self._frames.size
        if width * height > self._how.max_megapixels * 1e6:
            most = f"over --max-megapixels {self._how.max_megapixels:g}"
            raise UnreadableImage(f"{width} x {height} pixels: {most}")
        image = from_pillow(self._frames, width * height)
        return Picture(image, self._how.dpi or _dpi_of(self._frames))


class _Pdf:
    """Every method takes the lock."""

    def __init__(self, path: Path, how: Opening) -> None:
        require_package("pypdfium2")
        import pypdfium2

        self._how = how
        with pdfium:
            try:
                self._pdf = pypdfium2.PdfDocument(path, password=how.password)
            except pypdfium2.PdfiumError as error:
                raise UnreadableImage(_why_no_pdf(str(error), how)) from None
            self.count = len(self._pdf)
        if not self.count:
            self.close()
            raise UnreadableImage(BROKEN)

    def close(self) -> None:
        with pdfium:
            self._pdf.close()

    def picture(self, number: int, with_letters: bool = False) -> Picture:
        import pypdfium2

        with pdfium:
            try:
                with closing(self._pdf[number - 1]) as page:
                    own = None if with_letters or self._how.dpi else _own_scan(page, self._how)
                    return own or _drawn(page, self._how, with_letters)
            except pypdfium2.PdfiumError as error:
                raise damaged(error) from None


Document = _Frames | _Pdf


def with_own_text(path: Path, places: Iterable[int]) -> set[int]:
    """Those of a PDF's pages, by their places from 0, that show text: not invisible text, nor the
    watermark of a scan."""
    import pypdfium2

    found = set()
    with pdfium, pypdfium2.PdfDocument(path) as document:
        for place in places:
            with closing(document[place]) as page:
                if _shown_letters(page) and _own_scan(page, Opening()) is None:
                    found.add(place)
    return found


def _why_no_pdf(error: str, how: Opening) -> str:
    if "password" in error.lower():
        return "encrypted: --password is wrong" if how.password else "encrypted: give --password"
    return BROKEN  # what PDFium says of the last error may be of an earlier file


def _dpi_of(frames: Any) -> float | None:
    """What the file says, unless it says nothing that a scanner or a camera would; 72 and 96, which
    cameras and screens say of any picture, only where a page can be of that size."""
    try:
        found = float(frames.info["dpi"][0])
    except (KeyError, TypeError, IndexError, ValueError, ZeroDivisionError):
        return None
    if not 50 <= found <= 2400 or (found <= 96 and max(frames.size) > _LONGEST * found):
        return None
    return round(found, 2)


def _drawn(page: Any, how: Opening, with_letters: bool) -> Picture:
    area = math.prod(page.get_size())
    if not area > 0:
        raise UnreadableImage("a page without a size")
    dpi = min(how.dpi or DPI, _POINTS * (how.max_megapixels * 1e6 / area) ** 0.5)
    scale = dpi / _POINTS
    image = _pixels(page.render(scale=scale, may_draw_forms=True, rev_byteorder=False))
    letters = tuple(_letters(page, scale)) if with_letters and not page.get_rotation() else ()
    return Picture(image, round(dpi, 2), letters)


def _pixels(bitmap: Any) -> np.ndarray:
    """uint8 BGR [H, W, 3], a copy."""
    array = bitmap.to_numpy()
    if array.ndim == 2 or array.shape[2] == 1:
        return cv2.cvtColor(array, cv2.COLOR_GRAY2BGR)
    return np.array(array[:, :, :3], order="C")


def _own_scan(page: Any, how: Opening) -> Picture | None:
    """The picture of which a scanned page consists, upright as the page is; else ``None``.

    That it is the page is seen by comparing: masks, flips and turns show.
    """
    import pypdfium2.raw as raw

    images = list(page.get_objects([raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))
    if len(images) != 1 or _shown_letters(page) > _WATERMARK:
        return None
    left, bottom, right, top = images[0].get_bounds()
    page_left, page_bottom, page_right, page_top = page.get_bbox()
    width, height = page_right - page_left, page_top - page_bottom
    if right - left < _SCAN_SHARE * width or top - bottom < _SCAN_SHARE * height:
        return None
    pixels_wide, pixels_high = images[0].get_px_size()
    if not 0 < pixels_wide * pixels_high <= how.max_megapixels * 1e6:
        return None
    image = np.rot90(_pixels(images[0].get_bitmap(render=False)), -page.get_rotation() // 90)
    image = np.ascontiguousarray(image)
    if not _is_alike(page, image):
        return None
    return Picture(image, round(_POINTS * pixels_wide / (right - left), 2))


def _is_alike(page: Any, image: np.ndarray) -> bool:
    drawn = _pixels(page.render(scale=_LOOKED / max(page.get_size())))
    size = (drawn.shape[1], drawn.shape[0])
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return float(cv2.absdiff(drawn, small).mean()) < _ALIKE


def _shown_letters(page: Any) -> int:
    """Characters of the page that are not invisible, as the text of a read scan is."""
    import pypdfium2.raw as raw

    shown = 0
    with closing(page.get_textpage()) as text:
        for each in page.get_objects([raw.FPDF_PAGEOBJ_TEXT], max_depth=3):
            if raw.FPDFTextObj_GetTextRenderMode(each) != raw.FPDF_TEXTRENDERMODE_INVISIBLE:
                shown += raw.FPDFTextObj_GetText(each, text, None, 0) // 2 - 1
    return shown


def _letters(page: Any, scale: float) -> Iterator[Letter]:
    import pypdfium2.raw as raw

    left, _, _, top = page.get_bbox()
    with closing(page.get_textpage()) as text:
        for index in range(text.count_chars()):
            x0, y0, x1, y1 = text.get_charbox(index)
            letter = chr(raw.FPDFText_GetUnicode(text, index))
            yield Letter(letter, ((x0 + x1) / 2 - left) * scale, (top - (y0 + y1) / 2) * scale)
