"""Whole runs with heads that guide, with every loss at once, and with a decoder as main head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy

from ppocr_ext.checkpoint import read_pdparams
from ppocr_ext.errors import UserError
from ppocr_ext.export.trained import load_trained
from ppocr_ext.publishing.publish import publish

CTC = {"CTCHead": {"Neck": {"name": "lightsvtr", "dims": 16, "depth": 1}}}
GUIDED = {
    "Backbone": {"name": "PPLCNetV4", "model_size": "tiny"},
    "Head": {
        "name": "MultiHead",
        "head_list": [CTC, {"NRTRHead": {"nrtr_dim": 32}}, {"StructureHead": None}],
    },
}
DECODER = {
    "Backbone": {"name": "PPLCNetV4", "model_size": "tiny"},
    "Head": {"name": "NRTRHead", "nrtr_dim": 32, "num_heads": 2, "max_text_length": 6},
}
NAMES = ["CTCLoss", "FocalCTCLoss", "NRTRLoss", "StructureLoss", "MarginalStructureLoss"]
NAMES += ["EntropyLoss", "CalibrationLoss", "RiskLoss"]
EVERY = {
    "name": "MultiLoss",
    "loss_config_list": [{name: {"weight": [[0, 0.5], [6, 1.0]]}} for name in NAMES],
}


def run(folder: Path, architecture: dict[str, Any], loss: dict[str, Any], **more: Any) -> Path:
    return toy.train(toy.make(folder, Architecture=architecture, Loss=loss, **more))


def test_every_loss_at_once(tmp_path: Path) -> None:
    folder = run(tmp_path, GUIDED, EVERY)
    records = toy.records(folder, "train")
    assert len(records) == 2 * toy.STEPS_PER_EPOCH
    for record in records:
        assert set(NAMES) < set(record) and record["grad_norm"] > 0
    assert not toy.records(folder, "skip_step")
    assert toy.records(folder, "eval")[-1]["loss"] > 0


def test_guides_are_saved_and_a_resume_without_one_drops_it(tmp_path: Path) -> None:
    path = toy.make(tmp_path, Architecture=GUIDED, Loss=EVERY, Global__max_steps=3)
    folder = toy.train(path)
    assert any(n.startswith("head.gtc_head.") for n in read_pdparams(folder / "latest.pdparams"))
    plain = {**GUIDED, "Head": {"name": "MultiHead", "head_list": [CTC]}}
    toy.write_config(tmp_path, toy.config(tmp_path, Architecture=plain, Global__max_steps=5))
    toy.train(path, resume=True)
    assert not any("gtc_head" in name for name in read_pdparams(folder / "latest.pdparams"))
    notes = [record["text"] for record in toy.records(folder, "opening")]
    assert any("not used" in note and "head.gtc_head" in note for note in notes)
    assert sum("starts at random" in note for note in notes) == 1  # the first time, and fused
    assert [record["global_step"] for record in toy.records(folder, "train")] == [1, 2, 3, 4, 5]


def test_a_decoder_as_the_main_head_trains_and_resumes_exactly(tmp_path: Path) -> None:
    more = {
        "Loss": {"name": "NRTRLoss", "smoothing": 0.1},
        "PostProcess__name": "NRTRLabelDecode",
        "Optimizer__lr": {"name": "Const", "learning_rate": 0.002},
        "Global__max_steps": 6,
    }
    path = toy.make(tmp_path, Architecture=DECODER, **more)
    whole = toy.losses(toy.train(path))
    broken = f"Global.save_model_dir={(tmp_path / 'broken').as_posix()}"
    toy.train(path, broken, "Global.max_steps=3")
    assert toy.losses(toy.train(path, broken, resume=True)) == whole
    assert list(whole) == [1, 2, 3, 4, 5, 6]
    assert toy.records(tmp_path / "broken", "eval")[-1]["n"] == toy.EVAL_LINES
    assert load_trained(tmp_path / "broken").is_decoder
    with pytest.raises(UserError, match="reads with an attention decoder"):
        publish(tmp_path / "broken", tmp_path / "published", {}, {})


def test_the_best_average_is_read_with_averaged_weights(tmp_path: Path) -> None:
    path = toy.make(tmp_path, Global__ema={"decay": 0.9}, Global__model_name="PP-OCRv6_tiny_rec")
    folder = toy.train(path)
    name = "head.ctc_head.fc.weight"
    averaged = load_trained(folder / "best_ema").network.state_dict()[name].numpy()
    np.testing.assert_array_equal(averaged, read_pdparams(folder / "best_ema.ema")[name])
    assert not np.array_equal(averaged, read_pdparams(folder / "best_ema.pdparams")[name])
    new = [
        f"Global.pretrained_model={(folder / 'best_ema').as_posix()}",
        f"Global.save_model_dir={(tmp_path / 'new').as_posix()}",
        *("Global.ema=null", "Global.max_steps=1", "Optimizer.lr={learning_rate: 1.0e-12}"),
    ]
    started = read_pdparams(toy.train(path, *new) / "latest.pdparams")[name]
    np.testing.assert_allclose(started, averaged, atol=1e-9)
