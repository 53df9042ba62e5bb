"""A point of a stored picture goes where Pillow's turn moves its pixel."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from ppocr_ext.transforms.orientation import orientation_of, upright


def test_a_point_of_the_stored_picture_on_the_upright_one() -> None:
    for orientation in range(1, 9):
        raw = np.zeros((5, 7, 3), np.uint8)
        raw[1, 5] = 255
        tags = Image.Exif()
        tags[274] = orientation
        holder = BytesIO()
        Image.fromarray(raw).save(holder, "png", exif=tags)
        assert orientation_of(holder.getvalue()) == orientation
        turned = np.asarray(ImageOps.exif_transpose(Image.open(BytesIO(holder.getvalue()))))
        ((y, x),) = np.argwhere(turned[..., 0])
        assert upright(5.5, 1.5, orientation, 7, 5) == (x + 0.5, y + 0.5)
