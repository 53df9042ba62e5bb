"""What a run's log begins with."""

from __future__ import annotations

import paddle

from ppocr_ext.config import Config
from ppocr_ext.engine import parallel
from ppocr_ext.engine.build import Readers
from ppocr_ext.engine.step import TrainStep


def opening_lines(config: Config, readers: Readers, step: TrainStep, total_steps: int) -> list[str]:
    """PaddleOCR's first lines, and what of the data and the config is left out."""
    start, every = config.Global.eval_batch_step
    ignored = config.ignored()
    lines = [
        f"train with paddle {paddle.__version__} on {paddle.device.get_device()}, "
        f"{parallel.world_size()} process(es), {total_steps} steps",
        f"train dataloader has {len(readers.train)} iters",
        f"valid dataloader has {len(readers.eval)} iters",
        *(f"evaluation set {name} has {len(set_)} iters" for name, set_ in readers.sets.items()),
        f"During the training process, after the {start}th iteration, "
        f"an evaluation is run every {every} iterations",
    ]
    for reason, count in readers.train.excluded.items():
        lines.append(f"{count} training lines are left out: {reason}")
    if config.Global.use_amp and step.amp is None:
        lines.append("Global.use_amp changes nothing on a CPU")
    if ignored:
        lines.append("keys of PaddleOCR that change nothing here: " + ", ".join(ignored))
    return lines
