"""Searchable PDFs by OCRmyPDF, without Tesseract and Ghostscript; every output of real pages."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import paper
import pytest
from PIL import Image

from ppocr_ext.errors import UserError
from ppocr_ext.pages import searchable
from ppocr_ext.pages.formats import FORMATS
from ppocr_ext.pages.job import JobOptions, read_pages
from ppocr_ext.pages.page import Page, PageLine, PageText
from ppocr_ext.pages.reader import PageReader, ReaderOptions
from ppocr_ext.pages.searchable import NoPdf, require_ocrmypdf, write_pdf
from ppocr_ext.pages.sources import PageTask, Pictures, find_pages
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.transforms.documents import Opening

pikepdf = pytest.importorskip("pikepdf", reason="OCRmyPDF 17 needs Python 3.11")
READER = ReaderOptions(threads=1, engine="onnxruntime")
LINES = paper.LETTER[:2]
GOLDEN = "\n".join(LINES) + "\n"


def texts(path: Path) -> list[str]:
    """What PDFium finds on each page, white space folded."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def pictures_in(path: Path) -> list[bytes]:
    with pikepdf.open(path) as document:
        return [
            image.read_raw_bytes()
            for page in document.pages
            for image in page.get_images().values()
        ]


@pytest.fixture
def scans(vietnamese_path: Path) -> Path:
    """Two scans, the second on its head, and a photograph that lies on its side."""
    page = paper.page(LINES, (1000, 400))
    paper.pdf([page, np.ascontiguousarray(page[::-1, ::-1])], vietnamese_path / "thư.pdf")
    photo = Image.fromarray(np.ascontiguousarray(np.rot90(page)))
    photo.save(vietnamese_path / "ảnh.jpg", quality=90, dpi=(150, 150))
    return vietnamese_path


