"""PaddleOCR 3.x ``TextRecognition`` with our exported model, at the best of its settings."""

from __future__ import annotations

import os

os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"

from paddleocr import TextRecognition
from timing import arguments, best_of

THREADS = {"paddle_static": "cpu_threads", "onnxruntime": "intra_op_num_threads"}

paths, folder = arguments()
settings = {}
for engine, option in THREADS.items():
    for threads in sorted({1, os.cpu_count() or 1}):
        model = TextRecognition(
            model_name="PP-OCRv6_small_rec",
            model_dir=folder,
            engine=engine,
            engine_config={option: threads},
        )
        for size in (1, 8, 32):
            settings[f"{engine}, batch {size}, {threads} threads"] = (
                lambda images, model=model, size=size: [
                    result["rec_text"] for result in model.predict(list(images), batch_size=size)
                ]
            )
best_of(settings, paths)
