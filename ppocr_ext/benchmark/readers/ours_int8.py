"""Our recogniser in 8-bit integers."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from timing import arguments, best_of

from ppocr_ext.infer import Recognizer

paths, folder = arguments()
recognizer = Recognizer(folder, engine="onnxruntime-int8")
best_of({"8-bit integers": lambda images: [r.text for r in recognizer.stream(images)]}, paths)
