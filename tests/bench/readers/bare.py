"""The least that reads a line: numpy, cv2 and onnxruntime, greedily; what a start is compared with.

``python bare.py <inference.onnx> <image>`` prints its text.
"""

from __future__ import annotations

import sys

import cv2
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
image = cv2.imread(sys.argv[2])
size = (int(48 * image.shape[1] / image.shape[0]), 48)
x = cv2.resize(image, size).transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1
characters = ["", *session.get_modelmeta().custom_metadata_map["character"].split("\n"), " "]
steps = session.run(None, {"x": x})[0][0].argmax(axis=1)
pairs = zip(steps, [0, *steps[:-1]], strict=True)
print("".join(characters[step] for step, last in pairs if step and step != last))