def test_all_outputs_of_pages_that_lie_any_way(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "ra"
    pages = find_pages([str(scans)], out)
    options = JobOptions(tuple(FORMATS)[1:], label=True, crops=True)
    errors = sys.stderr
    summary = read_pages(pages, READER, options)
    assert sys.stderr is errors
    assert summary.all_pages == 3 and not summary.unread.total and not summary.unwritten.total
    assert set(options.outputs(pages)) == set(summary.files)
    assert all(path.is_file() for path in summary.files)
    whole = " ".join(GOLDEN.split())
    assert (out / "thư.txt").read_text(encoding="utf-8") == f"{GOLDEN}\f{GOLDEN}"
    assert texts(out / "thư.pdf") == [whole, whole] and texts(out / "ảnh.pdf") == [whole]
    assert unicodedata.is_normalized("NFC", texts(out / "ảnh.pdf")[0])
    assert pictures_in(out / "thư.pdf") == pictures_in(scans / "thư.pdf")
    assert pictures_in(out / "ảnh.pdf") == [(scans / "ảnh.jpg").read_bytes()]
    with pikepdf.open(out / "thư.pdf") as written:
        assert [int(page.get("/Rotate", 0)) for page in written.pages] == [0, 180]
    for name, count in (("thư.hocr", 2), ("ảnh.hocr", 1)):
        assert (out / name).read_text(encoding="utf-8").count('class="ocr_page"') == count
    rows = (out / "label" / "rec_gt.txt").read_text(encoding="utf-8").splitlines()
    crops = [np.fromfile(out / "label" / row.split("\t")[0], np.uint8) for row in rows]
    read = PageReader(READER).recognizer.read_crops([cv2.imdecode(each, 1) for each in crops])
    assert len(rows) == 6 and [row.split("\t")[1] for row in rows] == list(LINES) * 3
    assert [each.text for each in read] == list(LINES) * 3


def line(text: str) -> PageLine:
    return PageLine(
        ((100.0, 100.0), (500.0, 100.0), (500.0, 140.0), (100.0, 140.0)), text, 1, 0, 0, 0
    )


def task_of(path: Path, number: int = 1) -> PageTask:
    return PageTask(str(path), path, path.parent / "read" / path.stem, number)


def test_text_lies_where_it_was_read(tmp_path: Path) -> None:
    import pypdfium2

    path = paper.pdf([np.full((800, 600, 3), 255, np.uint8)] * 3, tmp_path / "a.pdf", dpi=72)
    found = PageText(Page("a.pdf", 2, 1200, 1600, 0, 144.0), (line("Nghiễm nhiên khuỷu"),))
    assert write_pdf([tmp_path / "out.pdf"], [(task_of(path, 2), found)], Pictures(Opening())) == [
        tmp_path / "out.pdf"
    ]
    assert texts(tmp_path / "out.pdf") == ["", "Nghiễm nhiên khuỷu", ""]  # whole, as it was
    with pypdfium2.PdfDocument(tmp_path / "out.pdf") as document:
        text = document[1].get_textpage()
        assert text.search("khuỷu").get_next() == (13, 5)
        left, bottom, right, top = text.get_charbox(0)
        assert 48 < left < 54 and 725 < bottom < top < 755  # points from below: 50, 730 to 750
        assert right < 70


def test_a_picture_that_no_pdf_can_hold_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("L", (16000, 8)).save(path)
    found = PageText(Page("a.png", 1, 16000, 8, 0, 50.0), (line("dài"),))
    with pytest.raises(NoPdf, match=r"^too large or narrow for a page of a PDF"):
        write_pdf([tmp_path / "out.pdf"], [(task_of(path), found)], Pictures(Opening()))


def test_of_joined_files_the_one_is_named_that_stops_it_and_a_blank_scrap_does_not(
    tmp_path: Path,
) -> None:
    first, scrap = tmp_path / "a.png", tmp_path / "b.png"
    Image.new("L", (300, 200)).save(first)
    Image.new("L", (16000, 8)).save(scrap)
    read = PageText(Page("a.png", 1, 300, 200), (line("một"),))
    page, out = Page("b.png", 1, 16000, 8, 0, 50.0), [tmp_path / "out.pdf"]
    rows = [(task_of(first), read), (task_of(scrap), PageText(page, (line("dài"),)))]
    with pytest.raises(NoPdf, match=r"b\.png is too large or narrow"):
        write_pdf(out, rows, Pictures(Opening()))
    rows[1] = (task_of(scrap), PageText(page, (), "no text found"))
    write_pdf(out, rows, Pictures(Opening()))
    assert texts(out[0]) == ["một"]


def test_shown_text_stays_and_invisible_text_is_replaced(tmp_path: Path) -> None:
    shown = "BT /F1 24 Tf 72 700 Td (A cover) Tj ET"
    (tmp_path / "a.pdf").write_bytes(paper.small_pdf(shown))
    scan = paper.pdf([np.full((800, 600, 3), 255, np.uint8)] * 2, tmp_path / "b.pdf", dpi=72)
    with pikepdf.open(tmp_path / "a.pdf") as whole, pikepdf.open(scan) as scans:
        whole.pages.extend(scans.pages)
        for page, mode in zip(list(whole.pages)[1:], (3, 0), strict=True):
            page.Resources.Font = whole.pages[0].Resources.Font
            old = f"BT {mode} Tr /F1 12 Tf 72 500 Td (VAN BAN) Tj ET"  # a watermark where shown
            page.contents_add(old.encode("ascii"))
        whole.save(tmp_path / "c.pdf")
    rows = [
        (task_of(tmp_path / "c.pdf", n), PageText(Page("", n, 600, 800), (line("Văn bản"),)))
        for n in (1, 2, 3)
    ]
    write_pdf([tmp_path / "out.pdf"], rows, Pictures(Opening()))
    assert texts(tmp_path / "out.pdf") == ["A cover", "Văn bản", "Văn bản VAN BAN"]
    write_pdf([tmp_path / "cover.pdf"], rows[:1], Pictures(Opening()))
    assert texts(tmp_path / "cover.pdf") == ["A cover", "VAN BAN", "VAN BAN"]  # as they were


def test_a_tagged_document_is_written(tmp_path: Path) -> None:
    """As word processors write them."""
    path = paper.pdf([np.full((800, 600, 3), 255, np.uint8)], tmp_path / "a.pdf", dpi=72)
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        document.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
        document.save()
    found = PageText(Page("a.pdf", 1, 600, 800, 0, 72.0), (line("thẻ"),))
    write_pdf([tmp_path / "out.pdf"], [(task_of(path), found)], Pictures(Opening()))
    assert texts(tmp_path / "out.pdf") == ["thẻ"]


@pytest.mark.parametrize("kind", ["signed", "encrypted"])
def test_what_must_not_be_changed_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as document:
        document.add_blank_page()
        if kind == "signed":
            document.Root.AcroForm = pikepdf.Dictionary(SigFlags=3, Fields=pikepdf.Array())
        locked = pikepdf.Encryption(owner="chủ") if kind == "encrypted" else None
        document.save(path, encryption=locked)
    with pytest.raises(NoPdf, match=kind):
        found = PageText(Page("a.pdf", 1, 600, 800), (line("một"),))
        write_pdf([tmp_path / "out.pdf"], [(task_of(path), found)], Pictures(Opening()))
    assert not (tmp_path / "out.pdf").exists()


SIGNATURE = pikepdf.Dictionary(FT=pikepdf.Name.Sig, V=pikepdf.Dictionary(Type=pikepdf.Name.Sig))


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        (pikepdf.Dictionary(Fields=[SIGNATURE]), "signed"),  # without SigFlags
        (pikepdf.Dictionary(Fields=[pikepdf.Dictionary(FT=pikepdf.Name.Sig)]), "fillable form"),
        (pikepdf.Dictionary(SigFlags=pikepdf.Name.x), ""),
        (pikepdf.Array([1]), ""),
    ],
)
def test_forms_of_any_kind(tmp_path: Path, form: pikepdf.Object, refused: str) -> None:
    path, out = tmp_path / "a.pdf", tmp_path / "out.pdf"
    with pikepdf.new() as document:
        document.add_blank_page()
        document.Root.AcroForm = document.make_indirect(form)
        if isinstance(form, pikepdf.Dictionary) and "/Fields" in form:
            fields = document.Root.AcroForm.Fields
            fields[0] = document.make_indirect(fields[0])
        document.save(path)
    rows = [(task_of(path), PageText(Page("a.pdf", 1, 600, 800), (line("một"),)))]
    if refused:
        with pytest.raises(NoPdf, match=refused):
            write_pdf([out], rows, Pictures(Opening()))
    else:
        write_pdf([out], rows, Pictures(Opening()))
    assert out.exists() == (not refused)


