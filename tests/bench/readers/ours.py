"""Our recogniser with its default settings."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from timing import arguments, best_of

from ppocr_ext.infer import Recognizer

paths, folder = arguments()
recognizer = Recognizer(folder)
best_of({"default": lambda images: [r.text for r in recognizer.stream(images)]}, paths)
