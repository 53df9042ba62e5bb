"""Pages of a folder as pictures that stay, each found once under one name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ppocr_ext import kept_pages
from ppocr_ext.kept_pages import KeptPage, are_pages, kept_picture, new_pages
from ppocr_ext.pages.sources import find_pages
from ppocr_ext.transforms.image import UnreadableImage

GREYS = (40, 120, 200)


def put(path: Path, width: int = 400, height: int = 600, grey: int = 128) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (width, height), grey).save(path)
    return path


def put_pages(path: Path) -> Path:
    """A TIFF or a PDF of three pages."""
    first, *others = [Image.new("L", (400, 600), grey) for grey in GREYS]
    first.save(path, save_all=True, append_images=others)
    return path


def found(folder: Path, *known: KeptPage) -> list[tuple[str, str, int]]:
    return [tuple(page) for page in new_pages(folder, folder / "labelling", known)]


def test_shapes_tell_pages_from_lines(vietnamese_path: Path) -> None:
    page, line = put(vietnamese_path / "a.png"), put(vietnamese_path / "b.png", 900, 48)
    banner = put(vietnamese_path / "c.png", 2000, 320)
    assert are_pages([page]) and not are_pages([line]) and not are_pages([banner])
    assert are_pages([page, page, line]) and not are_pages([page, line])
    assert are_pages([line, vietnamese_path / "không đọc.pdf"])


def test_a_large_folder_is_judged_by_some_of_its_pictures(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = put(vietnamese_path / "a.png")
    looked = []

    def size(path: Path) -> tuple[int, int]:
        looked.append(path)
        return (400, 600)

    monkeypatch.setattr(kept_pages, "image_size", size)
    assert are_pages([page] * 10_000) and len(looked) <= 40


def test_pictures_are_themselves_and_other_files_get_a_picture_a_page(
    vietnamese_path: Path,
) -> None:
    put(vietnamese_path / "con" / "một.jpg")
    put_pages(vietnamese_path / "quét.pdf")
    put_pages(vietnamese_path / "fax.tif")
    put(vietnamese_path / "labelling" / "ours.png")
    pages = found(vietnamese_path)
    assert pages == [
        *((f"fax_{n}.jpg", "fax.tif", n) for n in (1, 2, 3)),
        *((f"quét_{n}.jpg", "quét.pdf", n) for n in (1, 2, 3)),
        ("con/một.jpg", "", 1),
    ]


def test_a_kept_picture_is_not_read_as_one_more_page(vietnamese_path: Path) -> None:
    put_pages(vietnamese_path / "quét.pdf")
    kept_picture(vietnamese_path, KeptPage("quét_1.jpg", "quét.pdf", 1))
    tasks = find_pages([str(vietnamese_path)]).tasks
    assert [task.path.name for task in tasks] == ["quét.pdf"] * 3


def test_what_is_known_is_not_found_again_and_new_pages_take_no_name_that_is_there(
    vietnamese_path: Path,
) -> None:
    put_pages(vietnamese_path / "fax.tif")
    put(vietnamese_path / "FAX_2.jpg")
    first = found(vietnamese_path)
    names = [name.casefold() for name, _, _ in first]
    assert len(set(names)) == 4 and ("FAX_2.jpg", "", 1) in first
    known = [KeptPage(*page) for page in first]
    for page in known:
        kept_picture(vietnamese_path, page)
    assert found(vietnamese_path, *known) == []
    put(vietnamese_path / "sau.png")
    assert found(vietnamese_path, *known) == [("sau.png", "", 1)]


@pytest.mark.parametrize("name", ["fax.tif", "quét.pdf"])
def test_a_page_is_drawn_once_and_stays(vietnamese_path: Path, name: str) -> None:
    source = put_pages(vietnamese_path / name)
    page = KeptPage("trang_2.jpg", name, 2)
    image = kept_picture(vietnamese_path, page)
    assert image.dtype == np.uint8 and image.shape[2] == 3
    assert abs(float(image.mean()) - GREYS[1]) < 3
    source.unlink()  # the picture is what the boxes belong to
    again = kept_picture(vietnamese_path, page)
    assert again.shape == image.shape and abs(float(again.mean()) - GREYS[1]) < 3


def test_a_photograph_comes_upright(vietnamese_path: Path) -> None:
    image = Image.new("RGB", (600, 400), "white")
    exif = image.getexif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    image.save(vietnamese_path / "a.jpg", exif=exif)
    assert kept_picture(vietnamese_path, KeptPage("a.jpg", "", 1)).shape == (600, 400, 3)


def test_what_cannot_be_opened_leaves_no_picture(vietnamese_path: Path) -> None:
    (vietnamese_path / "hỏng.pdf").write_bytes(b"%PDF-1.4 broken")
    with pytest.raises(UnreadableImage):
        kept_picture(vietnamese_path, KeptPage("hỏng_1.jpg", "hỏng.pdf", 1))
    with pytest.raises(UnreadableImage):
        kept_picture(vietnamese_path, KeptPage("gone.jpg", "", 1))
    assert [path.name for path in vietnamese_path.iterdir()] == ["hỏng.pdf"]
