"""The first losses and scores of a tiny run, to the digit: any change of the mathematics shows."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import toy

# Measured with paddle 3.3.1 on a CPU. A change here needs a reason in the commit that makes it.
LOSSES = [24.55078, 26.06707, 23.15313, 15.92434, 20.73904, 20.24987]
SCORES = {
    0: {"loss": 33.36465, "norm_edit_dis": 0.0185185, "cer": 2.0, "wer": 1.0},
    4: {"loss": 26.84480, "norm_edit_dis": 0.0333333, "cer": 1.4285714, "wer": 1.0},
    6: {"loss": 28.44190, "norm_edit_dis": 0.0, "cer": 1.6428571, "wer": 1.0},
}
TOLERANCE = 3e-3  # another instruction set of the processor moves the last step's loss by 5e-4


def drawn(name: str, shape: list[int]) -> np.ndarray:
    """Kernels normal with the deviation sqrt(1.4 / inputs), biases and means 0, scales 1."""
    if len(shape) == 1:
        return np.full(shape, 0.0 if name.endswith(("bias", "mean")) else 1.0, dtype="float32")
    inputs = shape[0] if len(shape) == 2 else int(np.prod(shape[1:]))
    chance = np.random.default_rng(zlib.crc32(name.encode()))
    return chance.normal(0, (1.4 / inputs) ** 0.5, shape).astype("float32")


def drawn_weights(path: Path, architecture: Mapping) -> str:
    """Save weights drawn by numpy, whose generator gives the same on every system."""
    import paddle

    from ppocr_ext.models.build import build_network
    from ppocr_ext.models.transplant import HEAD_BIAS

    network = build_network(architecture, len(toy.CHARACTERS) + 1)
    arrays = {name: drawn(name, list(slot.shape)) for name, slot in network.state_dict().items()}
    arrays[HEAD_BIAS][0] = -3.0  # so that it reads letters at once, not blanks
    paddle.save(arrays, str(path))
    return path.as_posix()


def test_first_losses_and_scores(tmp_path: Path) -> None:
    toy.make_data(tmp_path)
    tree = toy.config(tmp_path, Global__epoch_num=1, Global__eval_at_start=True)
    weights = drawn_weights(tmp_path / "drawn.pdparams", tree["Architecture"])
    tree["Global"] |= {"pretrained_model": weights, "log_smooth_window": 1}
    tree["Train"]["dataset"]["transforms"].pop(1)  # augmentation has tests of its own
    run = toy.train(toy.write_config(tmp_path, tree))

    assert list(toy.losses(run).values()) == pytest.approx(LOSSES, rel=TOLERANCE)
    evaluations = {record["global_step"]: record for record in toy.records(run, "eval")}
    assert list(evaluations) == list(SCORES)
    for step, scores in SCORES.items():
        found = {name: evaluations[step][name] for name in scores}
        assert found == pytest.approx(scores, rel=TOLERANCE), f"evaluation at step {step}"
