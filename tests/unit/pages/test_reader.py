"""Pages that the published model reads: lying any way, tilted, small, dark, blank, photographed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import paper
import pytest
from PIL import Image, ImageDraw
from rapidfuzz.distance import Levenshtein

from ppocr_ext.errors import UserError
from ppocr_ext.infer.reading import Reading
from ppocr_ext.pages.page import Page, PageText
from ppocr_ext.pages.reader import PageReader, ReaderOptions, _Sight, _tidied
from ppocr_ext.pages.sources import PageTask
from ppocr_ext.pages.text_layer import is_believed, layer_texts
from ppocr_ext.transforms.documents import Letter, Opening, Picture

GOLDEN = "\n".join(paper.LETTER) + "\n"


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader(ReaderOptions(threads=1, engine="onnxruntime"))


def read(reader: PageReader, image: np.ndarray) -> PageText:
    return reader.read_picture(Picture(image, None))


def tilted(image: np.ndarray, degrees: float) -> np.ndarray:
    height, width = image.shape[:2]
    move = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(image, move, (width, height), borderValue=(250, 250, 250))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_every_turn_is_read_upright(reader: PageReader, turn: int) -> None:
    image = np.ascontiguousarray(np.rot90(paper.page(), turn // 90))
    found = read(reader, image)
    assert found.text() == GOLDEN
    assert found.page.turn == turn and (found.page.width, found.page.height) == (1240, 900)
    left, top = found.lines[0].quad[0]
    assert 80 < left < 110 and 85 < top < 115  # where it was drawn


def test_a_curled_sheet_is_laid_flat(reader: PageReader) -> None:
    image = paper.page(paper.LETTER * 2, size=(1240, 900))
    ys, xs = np.mgrid[0:900, 0:1240].astype(np.float32)
    bent = 40 * np.sin(np.pi * xs / 1240) - 20
    found = read(reader, cv2.remap(image, xs, ys + bent, cv2.INTER_LINEAR, borderValue=(250,) * 3))
    assert Levenshtein.distance(found.text(), GOLDEN * 2) <= 2
    tl = found.lines[1].quad[0]  # on the picture as it is
    assert tl[1] == pytest.approx(160 + 20 - 40 * np.sin(np.pi * tl[0] / 1240), abs=12)
    strict = reader.detector.seen(image)[1], reader.detector.seen(cv2.flip(image, 1))[1]
    assert strict == (None, None)  # a flat one


def test_no_line_is_read_twice_and_pages_are_read_side_by_side(
    reader: PageReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    crops, read_crops = [], reader.recognizer.read_crops

    def counted(some: Sequence[np.ndarray]) -> list[Reading]:
        crops.extend(some)
        return read_crops(some)

    monkeypatch.setattr(reader.recognizer, "read_crops", counted)
    assert read(reader, paper.page(size=(1100, 500))).text() == GOLDEN
    assert len(crops) == len(paper.LETTER)  # which way it lies is asked of the same lines

    both = threading.Barrier(2, timeout=20)

    def read_task(task: PageTask) -> PageText:
        both.wait()  # for the other thread
        return PageText(Page("", task.number, 0, 0), ())

    monkeypatch.setattr(reader, "read_task", read_task)
    monkeypatch.setattr(reader.recognizer, "threads", 2)
    tasks = [PageTask("", Path(), Path(), number) for number in range(1, 9)]
    assert [page.page.number for page in reader.read_tasks(tasks)] == list(range(1, 9))


@pytest.mark.parametrize("degrees", [-5, 5, 12])
def test_a_tilted_page(reader: PageReader, degrees: float) -> None:
    found = read(reader, tilted(paper.page(), degrees))
    assert found.text() == GOLDEN
    tl, tr, _, bl = found.lines[2].quad  # on the picture as it is, not as it was laid flat
    assert np.degrees(np.arctan2(tl[1] - tr[1], tr[0] - tl[0])) == pytest.approx(degrees, abs=1)
    assert bl[1] > tl[1]


@pytest.mark.parametrize("dpi", [72, 100, 200, 300])
def test_resolutions(reader: PageReader, dpi: int) -> None:
    scale = dpi / 150
    image = cv2.resize(paper.page(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert read(reader, image).text() == GOLDEN


def test_light_text_on_dark(reader: PageReader) -> None:
    assert read(reader, paper.page(ink=240, paper=30)).text() == GOLDEN


def test_a_photographed_sheet_is_laid_flat(reader: PageReader) -> None:
    page = paper.page()
    corners = np.array([[160, 90], [1330, 150], [1420, 980], [60, 900]], np.float32)
    size = np.array([[0, 0], [1240, 0], [1240, 900], [0, 900]], np.float32)
    move = cv2.getPerspectiveTransform(size, corners)
    desk = np.full((1080, 1500, 3), (60, 70, 80), np.uint8)
    cv2.warpPerspective(page, move, (1500, 1080), desk, borderMode=cv2.BORDER_TRANSPARENT)
    found = read(reader, desk)
    assert found.text() == GOLDEN
    seen = cv2.perspectiveTransform(
        np.array([found.lines[0].quad], np.float32), np.linalg.inv(move)
    )
    assert np.abs(seen[0, 0] - [97, 101]).max() < 20


def test_a_photographed_notice_is_read_in_order(reader: PageReader) -> None:
    """A heading of two blocks, a table, a signature: README's first picture."""
    assert read(reader, paper.photographed(paper.notice(), seed=2)).text() == paper.NOTICE


