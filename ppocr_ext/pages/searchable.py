"""A searchable PDF of what was read: the pages as they are, under them the text, by OCRmyPDF."""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
from collections.abc import Sequence
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ppocr_ext.errors import UserError
from ppocr_ext.files import replacing
from ppocr_ext.packages import require_package
from ppocr_ext.pages.choices import DPI
from ppocr_ext.pages.documents import is_pdf, with_own_text
from ppocr_ext.pages.page import PageText
from ppocr_ext.pages.sources import PageTask, Pictures
from ppocr_ext.transforms.image import UnreadableImage

_OLDEST = (3, 11)
_PLUGIN = "ppocr_ext.pages.ocrmypdf_plugin"
_KEPT, _ORIENTATION = ("JPEG", "PNG"), 0x0112  # formats that a PDF holds byte for byte; of EXIF


class NoPdf(Exception):
    """Why of one file no PDF is written."""


def require_ocrmypdf() -> None:
    """Raise :class:`UserError` where no PDF can be written."""
    if sys.version_info < _OLDEST:
        found = ".".join(map(str, sys.version_info[:2]))
        raise UserError(
            f"--pdf needs OCRmyPDF 17, which does not run on Python {found}",
            "Python 3.11 or newer",
        )
    require_package("ocrmypdf")


def pdf_path(stem: Path) -> Path:
    return stem.with_name(f"{stem.name}.pdf")


def write_pdf(
    stem: Path, pages: Sequence[tuple[PageTask, PageText]], pictures: Pictures
) -> list[Path]:
    """``stem.pdf``: whole documents, upright; those of the pages that were read are searchable.

    Pages that show text keep it and get none; the invisible text of another reader is replaced.
    Raises :class:`NoPdf` for files that must not be changed: signed, encrypted.
    """
    from ocrmypdf.exceptions import ExitCodeException

    path = pdf_path(stem)
    with tempfile.TemporaryDirectory(prefix="read_pages") as folder:
        whole, done = Path(folder) / "whole.pdf", Path(folder) / "done.pdf"
        try:
            found = _whole(whole, pages, pictures)
            for place in with_own_text(whole, list(found)):
                del found[place]
            if found:
                _searchable(whole, done, found)
            else:
                whole.replace(done)
        except ExitCodeException as error:
            raise NoPdf(" ".join(str(error).split())[:200] or type(error).__name__) from None
        with replacing(path, "wb") as stream, open(done, "rb") as ready:
            shutil.copyfileobj(ready, stream)
    return [path]


def _searchable(whole: Path, done: Path, found: dict[int, PageText]) -> None:
    import ocrmypdf

    from ppocr_ext.pages.ocrmypdf_plugin import already_read

    logging.getLogger("ocrmypdf").setLevel(logging.ERROR)
    with already_read(found):
        ocrmypdf.ocr(
            whole,
            done,
            language=["vie"],
            plugins=[_PLUGIN],
            output_type="pdf",
            pages=",".join(str(place + 1) for place in sorted(found)),
            redo_ocr=True,
            optimize=0,
            jobs=1,
            use_threads=True,
            progress_bar=False,
            rasterizer="pypdfium",
            max_image_mpixels=0,
        )


def _whole(
    path: Path, pages: Sequence[tuple[PageTask, PageText]], pictures: Pictures
) -> dict[int, PageText]:
    """Write every page of the files to ``path``, upright; those that were read, by their places."""
    import pikepdf

    found: dict[int, PageText] = {}
    readable = [each for each in pages if not each[0].error]
    files = [list(part) for _, part in groupby(readable, lambda each: each[0].path)]
    joined, parts = pikepdf.new(), []
    for part in files:
        own = _from_pictures(part, pictures) if not is_pdf(part[0][0].path) else _pdf(part)
        parts.append(own)  # joined refers to it
        before = len(joined.pages)
        if len(files) == 1:
            joined = own  # with its outline and metadata
        else:
            joined.pages.extend(own.pages)
        for index, (task, page) in enumerate(part):
            place = before + (index if len(own.pages) == len(part) else task.number - 1)
            if page.lines and place < len(joined.pages):
                joined.pages[place].rotate(page.page.turn, relative=True)
                found[place] = page
    joined.save(path)
    for each in (joined, *parts):
        each.close()
    return found


def _pdf(part: Sequence[tuple[PageTask, PageText]]) -> Any:
    """The file itself, if it may be changed."""
    import pikepdf

    path = part[0][0].path
    try:
        own = pikepdf.open(path)
    except pikepdf.PasswordError:
        raise NoPdf("encrypted: a PDF without its password is not written") from None
    except pikepdf.PdfError as error:
        raise NoPdf(f"damaged: {error}") from None
    if own.is_encrypted:
        raise NoPdf("encrypted: a PDF without its restrictions is not written")
    if int(own.Root.get("/AcroForm", {}).get("/SigFlags", 0)) & 1:
        raise NoPdf("signed: a change would break its signature")
    return own


def _from_pictures(part: Sequence[tuple[PageTask, PageText]], pictures: Pictures) -> Any:
    """A PDF of pictures: byte for byte where it can hold them; else each page as PNG."""
    import img2pdf
    import pikepdf

    path, dpi = part[0][0].path, part[0][1].page.dpi or DPI
    layout = img2pdf.get_fixed_dpi_layout_fun((dpi, dpi))
    frames = [path.read_bytes()]
    if not _is_kept(path):
        try:
            frames = [_png(pictures.picture(task).image) for task, _ in part]
        except UnreadableImage as reason:
            raise NoPdf(f"a page cannot be read: {reason}") from None
    way = img2pdf.Rotation.ifvalid  # as the camera says
    try:
        made = img2pdf.convert(frames, layout_fun=layout, rotation=way)
    except (img2pdf.PdfTooLargeError, ValueError):  # the latter by pikepdf
        raise NoPdf("no page of a PDF can be that large or narrow") from None
    return pikepdf.open(BytesIO(made))


def _png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def _is_kept(path: Path) -> bool:
    """Whether a PDF shows the file as it was read: one opaque frame, turned but not mirrored."""
    try:
        with Image.open(path) as image:
            is_plain = image.format in _KEPT and image.mode in ("1", "L", "P", "RGB")
            is_one = getattr(image, "n_frames", 1) == 1 and "transparency" not in image.info
            return is_plain and is_one and image.getexif().get(_ORIENTATION, 1) in (0, 1, 3, 6, 8)
    except (OSError, ValueError, SyntaxError):
        return False
