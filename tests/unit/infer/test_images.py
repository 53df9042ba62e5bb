"""Every kind of image file is read right, or its reason is given."""

from __future__ import annotations

import io
import os
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ppocr_ext.infer.images import load_image
from ppocr_ext.transforms.image import UnreadableImage

# A gradient that no flip, rotation or channel swap leaves as it is: [32, 96, 3] RGB.
_ACROSS, _DOWN = np.meshgrid(np.linspace(0, 255, 96), np.linspace(0, 255, 32))
RGB = np.stack([_ACROSS, _DOWN, 255 - _ACROSS], axis=2).astype(np.uint8)
BGR = RGB[:, :, ::-1]
GREY = np.asarray(Image.fromarray(RGB).convert("L"))


def _encode(image: Image.Image, format_name: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format_name, **options)
    return stream.getvalue()


def _near(found: np.ndarray, expected: np.ndarray, distance: int = 6) -> bool:
    if expected.ndim == 2:
        expected = np.repeat(expected[:, :, None], 3, axis=2)
    return found.shape == expected.shape and bool(
        np.abs(found.astype(int) - expected.astype(int)).mean() < distance
    )


@pytest.mark.parametrize(
    ("format_name", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("BMP", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {"lossless": True}),
        ("PPM", {}),
        ("JPEG2000", {}),
    ],
)
def test_formats(format_name: str, options: dict) -> None:
    assert _near(load_image(_encode(Image.fromarray(RGB), format_name, **options)), BGR)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "YCbCr", "LAB", "HSV"])
def test_colour_modes(mode: str) -> None:
    image = Image.fromarray(RGB).convert(mode)
    format_name = {"CMYK": "JPEG", "YCbCr": "JPEG", "LAB": "TIFF"}.get(mode, "PNG")
    if mode == "HSV":
        image, format_name = image.convert("RGB"), "PNG"
    expected = np.asarray(image.convert("RGB"))[:, :, ::-1]
    assert _near(load_image(_encode(image, format_name)), expected, 12)


@pytest.mark.parametrize("format_name", ["PNG", "TIFF"])
def test_16_bits_become_8(format_name: str) -> None:
    image = Image.fromarray(GREY.astype(np.uint16) * 257)
    assert _near(load_image(_encode(image, format_name)), GREY, 2)


@pytest.mark.parametrize(
    ("format_name", "mode"),
    [
        ("PNG", "RGBA"),
        ("WEBP", "RGBA"),
        ("TIFF", "RGBA"),
        ("PNG", "LA"),
        ("TIFF", "LA"),
        ("PNG", "palette"),
    ],
)
def test_transparency_is_paper(format_name: str, mode: str) -> None:
    alpha = np.zeros((32, 96), np.uint8)
    alpha[8:24, 16:80] = 255
    image = Image.merge("RGBA", [*Image.new("RGB", (96, 32)).split(), Image.fromarray(alpha)])
    data = _encode(image.quantize(4) if mode == "palette" else image.convert(mode), format_name)
    found = load_image(data)
    assert found[2, 2].tolist() == [255, 255, 255]
    assert found[16, 48].tolist() == [0, 0, 0]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_name", ["JPEG", "WEBP"])