def test_lines_that_run_upward_and_downward(reader: PageReader) -> None:
    image = paper.page()
    aside = paper.page([(20, 10, "sao lưu trữ")], (240, 60))
    image[300:540, 1100:1160] = np.rot90(aside)  # read from the bottom up
    image[300:540, 1170:1230] = np.rot90(aside, 3)
    level = [
        [96, 90, 800, 150],
        [96, 160, 850, 215],
        [1105, 310, 1155, 530],
        [1175, 310, 1225, 530],
    ]
    boxes = np.array([[[a, b], [c, b], [c, d], [a, d]] for a, b, c, d in level], np.float32)
    lines = reader._read_boxes(_Sight(image, reader.recognizer), boxes)
    assert [line.reading.text for line in lines[2:]] == ["sao lưu trữ"] * 2
    upward, downward = (line.box for line in lines[2:])
    assert upward[1, 1] < upward[0, 1] - 100 and downward[1, 1] > downward[0, 1] + 100


@pytest.mark.parametrize(
    "image",
    [
        np.full((900, 700, 3), 255, np.uint8),
        np.full((1, 1, 3), 7, np.uint8),
        np.full((40, 6000, 3), 255, np.uint8),
        np.random.default_rng(0).integers(0, 256, (600, 500, 3), np.uint8),
    ],
    ids=["blank", "a pixel", "a blank strip", "noise"],
)
def test_nothing_to_read_is_said(reader: PageReader, image: np.ndarray) -> None:
    found = read(reader, image)
    assert found.text() == "" and (found.error == "no text found" or found.lines)


def test_a_strip_and_a_single_line(reader: PageReader) -> None:
    strip = paper.page([(10, 2, "Một dòng chữ nằm trong một dải ảnh rất dài")], (6000, 40), 24)
    assert read(reader, strip).text() == "Một dòng chữ nằm trong một dải ảnh rất dài\n"


def test_what_is_doubtful_is_not_text() -> None:
    strict = PageReader(ReaderOptions(threads=1, engine="onnxruntime", min_confidence=1))
    found = read(strict, paper.page())
    assert found.text() == "" and len(found.lines) == 5
    assert not any(line.is_text for line in found.lines)


def test_files_and_pictures_from_python(reader: PageReader, vietnamese_path: Path) -> None:
    pages = [paper.page(), np.full((900, 1240, 3), 255, np.uint8)]
    path = paper.pdf(pages, vietnamese_path / "đơn xin.pdf")
    first, second = reader.read(path)
    assert first.text() == GOLDEN and first.page.dpi == 150 and first.page.source == path.as_posix()
    assert second.error == "no text found" and second.page.number == 2
    (vietnamese_path / "hỏng.pdf").write_bytes(b"%PDF-1.7")
    assert (
        reader.read(vietnamese_path / "hỏng.pdf")[0].error == "damaged, without pages, or not a PDF"
    )
    assert reader.read(Image.fromarray(pages[0]))[0].text() == GOLDEN


def test_leaders_of_dots() -> None:
    def tidied(text: str) -> str:
        return _tidied(Reading(text, 0.9)).text

    assert tidied("Họ và tên:........... Tuổi: . . . . . .") == "Họ và tên:.... Tuổi: ...."
    assert tidied("000000000000") == "...." and tidied("…………") == "...."
    assert tidied("1000000") == "1000000" and tidied("a ... b") == "a ... b"
    assert tidied("Số 0000000000") == "Số ...."


def test_a_filled_bullet_is_no_letter() -> None:
    assert _tidied(Reading("e Đầu đọc", 0.9)).text == "• Đầu đọc"
    assert (
        _tidied(Reading("e thẹn", 0.9)).text == "e thẹn"
        and not _tidied(Reading("e ", 0.9)).text[1:]
    )


