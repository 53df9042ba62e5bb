"""Ten lines that come with a published model, so that it reads before anything is made or named."""

from __future__ import annotations

from pathlib import Path

import cv2

from ppocr_ext.files import write_text
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.presets import load_preset

_PARTS = ("test_clean", "test_long", "test_capitals", "test_numbers", "test_degraded")
_SEED = 1  # lines that are in none of the tests
_QUALITY = 90  # of JPEG


def write_samples(labels: Path) -> None:
    """Draw two lines in the manner of each of five parts of the test, beside their label file."""
    rows = []
    for number, name in enumerate(_PARTS):
        factory = LineFactory(load_preset(name), "test", _SEED)
        for index in (2 * number, 2 * number + 1):
            pixels, text = factory.line(index)
            _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            path = labels.with_name(f"{index}.jpg")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.tobytes())
            rows.append(f"{path.name}\t{text}\n")
    write_text(labels, "".join(rows))
