from __future__ import annotations

from pathlib import Path

from PIL import Image

from ppocr_ext.synth.presets import Preset
from ppocr_ext.synth.sheet import write_sheet


def test_the_sheet_shows_samples_with_labels(tiny: Preset, tmp_path: Path) -> None:
    path = tmp_path / "mẫu" / "sheet.png"
    write_sheet(path, tiny, 7)
    with Image.open(path) as sheet:
        assert sheet.size[0] == 1240
        assert sheet.size[1] > 2016  # 48 lines, and below them each degradation by itself
        assert len(sheet.convert("RGB").getcolors(1 << 24) or []) > 500
