"""A searchable PDF of what was read: the pages as they are, under them the text, by OCRmyPDF."""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, redirect_stderr
from pathlib import Path
from typing import Any

import cv2

from ppocr_ext.errors import UserError
from ppocr_ext.files import replacing
from ppocr_ext.outputs import put
from ppocr_ext.packages import require_package
from ppocr_ext.pages.page import PageText
from ppocr_ext.pages.sources import PageTask, Pictures
from ppocr_ext.transforms import DPI
from ppocr_ext.transforms.documents import is_pdf, with_own_text
from ppocr_ext.transforms.image import UnreadableImage, open_picture

_OLDEST = (3, 11)
_PLUGIN = "ppocr_ext.ocrmypdf_plugin"
_LOSSLESS, _ORIENTATION = ("PNG", "TIFF", "GIF", "BMP", "PPM"), 0x0112  # formats; of EXIF
_OPEN = 100  # PDFs that are joined at a time
_AT_ONCE = 200  # pages of which OCRmyPDF holds the words


already_read: Callable[[int], PageText] | None = None
"""While OCRmyPDF runs here nothing is read: its plugin takes the page at a place from 0 in the
file, where it stands upright."""


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


def write_pdf(
    paths: list[Path], pages: Sequence[tuple[PageTask, PageText]], pictures: Pictures
) -> list[Path]:
    """One PDF of whole documents, upright; those of its pages that were read are searchable.

    Pages that show text keep it and get none; the invisible text of another reader is replaced.
    Raises :class:`NoPdf` for files that must not be changed: signed, encrypted.
    """
    with tempfile.TemporaryDirectory(prefix="read_pages") as folder:
        done = Path(folder) / "whole.pdf"
        try:
            found = _whole(done, pages, pictures)
            places = sorted(found.keys() - with_own_text(done, list(found)))
            for start in range(0, len(places), _AT_ONCE):
                whole, done = done, Path(folder) / f"done_{start}.pdf"
                _searchable(
                    whole, done, places[start : start + _AT_ONCE], lambda n: pages[found[n]][1]
                )
                whole.unlink()
        except (NoPdf, UnreadableImage, OSError, MemoryError):
            raise
        except Exception as error:  # three libraries raise nearly anything on damaged documents
            raise NoPdf(" ".join(str(error).split())[:200] or type(error).__name__) from None
        with replacing(paths[0], "wb", put) as stream, open(done, "rb") as ready:
            shutil.copyfileobj(ready, stream)
    return paths


def _searchable(
    whole: Path, done: Path, places: Sequence[int], page: Callable[[int], PageText]
) -> None:
    import ocrmypdf

    global already_read
    logging.getLogger("ocrmypdf").setLevel(logging.CRITICAL)  # what stops it is raised
    already_read = page
    try:
        with redirect_stderr(sys.stderr):  # pikepdf 10 leaves another in its place
            ocrmypdf.ocr(
                whole,
                done,
                language=["vie"],
                plugins=[_PLUGIN],
                output_type="pdf",
                pages=",".join(str(place + 1) for place in places),
                redo_ocr=True,
                optimize=0,
                jobs=1,
                use_threads=True,
                progress_bar=False,
                rasterizer="pypdfium",
                max_image_mpixels=0,
            )
    finally:
        already_read = None


