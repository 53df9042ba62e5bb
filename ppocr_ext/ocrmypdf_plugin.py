"""OCRmyPDF reads with this product: ``ocrmypdf --plugin ppocr_ext.ocrmypdf_plugin in out``.

Tesseract is neither needed nor used: its plugin is blocked, its options stay, since OCRmyPDF itself
looks at them. OCRmyPDF 17 needs Python 3.11 or newer.
"""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from math import degrees
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
from ocrmypdf import hookimpl
from ocrmypdf.builtin_plugins.tesseract_ocr import (  # hooks: found by their names
    add_options,
    register_options,
)
from ocrmypdf.exceptions import BadArgsError, DigitalSignatureError
from ocrmypdf.models.ocr_element import Baseline, BoundingBox, OcrClass, OcrElement
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence
from PIL import Image

from ppocr_ext import __version__
from ppocr_ext.files import write_text
from ppocr_ext.infer.images import load_image
from ppocr_ext.pages import searchable
from ppocr_ext.pages.boxes import angle_of
from ppocr_ext.pages.direction import lies_on_its_side
from ppocr_ext.pages.markup import baseline, bounds, build, hocr
from ppocr_ext.pages.page import Page, PageText, Point, Quad
from ppocr_ext.pages.reader import PageReader, ReaderOptions
from ppocr_ext.runtime import prepare_cpu, usable_processors
from ppocr_ext.transforms.documents import Picture, pdfium
from ppocr_ext.transforms.image import UnreadableImage

__all__ = ["add_options", "register_options"]

_log = logging.getLogger("ocrmypdf.ppocr_ext")
_KINDS = {"par": OcrClass.PARAGRAPH, "line": OcrClass.LINE, "word": OcrClass.WORD}
_NOTHING = PageText(Page("", 1, 0, 0))
_CERTAIN = 100.0  # OCRmyPDF turns a page from 14 on
_making, _NAME = threading.Lock(), f"ppocr-ext {__version__}"


@hookimpl
def initialize(plugin_manager: Any) -> None:
    plugin_manager.set_blocked("ocrmypdf.builtin_plugins.tesseract_ocr")


@hookimpl
def get_ocr_engine(options: Any) -> OcrEngine | None:
    if getattr(options, "ocr_engine", "auto") == "none":
        return None
    return _Engine()


@hookimpl(wrapper=True)
def rasterize_pdf_page() -> Any:
    """OCRmyPDF has a lock of its own; threads of ours may draw another file."""
    with pdfium:
        return (yield)


@hookimpl
def validate(pdfinfo: Any, options: Any) -> None:
    """OCRmyPDF itself refuses signed files only where their form's flags say that they are."""
    if searchable.already_read is None and not options.invalidate_digital_signatures:
        with pikepdf.open(pdfinfo.filename) as document:
            if searchable.is_signed(document):
                raise DigitalSignatureError


class _Engine(OcrEngine):
    """Called from several threads at once, or in processes."""

    @staticmethod
    def version() -> str:
        return __version__

    def __str__(self) -> str:
        return _NAME

    @staticmethod
    def creator_tag(options: Any) -> str:
        return _NAME

    @staticmethod
    def languages(options: Any) -> set[str]:
        """One model reads Vietnamese and what else its dictionary holds: none is refused."""
        return {"vie", *options.languages}

    @staticmethod
    def get_orientation(input_file: Path, options: Any) -> OrientationConfidence:
        image = _seen(input_file)
        return OrientationConfidence(0 if image is None else _reader().turn_of(image), _CERTAIN)

    @staticmethod
    def get_deskew(input_file: Path, options: Any) -> float:
        """Degrees counter-clockwise that make the lines level."""
        image = _seen(input_file)
        if image is None:
            return 0.0
        boxes = _reader().detector(image)
        return 0.0 if not len(boxes) or lies_on_its_side(boxes) else degrees(angle_of(boxes))

    @staticmethod
    def supports_generate_ocr() -> bool:
        return True

    @staticmethod
    def generate_ocr(
        input_file: Path, options: Any, page_number: int = 0
    ) -> tuple[OcrElement, str]:
        with Image.open(input_file) as image:
            width, height = image.size
        if searchable.already_read is not None:
            page, turn = searchable.already_read(page_number), 0
        else:
            page = _page(input_file)
            if turn := page.page.turn:
                _log.warning("page %d is not upright: give --rotate-pages", page_number + 1)
        return element_of(page, turn, width, height, page_number), page.text()

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: Any) -> None:
        page = _page(input_file)
        write_text(output_hocr, "".join(hocr([page])))
        write_text(output_text, page.text())

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: Any) -> None:
        raise BadArgsError("ppocr-ext draws no PDF itself: leave out --pdf-renderer sandwich")


@lru_cache(maxsize=1)
def _made() -> PageReader:
    prepare_cpu()
    cv2.setNumThreads(1)
    return PageReader(ReaderOptions(threads=max(1, usable_processors() // 2), straighten=False))


def _reader() -> PageReader:
    with _making:
        return _made()


def _page(path: Path) -> PageText:
    image = _seen(path)
    return _NOTHING if image is None else _reader().read_picture(Picture(image, None))


def _seen(path: Path) -> np.ndarray | None:
    """A page as pixels; of one that is too large nothing, and a warning: the others are read."""
    try:
        return load_image(path)
    except UnreadableImage as reason:
        _log.warning("a page is not read: %s", reason)
        return None


def element_of(page: PageText, turn: int, width: int, height: int, number: int) -> OcrElement:
    """The page for OCRmyPDF, in pixels of a picture of ``width`` x ``height`` that stands as the
    page did before it was turned by ``turn``."""
    across, down = (height, width) if turn in (90, 270) else (width, height)
    scale = across / max(1, page.page.width), down / max(1, page.page.height)

    def make(
        parent: Any, kind: str, _: str, quads: list[Quad], line: Any = None, word: str = ""
    ) -> Any:
        if kind == "block":  # it looks for paragraphs in the page
            return parent
        there = [[back(x * scale[0], y * scale[1]) for x, y in quad] for quad in quads]
        own = OcrElement(_KINDS[kind], BoundingBox(*bounds(there)), direction="ltr")
        if word:
            own.text, own.confidence = word, line.confidence
        elif line:
            own.textangle, slope, intercept = baseline(there[0])
            own.baseline = None if own.textangle else Baseline(slope, intercept)
        parent.children.append(own)
        return own

    def back(x: float, y: float) -> Point:
        if turn == 90:
            return y, height - x
        if turn == 180:
            return width - x, height - y
        return (width - y, x) if turn == 270 else (x, y)

    root = OcrElement(OcrClass.PAGE, BoundingBox(0, 0, width, height), page_number=number)
    build(page, root, make)
    return root
