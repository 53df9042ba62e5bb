"""Files of pages: what each is, how many pages it has, its pixels, and why it cannot be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import paper
import pytest
from PIL import Image

from ppocr_ext.transforms.documents import Opening, Picture, opened
from ppocr_ext.transforms.image import UnreadableImage


def picture(
    path: Path, number: int = 1, how: Opening | None = None, letters: bool = False
) -> Picture:
    with opened(path, how or Opening()) as document:
        return document.picture(number, letters)


def count(path: Path) -> int:
    with opened(path, Opening()) as document:
        return document.count


def reason(path: Path, how: Opening | None = None) -> str:
    with pytest.raises(UnreadableImage) as raised:
        picture(path, how=how)
    return str(raised.value)


def test_a_tiff_and_a_heic_have_pages_an_animation_has_one(vietnamese_path: Path) -> None:
    frames = [Image.new("L", (40 + n, 30), 100 * n) for n in range(3)]
    many = {"save_all": True, "append_images": frames[1:]}
    frames[0].save(vietnamese_path / "trang.tif", dpi=(300, 300), **many)
    frames[0].save(vietnamese_path / "hình.gif", **many)
    assert count(vietnamese_path / "trang.tif") == 3 and count(vietnamese_path / "hình.gif") == 1
    third = picture(vietnamese_path / "trang.tif", 3)
    assert third.image.shape == (30, 42, 3) and third.image[0, 0].tolist() == [200] * 3
    assert third.dpi == 300
    import pillow_heif

    heif = pillow_heif.from_pillow(Image.new("RGB", (64, 48), (200, 30, 30)))
    heif.save(vietnamese_path / "ảnh.HEIC")
    found = picture(vietnamese_path / "ảnh.HEIC").image
    assert found.shape == (48, 64, 3) and abs(int(found[9, 9, 2]) - 200) < 12


@pytest.mark.parametrize(
    ("size", "said", "believed"),
    [
        ((595, 842), 72, 72),  # a page drawn for a screen
        ((3000, 40), 72, None),  # 42 inches: what a telephone says of any photograph
        ((40, 3000), 96, None),
        ((3000, 40), 100, 100),  # a large scan
        ((40, 30), 5, None),
    ],
)
def test_a_resolution_that_is_said_of_any_picture(
    tmp_path: Path, size: tuple[int, int], said: int, believed: float | None
) -> None:
    Image.new("L", size).save(tmp_path / "a.jpg", dpi=(said, said))
    assert picture(tmp_path / "a.jpg").dpi == believed
    assert picture(tmp_path / "a.jpg", how=Opening(dpi=150)).dpi == 150


def test_orientation_and_cmyk(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    Image.new("RGB", (60, 40)).save(tmp_path / "a.jpg", exif=exif)
    assert picture(tmp_path / "a.jpg").image.shape == (60, 40, 3)
    Image.new("CMYK", (60, 40), (0, 255, 255, 0)).save(tmp_path / "b.jpg")
    assert picture(tmp_path / "b.jpg").image[9, 9, 2] > 200  # red


def test_a_scan_is_its_own_picture_and_a_drawn_page_is_drawn(tmp_path: Path) -> None:
    page = paper.page(size=(620, 877), letters=20)
    scan = paper.pdf([page, page], tmp_path / "a.pdf", 75)
    own = picture(scan, 2)
    assert own.image.shape == page.shape and own.dpi == 75
    assert np.abs(own.image.astype(int) - page).mean() < 3  # it is a JPEG in there
    assert 1753 <= picture(scan, how=Opening(dpi=150)).image.shape[0] <= 1755
    (tmp_path / "b.pdf").write_bytes(paper.small_pdf("BT /F1 24 Tf 72 700 Td (Hello) Tj ET"))
    drawn = picture(tmp_path / "b.pdf", letters=True)
    assert drawn.dpi == 300 and drawn.image.shape[:2] == (3509, 2480)
    assert "".join(letter.text for letter in drawn.letters).strip() == "Hello"
    first = drawn.letters[0]
    ys, xs = np.nonzero(drawn.image[:, :, 0] < 128)
    assert xs.min() < first.x < xs.min() + 100 and ys.min() <= first.y <= ys.max()


def test_a_page_that_is_turned_in_the_pdf(tmp_path: Path) -> None:
    content = "0 0 0 rg 50 750 200 50 re f"
    (tmp_path / "a.pdf").write_bytes(paper.small_pdf(content, extra="/Rotate 90"))
    drawn = picture(tmp_path / "a.pdf", how=Opening(dpi=72))
    assert drawn.image.shape[:2] == (595, 842)
    rows, columns = np.nonzero(drawn.image[:, :, 0] < 128)
    assert rows.max() < 260 and columns.min() > 740  # the top left became the top right


def test_what_cannot_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def file(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    whole = paper.small_pdf("", 1)
    locked = paper.small_pdf(
        "",
        trailer="/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <"
        + "41" * 32
        + "> /U <"
        + "42" * 32
        + "> >> /ID [<00><00>]",
    )
    assert reason(file("empty.pdf", b"")) == "empty file"
    assert (
        reason(file("none.pdf", paper.small_pdf("", 0))) == "damaged, without pages, or not a PDF"
    )
    assert reason(file("cut.pdf", whole[:60])) == "damaged, without pages, or not a PDF"
    assert reason(file("text.pdf", b"no PDF")) == "damaged, without pages, or not a PDF"
    assert reason(file("locked.pdf", locked)) == "encrypted: give --password"
    wrong = Opening(password="sai")
    assert reason(tmp_path / "locked.pdf", wrong) == "encrypted: --password is wrong"
    assert reason(file("a.png", b"\x89PNG\r\n\x1a\nnothing")) == "not an image and not a PDF"
    assert reason(file("b.txt", b"hello")) == "not an image and not a PDF"
    frames = [Image.new("L", (400, 300), 200)] * 3
    frames[0].save(tmp_path / "c.tif", save_all=True, append_images=frames[1:])
    whole_tiff = (tmp_path / "c.tif").read_bytes()
    assert reason(file("c.tif", whole_tiff[: len(whole_tiff) * 2 // 3])).startswith("damaged: ")
    assert reason(tmp_path) == "not a file"
    assert reason(tmp_path / "absent.pdf") == "no such file"
    Image.new("L", (2000, 1500)).save(tmp_path / "large.png")
    few = Opening(max_megapixels=2)
    assert reason(tmp_path / "large.png", few) == "2000 x 1500 pixels: over --max-megapixels 2"
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)  # Pillow refuses twice as many
    assert reason(tmp_path / "large.png", few) == "over --max-megapixels 2"
    assert picture(tmp_path / "large.png").image.shape == (1500, 2000, 3)
    poster = picture(file("poster.pdf", whole), how=Opening(dpi=2000, max_megapixels=1))
    assert 0.9e6 < poster.image.shape[0] * poster.image.shape[1] <= 1.01e6
