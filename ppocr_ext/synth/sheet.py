"""Contact sheets: samples of a preset with their labels, and letters that were composed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ppocr_ext.files import replacing
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.fonts import freetype, label_face
from ppocr_ext.synth.presets import Preset
from ppocr_ext.synth.sources import SYMBOLS
from ppocr_ext.synth.style import Style
from ppocr_ext.synth.styles import STYLES

if TYPE_CHECKING:
    from PIL import Image

_CELL = (620, 84)  # pixels: width, height of one sample
_COLUMNS, _ROWS = 2, 24
_LETTERS_ROW = 66  # pixels
_LINE = 48  # height that samples are scaled to, as the recogniser sees them


def write_sheet(
    path: Path, preset: Preset, seed: int, texts: Path | None = None, fonts: Path | None = None
) -> Path:
    """Draw the first lines of a preset with their labels into a PNG, then one for each degradation.

    The latter are named, and degraded in that one way as far as it goes.
    """
    from PIL import Image, ImageDraw

    factory = LineFactory(preset, next(iter(preset.lines)), seed, texts, fonts)  # type: ignore[arg-type]
    cells = [("", *factory.line(index)) for index in range(_COLUMNS * _ROWS)]
    for number, (name, style) in enumerate(_degradations(preset).items()):
        cells.append((f"{name}: ", *factory.sample(number, style)))
    rows = -(-len(cells) // _COLUMNS)
    sheet = Image.new("RGB", (_CELL[0] * _COLUMNS, _CELL[1] * rows), "white")
    pen = ImageDraw.Draw(sheet)
    plain, symbols = factory.fonts.label_font(16), freetype(label_face().path, (), 16)
    for index, (name, pixels, text) in enumerate(cells):
        row, column = divmod(index, _COLUMNS)
        x, y = column * _CELL[0], row * _CELL[1]
        sheet.paste(_scaled(pixels), (x + 6, y + 6))
        pen.rectangle((x, y + 6 + _LINE, x + _CELL[0], y + _CELL[1]), fill="white")
        pen.text(
            (x + 6, y + 58),
            name + text,
            fill=(190, 0, 0) if name else (0, 70, 160),
            font=symbols if set(text).intersection(SYMBOLS) else plain,
        )
    with replacing(path, "wb") as stream:
        sheet.save(stream, "PNG")
    return path


def _degradations(preset: Preset) -> dict[str, Style]:
    """What the looks of a preset do to lines → the first look that does it, doing nothing else."""
    found: dict[str, Style] = {}
    bare: dict[str, Any] = {"furniture": {}, "ruled": {}, "effects": {}, "camera": {}}
    for style in map(STYLES.__getitem__, preset.styles):
        for kind in bare:
            for name in getattr(style, kind):
                found.setdefault(name, replace(style, **{**bare, kind: {name: 1.0}}))
    return found


_COMPOSED = "ảẳẩằấắẵậ ểếễệ ỉĩị ởợớừữự ỏộồ ỷỹỵ đĐ ẨẮẪỆ ỈỊ ƠỬ Ỹ Đường Nguyễn"


def write_letters(path: Path, fonts: Sequence[Path]) -> None:
    """Draw some of the letters that are composed where a font lacks them, a font a row."""
    from PIL import Image, ImageDraw

    sheet = Image.new("RGB", (2 * _CELL[0], _LETTERS_ROW * len(fonts)), "white")
    pen = ImageDraw.Draw(sheet)
    label_font = freetype(label_face().path, (), 12)
    for row, font in enumerate(fonts):
        y = _LETTERS_ROW * row
        pen.text((6, y), font.name, (190, 0, 0), label_font)
        pen.text((6, y + 50), _COMPOSED, "black", freetype(str(font), (), 34), anchor="ls")
    with replacing(path, "wb") as stream:
        sheet.quantize(16).save(stream, "PNG", optimize=True)


def _scaled(pixels: np.ndarray) -> Image.Image:
    """[H, W, 3] BGR → an RGB picture as high as a sample on the sheet, cut to its cell."""
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(pixels[..., ::-1]))
    width = max(1, round(picture.width * _LINE / picture.height))
    return picture.resize((width, _LINE), Image.Resampling.BILINEAR).crop(
        (0, 0, min(width, _CELL[0] - 12), _LINE)
    )