def _whole(
    whole: Path, pages: Sequence[tuple[PageTask, PageText]], pictures: Pictures
) -> dict[int, int]:
    """Write the documents and pictures to a PDF, the pages that were read upright.

    Returns for the place of each of these, from 0, its index among ``pages``.
    """
    import pikepdf

    parts: list[Path] = []
    found, turns, start, count = {}, {}, 0, 0
    for index, (task, page) in enumerate(pages):
        if task.error:
            continue
        is_document = is_pdf(task.path)
        if not is_document and not page.page.width:  # it could not be decoded
            continue
        part = task.path if is_document else whole.with_name(f"{index}.pdf")
        if part not in parts[-1:]:
            try:
                new = _pages_of(part) if is_document else _write_picture(part, task, page, pictures)
            except NoPdf as reason:
                if not is_document and not page.lines:  # a scrap, reported as without text
                    continue
                is_first = task.path == pages[0][0].path  # which the report names
                raise reason if is_first else NoPdf(f"{task.name} is {reason}") from None
            parts.append(part)
            start, count = count, count + new
        place = start + task.number - 1 if is_document else start
        if page.lines and place < count:  # of a damaged document one library finds fewer pages
            found[place], turns[place] = index, page.page.turn
    while len(parts) > 1:  # so many files are open at a time
        groups = [parts[n : n + _OPEN] for n in range(0, len(parts), _OPEN)]
        parts = [
            _merged(group, whole.with_name(f"{len(parts)}_{n}.pdf"))
            for n, group in enumerate(groups)
        ]
    with pikepdf.open(parts[0]) as document:  # alone, with its outline and metadata
        for place, turn in turns.items():
            document.pages[place].rotate(turn, relative=True)
        document.save(whole)
    return found


def _merged(parts: Sequence[Path], path: Path) -> Path:
    import pikepdf

    with pikepdf.new() as joined, ExitStack() as files:
        for part in parts:
            joined.pages.extend(files.enter_context(pikepdf.open(part)).pages)
        joined.save(path)
    return path


def _pages_of(path: Path) -> int:
    """How many pages a PDF has that may be changed."""
    import pikepdf

    try:
        with pikepdf.open(path) as own:
            if own.is_encrypted:
                raise NoPdf("encrypted: a PDF without its restrictions is not written")
            if is_signed(own):
                raise NoPdf("signed: a change would break its signature")
            return len(own.pages)
    except pikepdf.PasswordError:
        raise NoPdf("encrypted: a PDF without its password is not written") from None
    except pikepdf.PdfError as error:
        raise NoPdf(f"damaged: {error}") from None


def is_signed(document: Any) -> bool:
    """As pikepdf's document says, or as any field of its form holds a signature."""
    from pikepdf import Dictionary, Object

    form = document.Root.get("/AcroForm")
    if not isinstance(form, Dictionary):
        return False
    flags = form.get("/SigFlags", 0)
    if not isinstance(flags, Object) and int(flags) & 1:
        return True
    return any(
        isinstance(each, Dictionary) and each.get("/FT") == "/Sig" and "/V" in each
        for each in document.objects
    )


def _write_picture(part: Path, task: PageTask, page: PageText, pictures: Pictures) -> int:
    """Write a PDF of a picture; returns its number of pages."""
    part.write_bytes(_of_picture(task, page.page.dpi or DPI, pictures))
    return 1


def _of_picture(task: PageTask, dpi: float, pictures: Pictures) -> bytes:
    """A PDF of a picture: byte for byte where it can hold it, else as PNG or JPEG."""
    import img2pdf

    with open_picture(task.path) as image:
        kind, is_plain = image.format, image.mode in ("1", "L", "P", "RGB")
        is_one = getattr(image, "n_frames", 1) == 1 and "transparency" not in image.info
        is_mirrored = image.getexif().get(_ORIENTATION, 1) not in (0, 1, 3, 6, 8)
    if kind in ("JPEG", "PNG") and is_plain and is_one and not is_mirrored:
        data = task.path.read_bytes()
    else:
        suffix = ".png" if kind in _LOSSLESS else ".jpg"
        quality = [cv2.IMWRITE_JPEG_QUALITY, 95] * (suffix == ".jpg")
        data = cv2.imencode(suffix, pictures.picture(task).image, quality)[1].tobytes()
    layout, camera = img2pdf.get_fixed_dpi_layout_fun((dpi, dpi)), img2pdf.Rotation.ifvalid
    try:
        return img2pdf.convert([data], layout_fun=layout, rotation=camera)
    except (img2pdf.PdfTooLargeError, ValueError):  # the latter by pikepdf
        raise NoPdf("too large or narrow for a page of a PDF") from None
