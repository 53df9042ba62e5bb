"""A whole session of training: the share of its hooks and records, and its memory.

python session.py CONFIG STEPS NETWORK, where NETWORK is ``small`` or ``tiny`` (one convolution:
what remains is the loop). Prints bookkeeping_seconds and step_seconds of a step, and early_mb and
late_mb, the resident memory after a hundredth of the steps and after all.
"""

# ruff: noqa: E402 - the environment must stand before paddle is imported
from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from ppocr_ext.runtime import prepare_cpu

prepare_cpu(threads=1)

import paddle
import psutil
from paddle import Tensor, nn

from ppocr_ext.config import load_config
from ppocr_ext.engine import build, loop, session

config_path, last_step = Path(sys.argv[1]), int(sys.argv[2])
process = psutil.Process()
resident: dict[int, float] = {}
spent = {"step": 0.0, "hooks": 0.0}
WARM_UP = 2


class Tiny(nn.Layer):
    """[B, 3, 48, W] -> {"ctc": [B, W/8, classes]}."""

    outputs = ("ctc",)

    def __init__(self, architecture: object, classes: int) -> None:
        super().__init__()
        self.conv = nn.Conv2D(3, classes, (48, 8), 8)

    def forward(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        return {"ctc": self.conv(x).squeeze(2).transpose([0, 2, 1])}


class TimedTrainer(loop.Trainer):
    """Times hooks and step separately, without the first steps and the last, which saves."""

    def call(self, event: str, *values: object) -> None:
        step = self.state.global_step
        if event == "after_step" and step in (last_step // 100, last_step):
            resident[step] = process.memory_info().rss / 1e6
        started = time.perf_counter()
        super().call(event, *values)
        if event == "after_step" and WARM_UP < step < last_step:
            spent["hooks"] += time.perf_counter() - started

    def _count(self, result: object, seconds: float) -> None:
        super()._count(result, seconds)  # type: ignore[arg-type]
        if WARM_UP < self.state.global_step < last_step:
            spent["step"] += seconds


if sys.argv[3] == "tiny":
    build.build_network = Tiny  # type: ignore[assignment]
session.Trainer = TimedTrainer  # type: ignore[misc]
paddle.disable_signal_handler()
config = load_config(config_path)
request = session.Request([config_path], lambda: config, "")
session.run_training(config, request)
counted = last_step - WARM_UP - 1
print(
    json.dumps(
        {
            "bookkeeping_seconds": spent["hooks"] / counted,
            "step_seconds": spent["step"] / counted,
            "early_mb": resident.get(last_step // 100, 0.0),
            "late_mb": resident[last_step],
        }
    )
)
