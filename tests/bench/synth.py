"""Our drawing of lines beside TRDG's: the same texts, the same font files, one core."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench.child import run_script
from bench.environments import python_with
from bench.row import Row
from ppocr_ext.files import write_text
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.presets import load_preset

# Pillow 10 took away what TRDG 1.8 measures text with; NumPy 2 and OpenCV 5 are as new to it.
TRDG = "trdg==1.8.0 pillow==9.5.0 numpy==1.26.4 opencv-python==4.10.0.84"
SCRIPT = Path(__file__).with_name("generators") / "trdg1.py"
GOAL = 2.0
_WARM_UP = 100  # lines, after which most faces have been opened
_ROUNDS = 2  # other processes disturb: the best round counts


def measure(preset: str, lines: int) -> list[Row]:
    """All rows, for ``lines`` lines of a preset: one for TRDG, drawn before and after ours."""
    cv2.setNumThreads(0)
    factory = LineFactory(load_preset(preset), "train", seed=0)
    for index in range(_WARM_UP):
        factory.line(lines + index)
    ours, texts, height = _draw(factory, lines)
    theirs = _trdg(factory, texts, height)
    ours = min(ours, _draw(factory, lines)[0])
    times = theirs["seconds_per_line"] / ours
    measured = (
        f"{times:.1f}x: {1 / ours:,.0f} lines/s, texts chosen and pictures degraded; "
        f"TRDG {1 / theirs['seconds_per_line']:,.0f} ({theirs['settings']})"
    )
    return [Row(f"lines of preset {preset} per core", measured, f">= {GOAL:g}x", times >= GOAL)]


def _draw(factory: LineFactory, lines: int) -> tuple[float, list[str], int]:
    """Processor seconds a line, the texts, and the usual height in pixels."""
    best, texts, heights = float("inf"), [], []  # type: float, list[str], list[int]
    for _ in range(_ROUNDS):
        started = time.process_time()
        drawn = [factory.line(index) for index in range(lines)]
        best = min(best, (time.process_time() - started) / lines)
        texts, heights = [text for _, text in drawn], [image.shape[0] for image, _ in drawn]
    return best, texts, int(np.median(heights))


def _trdg(factory: LineFactory, texts: list[str], height: int) -> dict[str, Any]:
    """TRDG's processor seconds a line for these texts, in pictures of this height."""
    families = (family for kind in factory.fonts.faces.values() for family in kind.values())
    fonts = sorted({face.path for family in families for face in family})
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "given.json"
        write_text(given, json.dumps({"texts": texts, "fonts": fonts, "height": height}))
        return run_script(python_with(TRDG), SCRIPT, str(given))
