"""RapidOCR 3.x with our exported ONNX file, at its best batch size and number of threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from rapidocr import RapidOCR
from timing import arguments, best_of


def reader(folder: str, batch: int, threads: int) -> Callable[[Sequence[str]], list[str]]:
    from rapidocr.ch_ppocr_rec.typings import TextRecInput

    options = {
        "Rec.model_path": f"{folder}/inference.onnx",
        "Rec.rec_batch_num": batch,
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
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
    f"batch {batch}, {threads} threads": reader(model_folder, batch, threads)
    for batch in (1, 6, 16)
    for threads in sorted({1, processors})
}
best_of(settings, paths)
