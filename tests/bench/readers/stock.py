"""The loop of stock ``tools/infer_rec.py``: PP-OCRv4 mobile, dygraph, one image at a time."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
import paddle
from timing import arguments, best_of

from bench.stock_mobile import build
from ppocr_ext.upstream import ppocr_home, ppocr_module

CLASSES = 6625  # of its own dictionary
DICTIONARY = str(ppocr_home() / "ppocr" / "utils" / "ppocr_keys_v1.txt")
SETTINGS = {"character_dict_path": DICTIONARY, "use_space_char": True, "infer_mode": True}
OPERATORS = [
    {"DecodeImage": {"img_mode": "BGR", "channel_first": False}},
    {"RecResizeImg": {"image_shape": [3, 48, 320], "infer_mode": True}},
    {"KeepKeys": {"keep_keys": ["image"]}},
]

paths, _ = arguments()
model = build(CLASSES)
data = ppocr_module("data")
operators = data.create_operators(OPERATORS, SETTINGS)
decode = ppocr_module("postprocess").build_post_process({"name": "CTCLabelDecode"}, SETTINGS)


def read(images: list[str]) -> list[str]:
    texts = []
    for path in images:
        with open(path, "rb") as stream:
            batch = data.transform({"image": stream.read()}, operators)
        output = model(paddle.to_tensor(np.expand_dims(batch[0], axis=0)))
        texts.append(decode(output)[0][0])
    return texts


best_of({"one image at a time": read}, paths)