def test_a_text_layer_that_agrees_is_taken_and_one_that_lies_is_not() -> None:
    boxes = [np.array([[0, y], [99, y], [99, y + 9], [0, y + 9]], np.float32) for y in (0, 20, 40)]
    texts = ["Tôi đề nghị cấp lại", "giấy chứng nhận", "đã bị mất"]

    def layer(lines: list[str]) -> list[Letter]:
        return [
            Letter(letter, 2.0 * x, 20.0 * y + 5)
            for y, line in enumerate(lines)
            for x, letter in enumerate(line)
        ]

    def believed(lines: list[str]) -> bool:
        found = layer_texts(boxes, layer(lines))
        return is_believed(found, lambda some: [Reading(texts[n], 1.0) for n in some])

    assert layer_texts(boxes, layer(texts)) == texts
    assert believed(texts)
    assert not believed(["Toi de nghi cap lai", "giay chung nhan", "da bi mat"])  # an English OCR
    assert not believed(["Toâi ñeà nghò caáp laïi", "giaáy chöùng nhaän", "ñaõ bò maát"])  # VNI
    assert not believed([*texts[:2], ""])  # a third of the page has no letters
    assert not believed(["Bộ luật lao động số", "quyền và nghĩa vụ", "điều một"])  # of another page


def test_the_text_layer_of_a_file(vietnamese_path: Path) -> None:
    path = vietnamese_path / "a.pdf"
    path.write_bytes(paper.small_pdf("BT /F1 24 Tf 72 700 Td (Hello, this is English) Tj ET"))
    options = ReaderOptions(
        threads=1, engine="onnxruntime", text_layer="auto", opening=Opening(dpi=150)
    )
    (found,) = PageReader(options).read(path)
    assert found.text() == "Hello, this is English\n" and found.lines[0].confidence < 1  # was read


def test_wrong_options() -> None:
    for wrong in ({"order": "columns"}, {"text_layer": "yes"}, {"min_confidence": 2}):
        with pytest.raises(UserError):
            ReaderOptions(**wrong)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="no text detector"):
        PageReader(ReaderOptions(detector="absent"))


def test_a_small_sheet_on_a_large_picture_is_looked_at_closer(reader: PageReader) -> None:
    small = cv2.resize(paper.page(), None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA)
    image = np.full((3000, 4000, 3), 250, np.uint8)
    image[1800 : 1800 + small.shape[0], 500 : 500 + small.shape[1]] = small
    found = read(reader, image)
    assert found.text() == GOLDEN
    assert found.lines[0].quad[0] == pytest.approx((550, 1850), abs=15)


def test_a_table_with_rules(reader: PageReader) -> None:
    lines = [
        (100, 60, "Danh sách đề tài (số hóa) năm nay"),
        *((110, 160, "Tên đề tài"), (620, 160, "Đơn vị"), (980, 160, "Năm")),
        *((110, 240, "Số hóa hồ sơ của"), (110, 290, "người dân"), (620, 265, "Sở Nội vụ")),
        *(
            (980, 265, "2024"),
            (110, 380, "Thư viện mở"),
            (620, 355, "Trường học"),
            (620, 405, "các cấp"),
        ),
        *((980, 380, "2025"), (100, 520, "Người lập bảng: Nguyễn Thị Hoa")),
    ]
    image = paper.page(lines)
    for y in (140, 220, 345, 465):
        cv2.line(image, (90, y), (1150, y), (60, 60, 60), 2)
    for x in (90, 600, 960, 1150):
        cv2.line(image, (x, 140), (x, 465), (60, 60, 60), 2)
    assert read(reader, tilted(image, 1)).text() == (
        "Danh sách đề tài (số hóa) năm nay\n"
        "Tên đề tài\tĐơn vị\tNăm\n"
        "Số hóa hồ sơ của người dân\tSở Nội vụ\t2024\n"
        "Thư viện mở\tTrường học các cấp\t2025\n"
        "Người lập bảng: Nguyễn Thị Hoa\n"
    )


def test_a_page_that_begins_with_a_capital_of_three_lines(reader: PageReader) -> None:
    image = Image.new("L", (1000, 330), 250)
    draw = ImageDraw.Draw(image)
    draw.text((60, 140), "T", font=paper.font(180, "ibm_plex_serif"), fill=25, anchor="lm")
    rows = ("RONG những năm qua, công tác của phường", "có nhiều thay đổi và được người dân ủng")
    for number, row in enumerate((*rows, "hộ trong mọi hoạt động của tổ dân phố.")):
        place = (172, 60 + 50 * number)
        draw.text(place, row, font=paper.font(36, "ibm_plex_serif"), fill=25)
    page = np.repeat(np.asarray(image)[:, :, None], 3, axis=2)
    found = read(reader, page)
    assert found.text().splitlines()[0] == "T" + rows[0]
    assert found.lines[0].quad[0][0] < 80
