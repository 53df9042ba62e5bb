"""PP-OCRv4 mobile with CTC and NRTR heads, built and stepped as ppocr's own training does."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
import paddle
from common import CHARACTERS, CLASSES, arguments, drawn, tell_speed

from bench.stock_mobile import architecture
from ppocr_ext.upstream import ppocr_module

options = arguments()
paddle.set_device(options.device)
losses = {"name": "MultiLoss", "loss_config_list": [{"CTCLoss": None}, {"NRTRLoss": None}]}
rules = {
    "name": "Adam",
    "beta1": 0.9,
    "beta2": 0.999,
    "lr": {"name": "Cosine", "learning_rate": 1e-4, "warmup_epoch": 0},
    "regularizer": {"name": "L2", "factor": 3e-5},
}
model = ppocr_module("modeling.architectures").build_model(
    architecture(CLASSES, max_text_length=CHARACTERS + 5)
)
criterion = ppocr_module("losses").build_loss(losses)
optimizer, _ = ppocr_module("optimizer").build_optimizer(rules, 10, 100, model)
model.train()
images, labels = drawn(options.lines, options.width)
label_ctc = np.pad(labels, [(0, 0), (0, 5)])
ends = np.full([options.lines, 1], 3)  # ids of NRTR: 2 begins a line, 3 ends it
label_gtc = np.concatenate([ends - 1, labels + 3, ends], axis=1)
label_gtc = np.pad(label_gtc, [(0, 0), (0, 5)]).astype("int64")
x = images.transpose(0, 3, 1, 2).astype("float32") / 127.5 - 1
length = np.full(options.lines, CHARACTERS, "int64")
ratio = np.ones(options.lines, "float32")


def take_step() -> float:
    batch = [paddle.to_tensor(value) for value in (x, label_ctc, label_gtc, length, ratio)]
    loss = criterion(model(batch[0], data=batch[1:]), batch)["loss"]
    loss.backward()
    optimizer.step()
    optimizer.clear_grad()
    return float(loss)


tell_speed(take_step, options, tells=True)
