"""AsterOCR 1.0.2 from PyPI: one image at a time, all threads of onnxruntime."""

from __future__ import annotations

from asterocr import AsterOCR
from timing import arguments, best_of

paths, _ = arguments()
engine = AsterOCR(enable_telemetry=False)
best_of({"default": lambda images: [str(engine.predict(path)) for path in images]}, paths)