def test_exif_orientation_is_applied(orientation: int, format_name: str) -> None:
    turned = {
        1: RGB,
        2: RGB[:, ::-1],
        3: RGB[::-1, ::-1],
        4: RGB[::-1],
        5: RGB.transpose(1, 0, 2),
        6: np.rot90(RGB, 1),
        7: np.rot90(RGB, 2).transpose(1, 0, 2),
        8: np.rot90(RGB, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = _encode(Image.fromarray(np.ascontiguousarray(turned)), format_name, exif=exif)
    assert _near(load_image(data), BGR)


@pytest.mark.parametrize("format_name", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation_counts(format_name: str) -> None:
    frames = [Image.fromarray(GREY), Image.new("L", (96, 32))]
    data = _encode(frames[0], format_name, save_all=True, append_images=frames[1:], lossless=True)
    assert _near(load_image(data), GREY, 3)


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"])
@pytest.mark.parametrize("part", [0.05, 0.5, 0.95])
def test_what_is_cut_short_is_reported(format_name: str, part: float) -> None:
    data = _encode(Image.fromarray(RGB), format_name)
    try:
        found = load_image(data[: int(len(data) * part)])
    except UnreadableImage:
        return
    assert np.array_equal(found, load_image(data))  # only bytes after the pixels were missing


def test_bytes_after_the_end_do_no_harm() -> None:
    data = _encode(Image.fromarray(RGB), "JPEG", quality=95)
    assert _near(load_image(data + b"\0" * 100 + b"motion photo"), BGR)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"hello", "not an image"),
        (b"\x89PNG\r\n\x1a\n", "cut short"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50 + b"\xff\xd9", "not an image|damaged"),
    ],
)
def test_what_is_no_image_is_reported(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableImage, match=reason):
        load_image(data)


def test_decompression_bombs_are_refused_by_their_header() -> None:
    small = bytearray(_encode(Image.new("1", (8, 8)), "PNG"))
    small[16:24] = (60_000).to_bytes(4, "big") * 2
    small[29:33] = zlib.crc32(small[12:29]).to_bytes(4, "big")
    with pytest.raises(UnreadableImage, match="too large"):
        load_image(bytes(small))


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ((1, 1, 3), "1 x 1 pixels: too small"),
        ((2, 500), "500 x 2 pixels: too small"),
        ((48, 190_000), "190000 x 48 pixels: too wide for its height, at most 500 to 1"),
        ((0, 10, 3), "not \\[H, W, 3\\]"),
        ((10, 10, 2), "not \\[H, W, 3\\]"),
        ((10,), "not \\[H, W, 3\\]"),
    ],
)
def test_arrays_that_hold_no_line(shape: tuple, reason: str) -> None:
    with pytest.raises(UnreadableImage, match=reason):
        load_image(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    "array",
    [
        BGR,
        BGR.astype(np.uint16) * 257,
        BGR.astype(np.float32) / 255,
        BGR.astype(np.uint16),
        BGR.astype(np.float64),
        BGR.astype(np.int64),
        np.dstack([BGR, np.full(BGR.shape[:2], 255, np.uint8)]),
    ],
    ids=["uint8", "uint16", "uint16 of 8 bits", "0..1", "0..255", "int64", "alpha"],
)
def test_arrays_of_every_type(array: np.ndarray) -> None:
    found = load_image(array)
    assert found.dtype == np.uint8
    assert np.array_equal(found, BGR)


def test_grey_and_boolean_arrays() -> None:
    assert _near(load_image(GREY), GREY, 1)
    assert _near(load_image(GREY[:, :, None]), GREY, 1)
    assert load_image(GREY > 100).max() == 255
    with pytest.raises(UnreadableImage, match="complex128"):
        load_image(np.zeros((9, 9), complex))


def test_paths_of_all_kinds(vietnamese_path: Path) -> None:
    path = vietnamese_path / "dòng 📷.png"
    path.write_bytes(_encode(Image.fromarray(RGB), "PNG"))
    assert _near(load_image(path), BGR, 1)
    assert _near(load_image(str(path)), BGR, 1)
    for wrong, reason in (
        (vietnamese_path, "not a file"),
        (vietnamese_path / "none.png", "no such file"),
        ("a\0b.png", "null"),
    ):
        with pytest.raises(UnreadableImage, match=reason):
            load_image(wrong)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(UnreadableImage, match="not a file"):
        load_image(tmp_path / "pipe.png")


@pytest.mark.parametrize("format_name", ["PNG", "TIFF"])
def test_16_bits_that_hold_values_of_8_are_taken_as_8(format_name: str) -> None:
    image = Image.fromarray(GREY.astype(np.uint16))
    assert image.mode == "I;16"
    for source in (image, _encode(image, format_name)):
        assert np.array_equal(load_image(source)[:, :, 0], GREY)
