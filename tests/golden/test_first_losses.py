"""The first losses and scores of a tiny run, to the digit: any change of the mathematics shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

import toy

# Measured with paddle 3.3.1 on a CPU. A change here needs a reason in the commit that makes it.
LOSSES = [24.94762, 30.98095, 27.07868, 21.35799, 22.15393, 22.06828]
SCORES = {
    0: {"loss": 23.40991, "norm_edit_dis": 0.0476190, "cer": 1.8571429, "wer": 1.0},
    4: {"loss": 21.39259, "norm_edit_dis": 0.1527778, "cer": 1.0, "wer": 1.0},
    6: {"loss": 22.23301, "norm_edit_dis": 0.0, "cer": 1.0, "wer": 1.0},
}


def drawn_weights(path: Path, architecture: Mapping) -> str:
    """Save weights drawn by numpy, whose generator gives the same on every system."""
    import paddle

    from ppocr_ext.models.build import build_network
    from ppocr_ext.models.transplant import HEAD_BIAS

    chance = np.random.default_rng(0)
    network = build_network(architecture, len(toy.CHARACTERS) + 1)
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    for name, array in arrays.items():
        if array.ndim > 1:
            inputs = array.shape[0] if array.ndim == 2 else array[0].size
            spread = inputs**-0.5
            arrays[name] = chance.normal(0, spread, array.shape).astype("float32")
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

    assert list(toy.losses(run).values()) == pytest.approx(LOSSES, rel=2e-3)
    evaluations = {record["global_step"]: record for record in toy.records(run, "eval")}
    assert list(evaluations) == list(SCORES)
    for step, scores in SCORES.items():
        found = {name: evaluations[step][name] for name in scores}
        assert found == pytest.approx(scores, rel=2e-3), f"evaluation at step {step}"
