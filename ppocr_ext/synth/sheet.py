"""A contact sheet: samples of a preset with their styles and labels, to look at before a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ppocr_ext.files import replacing
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.presets import Preset

if TYPE_CHECKING:
    from PIL import Image

_CELL = (620, 84)  # pixels: width, height of one sample
_COLUMNS, _ROWS = 2, 24
_LINE = 48  # height that samples are scaled to, as the recogniser sees them


def write_sheet(
    path: Path, preset: Preset, seed: int, texts: Path | None = None, fonts: Path | None = None
) -> Path:
    """Draw the first training lines of a preset with their labels into a PNG."""
    from PIL import Image, ImageDraw

    factory = LineFactory(preset, "train", seed, texts, fonts)
    sheet = Image.new("RGB", (_CELL[0] * _COLUMNS, _CELL[1] * _ROWS), "white")
    pen = ImageDraw.Draw(sheet)
    label_font = factory.fonts.label_font(16)
    for index in range(_COLUMNS * _ROWS):
        pixels, text = factory.line(index)
        column, row = divmod(index, _ROWS)
        x, y = column * _CELL[0], row * _CELL[1]
        sheet.paste(_scaled(pixels), (x + 6, y + 6))
        pen.rectangle((x, y + 6 + _LINE, x + _CELL[0], y + _CELL[1]), fill="white")
        pen.text((x + 6, y + 58), text, fill=(0, 70, 160), font=label_font)
    with replacing(path, "wb") as stream:
        sheet.save(stream, "PNG")
    return path


def _scaled(pixels: np.ndarray) -> Image.Image:
    """[H, W, 3] BGR → an RGB picture as high as a sample on the sheet, cut to its cell."""
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(pixels[..., ::-1]))
    width = max(1, round(picture.width * _LINE / picture.height))
    return picture.resize((width, _LINE), Image.Resampling.BILINEAR).crop(
        (0, 0, min(width, _CELL[0] - 12), _LINE)
    )
