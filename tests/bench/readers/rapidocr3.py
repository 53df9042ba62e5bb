"""RapidOCR 3.x with our exported ONNX file, at the best of its settings.

The third argument is what computes: ``onnxruntime``, its default, or ``openvino``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from rapidocr import EngineType, RapidOCR
from timing import arguments, best_of

THREADS = {"onnxruntime": "intra_op_num_threads", "openvino": "inference_num_threads"}


def reader(
    folder: str, backend: str, batch: int, threads: int
) -> Callable[[Sequence[str]], list[str]]:
    from rapidocr.ch_ppocr_rec.typings import TextRecInput

    options = {
        "Rec.engine_type": EngineType(backend),
        "Rec.model_path": f"{folder}/inference.onnx",
        "Rec.rec_batch_num": batch,
        f"EngineConfig.{backend}.{THREADS[backend]}": threads,
        "Global.log_level": "error",
    }
    engine = RapidOCR(params=options)
    engine(np.full((48, 320, 3), 255, np.uint8), use_det=False, use_cls=False, use_rec=True)

    def read(images: Sequence[str]) -> list[str]:
        return list(engine.text_rec(TextRecInput(img=[cv2.imread(path) for path in images])).txts)

    return read


paths, model_folder = arguments()
processors = os.cpu_count() or 1
settings = {
    f"{sys.argv[3]}, batch {batch}, {threads} threads": reader(
        model_folder, sys.argv[3], batch, threads
    )
    for batch in (1, 6, 16)
    for threads in sorted({1, processors})
}
best_of(settings, paths)
