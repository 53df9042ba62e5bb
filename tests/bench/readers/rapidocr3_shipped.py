"""RapidOCR 3.x with the PP-OCRv6 small that its package ships: our base, as everybody has it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec.typings import TextRecInput
from timing import arguments, best_of

paths, _ = arguments()
engine = RapidOCR(params={"Global.log_level": "error"})
engine(np.full((48, 320, 3), 255, np.uint8), use_det=False, use_cls=False, use_rec=True)


def read(images: Sequence[str]) -> list[str]:
    return list(engine.text_rec(TextRecInput(img=[cv2.imread(path) for path in images])).txts)


best_of({"default": read}, paths)
