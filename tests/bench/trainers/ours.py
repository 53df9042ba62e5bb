"""PP-OCRv6 small by our step, in any number of processes."""

# ruff: noqa: E402 - the environment must stand before paddle is imported
from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from common import CHARACTERS, CLASSES, arguments, drawn, tell_speed

from ppocr_ext.engine.launch import is_launched, launch
from ppocr_ext.runtime import prepare_cpu

options = arguments()
if options.processes > 1 and not is_launched():
    sys.exit(launch(sys.argv, options.processes))
prepare_cpu(options.threads)

import numpy as np
import paddle

from ppocr_ext.config.schema.model import Loss
from ppocr_ext.config.schema.optimizer import Optimizer
from ppocr_ext.data.batch import Batch
from ppocr_ext.engine import parallel
from ppocr_ext.engine.build import freeze
from ppocr_ext.engine.frozen import serve_frozen
from ppocr_ext.engine.optimizer import build_optimizer
from ppocr_ext.engine.state import TrainState
from ppocr_ext.engine.step import TrainStep
from ppocr_ext.losses.build import build_criterion
from ppocr_ext.models.build import ARCHITECTURES, build_network
from ppocr_ext.text.charset import Charset

paddle.disable_signal_handler()
parallel.join()
paddle.set_device(options.device)
charset = Charset.from_characters([chr(0x4E00 + i) for i in range(CLASSES - 2)])
network = build_network(ARCHITECTURES["PP-OCRv6_small_rec"], charset.num_classes)
if options.frozen:
    freeze(network, [r"^backbone\."])
if options.frozen == "served":
    serve_frozen(network)
rules = Optimizer(lr={"learning_rate": 1e-4})
step = TrainStep(
    network,
    build_criterion(Loss(), charset, 1, network.outputs),
    build_optimizer(network, rules),
    lambda number: 1e-4,
    lines_per_step=options.lines,
    clip_norm=1.0,
)
parallel.same_parameters(network)
images, labels = drawn(options.lines, options.width)
mine = slice(parallel.rank(), None, parallel.world_size())
count = len(labels[mine])
batch = Batch(
    images=images[mine],
    widths=np.full(count, options.width, np.int32),
    labels=labels[mine],
    lengths=np.full(count, CHARACTERS, np.int32),
    texts=[""] * count,
    paths=[""] * count,
    indices=np.arange(count),
    problems=[""] * count,
    skipped=[],
)
state = TrainState()
tell_speed(lambda: step([batch], state), options, tells=parallel.rank() == 0)
