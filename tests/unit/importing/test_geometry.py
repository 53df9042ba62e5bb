"""Any corner first, either direction, any EXIF: one quad, one crop."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from importing_cases import Imported
from PIL import Image, ImageOps

from ppocr_ext.infer.crops import look_at
from ppocr_ext.transforms.orientation import upright
from ppocr_ext.transforms.quads import quad_of

LINE = [(20.0, 10.0), (120.0, 24.0), (117.0, 44.0), (17.0, 30.0)]  # TL TR BR BL of a sloped line
TEXT = "Số 15, đường Lê Lợi"
WIDTH, HEIGHT = 160, 60


def stored(orientation: int) -> tuple[bytes, tuple[int, int]]:
    """A picture that EXIF's ``orientation`` turns into the same upright one, and its own size."""
    drawn = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    cv2.putText(drawn, "So 15 Le Loi", (20, 34), cv2.FONT_HERSHEY_PLAIN, 0.9, (0, 0, 0))
    image = Image.fromarray(drawn)
    tags = Image.Exif()
    tags[274] = orientation
    back = {6: 8, 8: 6}.get(orientation, orientation)  # what undoes it
    undone = Image.Exif()
    undone[274] = back
    holder = BytesIO()
    image.save(holder, "png", exif=undone)
    turned = ImageOps.exif_transpose(Image.open(BytesIO(holder.getvalue())))
    out = BytesIO()
    turned.save(out, "tiff", exif=tags)
    return out.getvalue(), turned.size


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_same_crop_from_every_exif_start_and_direction(
    orientation: int, tmp_path: Path, run: Callable[..., Imported]
) -> None:
    data, _ = stored(orientation)
    shapes = []
    for points in (LINE, LINE[::-1]):
        for start in range(4):
            shapes.append([*points[start:], *points[:start]])
    source = tmp_path / "in"
    source.mkdir()
    crops = []
    for number, shape in enumerate(shapes):
        (source / f"p{number}.tif").write_bytes(data)
        row = ",".join(f"{x:g},{y:g}" for x, y in shape)
        (source / f"gt_p{number}.txt").write_text(f"{row},{TEXT}\n", encoding="utf-8")
    found = run(source)
    assert [row["quad"] for row in found.boxes] == [[list(point) for point in LINE]] * 8
    crops = {(found.output / row["crop"]).read_bytes() for row in found.boxes}
    assert len(crops) == 1
    plain = (source / "p0.tif").read_bytes()
    assert plain == data


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_drawn_before_exif_turns_the_picture(
    orientation: int, tmp_path: Path, run: Callable[..., Imported]
) -> None:
    """The recorded size says so; without one, boxes that would leave the picture do."""
    data, (width, height) = stored(orientation)
    inverse = {6: 8, 8: 6}.get(orientation, orientation)
    shape = [upright(x, y, inverse, WIDTH, HEIGHT) for x, y in LINE]
    if orientation < 5:
        return  # the size is the same: only the model can tell (test_turned.py)
    source = tmp_path / "in"
    source.mkdir()
    (source / "p.tif").write_bytes(data)
    points = "".join(f"{x:g},{y:g} " for x, y in shape)
    (source / "p.xml").write_text(
        f'<PcGts><Page imageFilename="p.tif" imageWidth="{width}" imageHeight="{height}">'
        f'<TextLine id="a"><Coords points="{points}"/><TextEquiv><Unicode>{TEXT}</Unicode>'
        "</TextEquiv></TextLine></Page></PcGts>",
        encoding="utf-8",
    )
    found = run(source)
    assert np.abs(np.array(found.boxes[0]["quad"]) - LINE).max() < 0.1
    assert found.notes == {"boxes were drawn on the picture as stored, before EXIF turns it": 1}


def test_a_point_of_the_stored_picture_on_the_upright_one() -> None:
    """Pillow turns the pixels; the point must go where its pixel goes."""
    for orientation in range(1, 9):
        raw = np.zeros((5, 7, 3), np.uint8)
        raw[1, 5] = 255
        tags = Image.Exif()
        tags[274] = orientation
        holder = BytesIO()
        Image.fromarray(raw).save(holder, "png", exif=tags)
        turned = np.asarray(ImageOps.exif_transpose(Image.open(BytesIO(holder.getvalue()))))
        ((y, x),) = np.argwhere(turned[..., 0])
        assert upright(5.5, 1.5, orientation, 7, 5) == (x + 0.5, y + 0.5)


