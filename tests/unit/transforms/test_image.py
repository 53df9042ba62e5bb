"""Decoding: any depth, channels and path, and a reason when it fails."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ppocr_ext.transforms.image import UnreadableImage, decode_image, read_image

COLOUR = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def encoded(image: np.ndarray, kind: str = ".png") -> bytes:
    return cv2.imencode(kind, image)[1].tobytes()


@pytest.mark.parametrize("kind", [".png", ".bmp", ".webp", ".tiff"])
def test_lossless_kinds_decode_to_the_same_bgr(kind: str) -> None:
    parameters = [cv2.IMWRITE_WEBP_QUALITY, 101] if kind == ".webp" else []
    data = cv2.imencode(kind, COLOUR, parameters)[1].tobytes()
    assert np.array_equal(decode_image(data), COLOUR)


def test_grey_and_sixteen_bits_become_three_channels_of_eight() -> None:
    grey = COLOUR[..., 0]
    deep = COLOUR.astype(np.uint16) * 257
    assert np.array_equal(decode_image(encoded(grey)), np.repeat(grey[..., None], 3, axis=2))
    assert np.array_equal(decode_image(encoded(deep)), COLOUR)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_transparency_is_laid_on_white(dtype: type) -> None:
    top = np.iinfo(dtype).max
    black = np.zeros((8, 8, 4), dtype=dtype)
    black[:4, :, 3] = top  # opaque black above, transparent black below
    image = decode_image(encoded(black))
    assert image.dtype == np.uint8 and (image[:4] == 0).all() and (image[4:] == 255).all()


def test_a_palette_without_transparency_is_read_as_usual() -> None:
    from io import BytesIO

    from PIL import Image

    stream = BytesIO()
    Image.fromarray(np.full((4, 4, 3), 200, np.uint8)).convert("P").save(stream, "png")
    assert decode_image(stream.getvalue()).shape == (4, 4, 3)


@pytest.mark.parametrize("kind", ["gif", "webp", "tiff", "jpeg2000", "ppm"])
def test_what_opencv_lacks_is_read_too(kind: str) -> None:
    """Training and the check read what infer_rec.py reads, e.g. GIF and transparent WebP."""
    from io import BytesIO

    from PIL import Image

    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 20, 20))
    if kind in ("jpeg2000", "ppm"):
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    stream = BytesIO()
    image.save(stream, kind, lossless=True)
    pixels = decode_image(stream.getvalue())
    assert pixels.shape == (20, 40, 3)
    assert pixels[10, 5].tolist() == [255, 0, 0]  # blue, in BGR
    assert pixels[10, 30].tolist() == [255, 255, 255]


def test_unicode_paths(vietnamese_path: Path) -> None:
    path = vietnamese_path / "chữ ký số.png"
    path.write_bytes(encoded(COLOUR))
    assert np.array_equal(read_image(path), COLOUR)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"no image at all", "not an image"),
        (encoded(COLOUR)[:40], "cut short"),
    ],
)
def test_a_file_that_is_no_image_says_why(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(UnreadableImage, match=reason):
        read_image(path)


@pytest.mark.parametrize("kind", [".jpg", ".png"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_file_that_was_cut_short_is_unreadable(kind: str, share: float) -> None:
    large = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    data = encoded(large, kind)
    assert decode_image(data + bytes(100)).shape == large.shape  # padded behind its end
    with pytest.raises(UnreadableImage, match="cut short"):
        decode_image(data[: int(len(data) * share)])


def test_a_missing_file_or_a_folder_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="no such file"):
        read_image(tmp_path / "none.png")
    with pytest.raises(UnreadableImage, match="not a file"):
        read_image(tmp_path)
    with pytest.raises(UnreadableImage, match="null"):
        read_image(f"{tmp_path}/a\0b.png")
