"""Turned and mirrored lines are found by what is read in them, not by confidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from importing_cases import PICTURE, Imported
from PIL import Image

from ppocr_ext.data.check.pixels import likeness
from ppocr_ext.importing.turned import Checker
from ppocr_ext.infer import Recognizer
from ppocr_ext.transforms.image import read_image

Run = Callable[..., Imported]
TITLE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
BOX = "260,40,877,40,877,92,260,92"
OTHERS = '80,130,829,130,829,182,80,182,Tổng cộng: 1.250.000 đ, bằng chữ "một triệu hai"\n'


class Reader:
    """The published model, which counts what it is shown."""

    def __init__(self) -> None:
        self.seen = 0
        self._recognizer = Recognizer(language_model=None, threads=1)

    def __call__(self, images: Sequence[np.ndarray]) -> list[str]:
        self.seen += len(images)
        return [reading.text for reading in self._recognizer.read(list(images))]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def source_of(folder: Path, image: np.ndarray, row: str, orientation: int = 1) -> Path:
    folder.mkdir()
    tags = Image.Exif()
    tags[274] = orientation
    holder = BytesIO()
    Image.fromarray(image[..., ::-1].copy()).save(holder, "tiff", exif=tags)
    (folder / "p.tif").write_bytes(holder.getvalue())
    (folder / "gt_p.txt").write_text(row + "\n", encoding="utf-8")
    return folder


def mapped(points: str, to: Callable[[float, float], tuple[float, float]]) -> str:
    values = [float(value) for value in points.split(",")]
    pairs = [to(x, y) for x, y in zip(values[::2], values[1::2], strict=True)]
    return ",".join(f"{v:g}" for pair in pairs for v in pair)


@pytest.mark.parametrize(
    ("turn", "to", "note"),
    [
        (lambda p: p, lambda x, y: (x, y), None),
        (lambda p: p[::-1, ::-1], lambda x, y: (1200 - x, 900 - y), "turned by 180°"),
        (lambda p: p[:, ::-1], lambda x, y: (1200 - x, y), "mirrored"),
        (lambda p: p[::-1], lambda x, y: (x, 900 - y), "mirrored upside down"),
        (lambda p: np.rot90(p, 1), lambda x, y: (y, 1200 - x), "turned by 180°"),
        (lambda p: np.rot90(p, -1), lambda x, y: (900 - y, x), None),
    ],
    ids=["upright", "180", "mirrored", "flipped", "upward", "downward"],
)
def test_what_fits_is_taken_and_reported(
    turn: Callable[[np.ndarray], np.ndarray],
    to: Callable[[float, float], tuple[float, float]],
    note: str | None,
    reader: Reader,
    tmp_path: Path,
    run: Run,
) -> None:
    """Boxes of upright corners on a page that lies another way."""
    corners = mapped(BOX, to).split(",")
    x, y = [float(v) for v in corners[::2]], [float(v) for v in corners[1::2]]
    upright = f"{min(x)},{min(y)},{max(x)},{min(y)},{max(x)},{max(y)},{min(x)},{max(y)}"
    page = np.ascontiguousarray(turn(read_image(PICTURE)))
    source = source_of(tmp_path / "in", page, f"{upright},{TITLE}")
    found = run(source, checker=Checker(reader))
    wanted = {} if note is None else {f"{note}, as the model reads it": 1}
    assert found.notes == wanted
    (text,) = reader([read_image(found.output / found.boxes[0]["crop"])])
    assert likeness(text, TITLE) > 0.8
    expected = np.array([to(*point) for point in ((260, 40), (877, 40), (877, 92), (260, 92))])
    assert np.abs(np.array(found.boxes[0]["quad"]) - expected).max() < 1


def test_boxes_drawn_before_exif_turned_the_page_by_180_degrees(
    reader: Reader, tmp_path: Path, run: Run
) -> None:
    """Both pictures have one size: only the reading tells."""
    page = read_image(PICTURE)[::-1, ::-1].copy()
    row = mapped(BOX, lambda x, y: (1200 - x, 900 - y)) + f",{TITLE}"
    source = source_of(tmp_path / "in", page, row, orientation=3)
    found = run(source, checker=Checker(reader))
    assert np.abs(np.array(found.boxes[0]["quad"]) - _corners(BOX)).max() < 1
    assert found.notes == {
        "boxes were drawn on the picture as stored, before EXIF turns it": 1,
        "boxes lie right on the picture before EXIF turns it, as the model reads them": 1,
    }


def _corners(points: str) -> np.ndarray:
    return np.array([float(v) for v in points.split(",")]).reshape(4, 2)


def test_one_line_of_a_page_is_read(reader: Reader, tmp_path: Path, run: Run) -> None:
    source = source_of(tmp_path / "in", read_image(PICTURE), f"{BOX},{TITLE}\n{OTHERS}")
    before = reader.seen
    assert run(source, checker=Checker(reader)).notes == {}
    assert reader.seen <= before + 1


def test_a_wrong_label_turns_nothing(reader: Reader, tmp_path: Path, run: Run) -> None:
    source = source_of(tmp_path / "in", read_image(PICTURE), f"{BOX},hoàn toàn khác hẳn")
    found = run(source, checker=Checker(reader))
    assert found.notes == {} and found.texts == ["hoàn toàn khác hẳn"]
