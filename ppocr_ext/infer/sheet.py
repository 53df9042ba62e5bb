"""An image of lines and what was read, to look at and to show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from ppocr_ext.files import replacing
from ppocr_ext.infer.images import load_image
from ppocr_ext.infer.sources import Source
from ppocr_ext.scores.pairs import read_rows

CELL = (600, 92)  # pixels: width and height of one line with its text
LINE_HEIGHT = 48
MARGIN = 8
RIGHT, WRONG, PLAIN = (0, 110, 60), (190, 30, 30), (0, 70, 160)


LINES = 24  # of a sheet, evenly spaced over the input, not chosen


class ReadLine(NamedTuple):
    """An image, what was read in it, and what it says when that is known."""

    path: Path
    text: str
    truth: str | None = None


def read_lines(source: Source, format_name: str, predictions: Path) -> list[ReadLine]:
    """A few lines of a finished file of readings, with the truth where the source knows it."""
    rows = list(read_rows(predictions, format_name))
    wanted = set(range(0, len(rows), max(len(rows) // LINES, 1)))
    pairs = zip(source.items(), rows, strict=False)
    return [
        ReadLine(item.path, row.text, item.truth)
        for number, (item, row) in enumerate(pairs)
        if number in wanted and not row.error
    ][:LINES]


def write_sheet(lines: Sequence[ReadLine], output: Path, columns: int = 2) -> None:
    """Draw each line with its reading below; a wrong one is red, its truth beside it."""
    rows = -(-len(lines) // columns)
    sheet = Image.new("RGB", (CELL[0] * columns, CELL[1] * rows), "white")
    pen, font = ImageDraw.Draw(sheet), _font()
    for number, line in enumerate(lines):
        row, column = divmod(number, columns)
        x, y = column * CELL[0] + MARGIN, row * CELL[1] + MARGIN
        sheet.paste(_scaled(line.path), (x, y))
        pen.text((x, y + LINE_HEIGHT + 4), _caption(line), fill=_colour(line), font=font)
    with replacing(output, "wb") as stream:
        sheet.save(stream, "PNG")


def _caption(line: ReadLine) -> str:
    wrong = line.truth is not None and line.truth != line.text
    return f"{line.text}   (it says: {line.truth})" if wrong else line.text


def _colour(line: ReadLine) -> tuple[int, int, int]:
    if line.truth is None:
        return PLAIN
    return RIGHT if line.truth == line.text else WRONG


def _font() -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which Matplotlib ships and which has every Vietnamese letter."""
    from matplotlib import font_manager

    return ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 18)


def _scaled(path: Path) -> Image.Image:
    """The image as high as the recogniser sees it, cut to its cell."""
    picture = Image.fromarray(load_image(path)[:, :, ::-1])
    width = max(round(picture.width * LINE_HEIGHT / picture.height), 1)
    picture = picture.resize((width, LINE_HEIGHT), Image.Resampling.BILINEAR)
    return picture.crop((0, 0, min(width, CELL[0] - 2 * MARGIN), LINE_HEIGHT))