def test_a_damaged_stream_prints_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, out = tmp_path / "a.pdf", tmp_path / "out.pdf"
    with pikepdf.new() as document:
        document.add_blank_page()
        data = zlib.compress(bytes(100))[:-4] + b"none"  # a wrong checksum
        facts = {"Width": 10, "Height": 10, "BitsPerComponent": 8}
        image = pikepdf.Stream(document, data, Filter=pikepdf.Name.FlateDecode, **facts)
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.ColorSpace = pikepdf.Name.DeviceGray
        document.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(A=image))
        document.pages[0].Contents = document.make_stream(b"q 99 0 0 99 0 0 cm /A Do Q")
        document.save(path, compress_streams=False)
    found = PageText(Page("a.pdf", 1, 600, 800), (line("một"),))
    write_pdf([out], [(task_of(path), found)], Pictures(Opening()))
    assert texts(out) == ["một"] and not caplog.records


def test_a_refused_file_is_reported_and_its_text_written(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pikepdf.open(scans / "thư.pdf", allow_overwriting_input=True) as document:
        document.Root.AcroForm = pikepdf.Dictionary(SigFlags=3, Fields=pikepdf.Array())
        document.save()
    pages = find_pages([str(scans / "thư.pdf")], tmp_path, [range(1, 2)])
    summary = read_pages(pages, READER, JobOptions(("pdf",)))
    assert summary.files == [tmp_path / "thư.txt"]
    assert "pdf: signed: a change would break its signature" in summary.describe(pages.passed_over)


def test_pages_of_several_files_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files are open at a time, and OCRmyPDF holds the words of two pages."""
    monkeypatch.setattr(searchable, "_OPEN", 2)
    monkeypatch.setattr(searchable, "_AT_ONCE", 2)
    image = np.full((400, 600, 3), 255, np.uint8)
    paths = [tmp_path / name for name in ("a.png", "b.tif", "c.pdf", "d.png", "e.webp")]
    Image.fromarray(image).convert("RGBA").save(paths[0])  # a PDF holds neither as it is
    Image.fromarray(image).convert("CMYK").save(paths[1])
    paper.pdf([image] * 2, paths[2])
    paths[3].write_bytes(b"damaged")  # could not be read: is left out
    Image.fromarray(image).save(paths[4])
    numbers = [(paths[0], 1), (paths[1], 1), (paths[2], 1), (paths[2], 2), (paths[4], 1)]
    rows = [
        (task_of(path, number), PageText(Page("", number, 600, 400), (line(f"trang {place}"),)))
        for place, (path, number) in enumerate(numbers)
    ]
    rows.insert(4, (task_of(paths[3]), PageText(Page("", 1, 0, 0), (), "damaged")))
    write_pdf([tmp_path / "whole.pdf"], rows, Pictures(Opening()))
    assert texts(tmp_path / "whole.pdf") == [f"trang {place}" for place in range(5)]
    assert pictures_in(tmp_path / "whole.pdf")[4].startswith(b"\xff\xd8")  # as JPEG


def test_older_pythons_get_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searchable.sys, "version_info", (3, 10, 4))
    with pytest.raises(UserError, match=r"does not run on Python 3\.10"):
        require_ocrmypdf()


def test_ocrmypdf_with_the_plugin(scans: Path) -> None:
    """Without any program: neither Tesseract nor Ghostscript can be found."""
    out = scans / "tìm được.pdf"
    command = [sys.executable, "-m", "ocrmypdf", "--plugin", "ppocr_ext.ocrmypdf_plugin"]
    done = subprocess.run(
        [*command, "--rotate-pages", str(scans / "thư.pdf"), str(out)],
        env={**os.environ, "PATH": "", "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert texts(out) == [" ".join(GOLDEN.split())] * 2
    with pikepdf.open(out) as written:
        assert [int(page.get("/Rotate", 0)) for page in written.pages] == [0, 180]


def test_the_engine_finds_tilt_turn_and_places(tmp_path: Path) -> None:
    from ppocr_ext.ocrmypdf_plugin import get_ocr_engine

    engine, path = get_ocr_engine(None), tmp_path / "a.png"
    page, size = paper.page(LINES, (1000, 400)), (1000, 400)
    move = cv2.getRotationMatrix2D((500, 200), 3, 1)
    cv2.imwrite(str(path), cv2.warpAffine(page, move, size, borderValue=(250, 250, 250)))
    assert engine.get_deskew(path, None) == pytest.approx(-3, abs=0.3)
    places = {}
    for turn in (0, 90, 180, 270):
        cv2.imwrite(str(path), np.rot90(page, turn // 90))  # clockwise by turn: upright
        assert engine.get_orientation(path, None).angle == turn
        found, text = engine.generate_ocr(path, None, 4)
        assert text == GOLDEN and found.page_number == 4
        (left, top), (wide, high) = (100, 100), (1000, 400)
        first = found.lines[0]
        places[turn] = (first.bbox.left, first.bbox.top, first.bbox.right, first.bbox.bottom)
        assert first.textangle == turn
    left, top, right, bottom = places[0]
    for turn, expected in (
        (90, (top, wide - right, bottom, wide - left)),
        (180, (wide - right, high - bottom, wide - left, high - top)),
        (270, (high - bottom, left, high - top, right)),
    ):
        assert places[turn] == pytest.approx(expected, abs=4)


@pytest.mark.parametrize("form", [{"SigFlags": 3, "Fields": []}, {"Fields": []}])
def test_a_signed_file_is_refused_by_ocrmypdf(tmp_path: Path, form: dict[str, Any]) -> None:
    ocrmypdf = pytest.importorskip("ocrmypdf")
    path = tmp_path / "a.pdf"
    with pikepdf.new() as document:
        document.add_blank_page()
        document.Root.AcroForm = pikepdf.Dictionary(**form)
        if not form.get("SigFlags"):
            signed = pikepdf.Dictionary(FT=pikepdf.Name.Sig, V=pikepdf.Dictionary())
            document.Root.AcroForm.Fields.append(document.make_indirect(signed))
        document.save(path)
    with pytest.raises(ocrmypdf.exceptions.DigitalSignatureError):
        ocrmypdf.ocr(path, tmp_path / "b.pdf", plugins=["ppocr_ext.ocrmypdf_plugin"])
