"""The loop of stock ``tools/infer_rec.py``: PP-OCRv4 mobile, dygraph, one image at a time.

The training form of the network with its default weights; how fast it is does not depend on them.
"""

from __future__ import annotations

import copy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
import paddle
from timing import arguments, best_of

from ppocr_ext.upstream import ppocr_home, ppocr_module

NECK = {
    "name": "svtr",
    "dims": 120,
    "depth": 2,
    "hidden_dims": 120,
    "kernel_size": [1, 3],
    "use_guide": True,
}
ARCHITECTURE = {
    "model_type": "rec",
    "algorithm": "SVTR_LCNet",
    "Transform": None,
    "Backbone": {"name": "PPLCNetV3", "scale": 0.95},
    "Head": {
        "name": "MultiHead",
        "head_list": [
            {"CTCHead": {"Neck": NECK, "Head": {"fc_decay": 1e-5}}},
            {"NRTRHead": {"nrtr_dim": 384, "max_text_length": 25}},
        ],
        "out_channels_list": {
            "CTCLabelDecode": 6625,
            "SARLabelDecode": 6627,
            "NRTRLabelDecode": 6628,
        },
    },
}
DICTIONARY = str(ppocr_home() / "ppocr" / "utils" / "ppocr_keys_v1.txt")
SETTINGS = {"character_dict_path": DICTIONARY, "use_space_char": True, "infer_mode": True}
OPERATORS = [
    {"DecodeImage": {"img_mode": "BGR", "channel_first": False}},
    {"RecResizeImg": {"image_shape": [3, 48, 320], "infer_mode": True}},
    {"KeepKeys": {"keep_keys": ["image"]}},
]

paths, _ = arguments()
model = ppocr_module("modeling.architectures").build_model(copy.deepcopy(ARCHITECTURE))
model.eval()
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
