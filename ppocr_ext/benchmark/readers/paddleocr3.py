"""PaddleOCR 3.x ``TextRecognition`` with our exported model, at its best batch size."""

from __future__ import annotations

import os

os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"

from paddleocr import TextRecognition
from timing import arguments, best_of

paths, folder = arguments()
settings = {}
for engine in ("paddle_static", "onnxruntime"):
    model = TextRecognition(model_name="PP-OCRv6_small_rec", model_dir=folder, engine=engine)
    for size in (1, 8, 32):
        settings[f"{engine}, batch {size}"] = lambda images, model=model, size=size: [
            result["rec_text"] for result in model.predict(list(images), batch_size=size)
        ]
best_of(settings, paths)
