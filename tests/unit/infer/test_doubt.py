"""What is not a line of text says so and gives no text; words and lone letters are lines."""

from __future__ import annotations

import importlib.util
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ppocr_ext.infer import Recognizer
from ppocr_ext.infer.doubt import (
    BLANK,
    NO_NUMBERS,
    NOTHING,
    PAGE,
    TURNED,
    UPSIDE_DOWN,
    lines_in,
)

TEXT = "Số 27, đường 3/2"
_PLOTS = importlib.util.find_spec("matplotlib").submodule_search_locations[0]


def font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(f"{_PLOTS}/mpl-data/fonts/ttf/DejaVuSans.ttf", size)


def drawn(text: str, size: int = 30, mode: str = "RGB", paper="white", ink="black") -> Image.Image:
    left, top, right, bottom = font(size).getbbox(text)
    margin = size // 5
    image = Image.new(mode, (right - left + 2 * margin, bottom - top + 2 * margin), paper)
    at = (margin - left, margin - top)
    ImageDraw.Draw(image).text(at, text, fill=ink, font=font(size))
    return image


def page(width: int, height: int, size: int) -> np.ndarray:
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    text = "Điều 1. Phạm vi điều chỉnh, áp dụng"[: width // size]
    for y in range(height // 10, height - height // 10, 2 * size):
        pen.text((width // 10, y), text, "black", font(size))
    return np.asarray(image)


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer(engine="onnxruntime", threads=2)


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("size", [(1240, 1754, 24), (800, 600, 20), (600, 1500, 22)])
def test_pages_of_every_orientation(
    recognizer: Recognizer, size: tuple[int, int, int], quarters: int
) -> None:
    reading = recognizer.read(np.rot90(page(*size), quarters))
    assert reading == ("", 0.0, PAGE, ())


@pytest.mark.parametrize("quarters", [1, 3])
@pytest.mark.parametrize("text", [TEXT, "Hải Phòng", "Ngày", "12/08"])
def test_lines_that_stand_upright(recognizer: Recognizer, text: str, quarters: int) -> None:
    upright, turned = drawn(text), drawn(text).rotate(90 * quarters, expand=True)
    assert [each.error for each in recognizer.read([upright, turned])] == ["", TURNED]


@pytest.mark.parametrize("colour", ["white", "black", "gray", "navy", "#fff8e0"])
@pytest.mark.parametrize("size", [(300, 48), (48, 300), (32, 32), (1000, 800), (5, 3)])
def test_pictures_of_one_colour(recognizer: Recognizer, colour: str, size: tuple) -> None:
    assert recognizer.read(Image.new("RGB", size, colour)) == ("", 0.0, BLANK, ())


def test_no_network_has_a_word_on_a_picture_of_one_colour(recognizer: Recognizer) -> None:
    sure = Recognizer(engine="onnxruntime", threads=1, language_model=None)
    sure._engine = lambda images: pytest.fail("it was asked")
    assert sure.read(Image.new("RGB", (300, 48), "white")).error == BLANK


@pytest.mark.parametrize("noise", [1, 3, 6])
def test_pictures_of_almost_one_colour(recognizer: Recognizer, noise: int) -> None:
    random = np.random.default_rng(noise)
    for shape in ((48, 300), (300, 48), (400, 400)):
        grey = np.clip(random.normal(200, noise, shape), 0, 255).astype(np.uint8)
        stream = io.BytesIO()
        Image.fromarray(grey).save(stream, "JPEG", quality=70)
        assert [each.error for each in recognizer.read([grey, stream.getvalue()])] == [BLANK] * 2


def test_soft_shades_alone_are_blank(recognizer: Recognizer) -> None:
    across = np.tile(np.linspace(120, 250, 300).astype(np.uint8), (48, 1))
    assert recognizer.read(across) == ("", 0.0, BLANK, ())


def test_without_letters_there_is_no_text(recognizer: Recognizer) -> None:
    rule = np.full((48, 300), 250, np.uint8)
    rule[30:33] = 40
    assert recognizer.read(rule) == ("", 0.0, NOTHING, ())


def stacked(*texts: str) -> np.ndarray:
    image = Image.new("RGB", (700, 10 + 44 * len(texts)), "white")
    for place, text in enumerate(texts):
        ImageDraw.Draw(image).text((10, 5 + 44 * place), text, "black", font(30))
    return np.asarray(image)


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("lines", [2, 3])
def test_lines_one_above_the_other(recognizer: Recognizer, lines: int, light: bool) -> None:
    texts = ("Số 27, đường Nguyễn Văn Cừ", "Quận 5, Thành phố", "Hồ Chí Minh")[:lines]
    image = stacked(*texts)
    reading = recognizer.read(255 - image if light else image)
    expected = f"looks like {lines} lines or more: cut it into lines first"
    assert reading == ("", 0.0, expected, ())


@pytest.mark.parametrize(
    "text",
    ["ĐỘC LẬP - TỰ DO - HẠNH PHÚC", "ỆỂẲ", "Ổ ỊẸ", "==========", ":::::::", "- - - -", "i;j:!?"],
)
def test_marks_dots_and_double_strokes_are_no_lines_of_their_own(text: str) -> None:
    assert lines_in(np.asarray(drawn(text))) == 1


def test_rules_and_a_line_cut_off_by_the_border_are_no_second_line() -> None:
    image = stacked("Số 27, đường Nguyễn Văn Cừ", "Quận 5, Thành phố").copy()
    cut = image[30:]  # the lower third of the first line
    assert lines_in(image) == 2 and lines_in(cut) == 1
    ruled = np.asarray(drawn("Số 27, đường 3/2")).copy()
    ruled[[0, 1, -2, -1]] = 90
    assert lines_in(ruled) == 1


def test_lines_on_their_head(recognizer: Recognizer) -> None:
    texts = ["Cộng hòa xã hội chủ nghĩa Việt Nam", "Độc lập - Tự do - Hạnh phúc"]
    upright = [np.asarray(drawn(text, 26)) for text in texts]
    found = recognizer.read([*upright, *(each[::-1, ::-1] for each in upright)])
    assert [each.error for each in found] == ["", "", UPSIDE_DOWN, UPSIDE_DOWN]


@pytest.mark.parametrize(("width", "height"), [(38, 5), (300, 4), (99, 3)])
def test_pictures_of_a_few_rows_are_too_small(
    recognizer: Recognizer, width: int, height: int
) -> None:
    image = drawn(TEXT).resize((width, height), Image.Resampling.LANCZOS)
    expected = f"{width} x {height} pixels: too small to hold a line"
    assert recognizer.read(image) == ("", 0.0, expected, ())


@pytest.mark.parametrize("mode", ["RGBA", "LA", "palette", "16 bits"])
def test_white_on_transparent_is_read(recognizer: Recognizer, mode: str) -> None:
    image = drawn(TEXT, mode="RGBA", paper=(255, 255, 255, 0), ink=(255, 255, 255, 255))
    if mode == "16 bits":
        found = recognizer.read(np.asarray(image).astype(np.uint16) * 257)
    else:
        stream = io.BytesIO()
        image = image.quantize(8) if mode == "palette" else image.convert(mode)
        image.save(stream, "PNG")
        found = recognizer.read(stream.getvalue())
    assert (found.text, found.error) == (TEXT, "")


@pytest.mark.parametrize("size", [12, 30, 240])
def test_words_and_lone_letters_are_lines(recognizer: Recognizer, size: int) -> None:
    texts = [*"1478AMgđạẰộệ₫", "10", "Số", "III", "ill", "Ngày", "A4", "27", "1/2", TEXT]
    found = recognizer.read([drawn(text, size) for text in texts])
    assert [each.error for each in found] == [""] * len(texts)


def test_a_model_that_computes_no_numbers_is_named(recognizer: Recognizer) -> None:
    broken = Recognizer(engine="onnxruntime", threads=1, language_model=None)
    engine = broken._engine
    broken._engine = lambda images: engine(images) * np.float32("nan")
    assert broken.read([drawn(TEXT)]) == [("", 0.0, NO_NUMBERS, ())]
