"""PP-OCRv6 small by a plain Paddle loop: the same network without what we do about its speed."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
import paddle
import paddle.nn.functional as F
from common import CHARACTERS, CLASSES, arguments, drawn, tell_speed
from paddle import nn

from ppocr_ext.models.build import ARCHITECTURES, build_network
from ppocr_ext.models.layers import FastConv2D

options = arguments()
paddle.set_device(options.device)
network = build_network(ARCHITECTURES["PP-OCRv6_small_rec"], CLASSES)
for layer in network.sublayers():
    if isinstance(layer, FastConv2D):
        layer.__class__ = nn.Conv2D
network.train()
optimizer = paddle.optimizer.AdamW(
    1e-4, parameters=network.parameters(), grad_clip=nn.ClipGradByGlobalNorm(1.0)
)
images, labels = drawn(options.lines, options.width)


def take_step() -> float:
    x = paddle.to_tensor(images.transpose(0, 3, 1, 2).astype("float32") / 127.5 - 1)
    logits = network(x)["ctc"]
    loss = F.ctc_loss(
        logits.transpose([1, 0, 2]),
        paddle.to_tensor(labels),
        paddle.full([options.lines], logits.shape[1], dtype="int64"),
        paddle.to_tensor(np.full(options.lines, CHARACTERS, "int64")),
    )
    loss.backward()
    optimizer.step()
    optimizer.clear_grad()
    return float(loss)


tell_speed(take_step, options, tells=True)