def corners(points: list[tuple[float, float]], text: str, **options: object) -> list[list[float]]:
    quad = quad_of(points, text, **options)  # type: ignore[arg-type]
    assert quad is not None
    return [[float(v) for v in point] for point in quad.corners]


def test_tall_boxes_read_downward_unless_the_file_starts_otherwise() -> None:
    tall = [(0.0, 0.0), (20.0, 0.0), (20.0, 80.0), (0.0, 80.0)]
    downward = [[20, 0], [20, 80], [0, 80], [0, 0]]
    assert corners([(0, 0), (20, 80)], "THẺ KHO") == downward
    assert corners(tall, "THẺ KHO") == downward
    assert corners([*tall[1:], tall[0]], "THẺ KHO") == downward
    upward = [[0, 80], [0, 0], [20, 0], [20, 80]]
    assert corners([*tall[3:], *tall[:3]], "THẺ KHO") == upward
    assert corners(tall, "THẺ KHO", direction=(0.0, -1.0)) == upward


@pytest.mark.parametrize("text", ["1", "I", "Ệ"])
def test_a_lone_letter_is_higher_than_wide_and_stands_upright(text: str) -> None:
    assert corners([(0, 0), (10, 30)], text) == [[0, 0], [10, 0], [10, 30], [0, 30]]


def test_corners_of_wildreceipt_go_against_the_clock_from_the_bottom_left() -> None:
    box = [(0.0, 20.0), (90.0, 20.0), (90.0, 0.0), (0.0, 0.0)]
    assert corners(box, "TỔNG") == [[0, 0], [90, 0], [90, 20], [0, 20]]


def test_an_hourglass_and_many_points_become_the_quad_around_them() -> None:
    crossed = [(0.0, 0.0), (90.0, 0.0), (0.0, 20.0), (90.0, 20.0)]
    straight = [[0, 0], [90, 0], [90, 20], [0, 20]]
    assert np.allclose(corners(crossed, "TỔNG"), straight)
    many = [(0.0, 0.0), (40.0, 0.0), (90.0, 0.0), (90.0, 20.0), (45.0, 20.0), (0.0, 20.0)]
    assert np.allclose(corners(many, "TỔNG"), straight)


@pytest.mark.parametrize("points", [[], [(1, 1)], [(0, 0), (0, 50)], [(0, 0), (50, 0), (99, 0)]])
def test_no_quad_without_an_area(points: list[tuple[float, float]]) -> None:
    assert quad_of(points, "x") is None
    assert quad_of([(0, 0), (float("nan"), 9)], "x") is None


def letters(height: int = 100) -> np.ndarray:
    """Ink from row 40 to 60 with a mark above it, rows 33 to 37, and a dot at rows 62 to 65."""
    image = np.full((height, 200, 3), 255, np.uint8)
    for x in range(20, 180, 8):
        image[40:60, x : x + 4] = 0
    image[33:38, 60:64] = image[33:38, 70:74] = image[33:38, 80:84] = 0
    image[62:66, 60:64] = image[62:66, 72:76] = 0
    return image


def test_marks_that_the_box_cuts_off_are_in_the_crop() -> None:
    """A box at the letters' tops would lose the tones; its crop begins above them."""
    image = letters()
    quad = quad_of([(20, 36), (180, 64)], TEXT)
    assert quad is not None
    crop = look_at(image, quad.corners).crop
    dark = np.flatnonzero((crop[..., 0] < 128).any(axis=1))
    assert (dark[0], len(crop) - dark[-1]) == (1, 2)
    assert dark[-1] - dark[0] == 65 - 33


def test_a_neighbouring_line_that_touches_does_not_come_in() -> None:
    image = np.tile(letters()[30:66], (3, 1, 1))
    quad = quad_of([(20, 40), (180, 66)], TEXT)
    assert quad is not None
    assert len(look_at(image, quad.corners).crop) <= 26 * 1.5


def test_a_crop_is_the_pixels_of_its_box() -> None:
    image = np.random.default_rng(0).integers(0, 255, (90, 200, 3), np.uint8)
    quad = quad_of([(30, 40), (120, 60)], TEXT)
    assert quad is not None
    assert np.array_equal(look_at(image, quad.corners).box, image[40:60, 30:120])
    turned = np.ascontiguousarray(np.rot90(image, -1))  # clockwise: reads downward
    tall = quad_of([(30, 30), (50, 120)], TEXT)
    assert tall is not None
    found = look_at(turned, tall.corners).box
    assert np.abs(found.astype(int) - image[40:60, 30:120]).max() <= 1
