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

from ppocr_ext.transforms.orientation import upright

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
