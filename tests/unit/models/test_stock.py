"""Every CTC recogniser of PaddleOCR's wheel: built, trained, saved, loaded, and read with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest

from ppocr_ext.config.schema.model import Architecture
from ppocr_ext.config.schema.network import STOCK
from ppocr_ext.errors import UserError
from ppocr_ext.models.build import build_network
from ppocr_ext.models.lines import to_input
from ppocr_ext.models.stock import refuse_misspelled
from tests.unit.models.trial import CHARSET, batch, try_network


def neck(kind: str, **options: Any) -> dict[str, Any]:
    return {"name": "SequenceEncoder", "encoder_type": kind, **options}


def multi(*guides: dict[str, Any], **svtr: Any) -> dict[str, Any]:
    svtr = {"name": "svtr", "dims": 16, "depth": 1, "hidden_dims": 16, **svtr}
    ctc = {"CTCHead": {"Neck": svtr, "Head": {"fc_decay": 1e-5}}}
    return {"name": "MultiHead", "head_list": [ctc, *guides]}


def svtr(**options: Any) -> dict[str, Any]:
    sizes = {"embed_dim": [32, 32, 64], "depth": [1, 1, 1], "num_heads": [1, 1, 2]}
    mixer = ["Local", "Local", "Global"]
    local = {"mixer": mixer, "local_mixer": [[7, 11]] * 3, "patch_merging": "Conv"}
    return {"name": "SVTRNet", "img_size": [32, 100], **sizes, **local, **options}


STN = {
    "name": "STN_ON",
    "tps_inputsize": [32, 64],
    "tps_outputsize": [32, 100],
    "num_control_points": 20,
    "tps_margins": [0.05, 0.05],
    "stn_activation": "none",
}
TPS = {"name": "TPS", "num_fiducial": 20, "loc_lr": 0.1, "model_name": "small"}
NRTR = {"NRTRHead": {"nrtr_dim": 32, "max_text_length": 5, "num_decoder_layers": 1}}
MOBILE = {"name": "MobileNetV3", "scale": 0.35, "model_name": "small"}
CTC = {"name": "CTCHead"}
# As PaddleOCR's configs have them, but for sizes: each is as small as its class allows.
NETWORKS: dict[str, dict[str, Any]] = {
    "CRNN": {"Backbone": MOBILE, "Neck": neck("rnn", hidden_size=8), "Head": CTC},
    "CRNN ResNet": {
        "Backbone": {"name": "ResNet", "layers": 18},
        "Neck": neck("fc", hidden_size=8),
        "Head": {**CTC, "mid_channels": 8},
    },
    "Rosetta": {"Backbone": MOBILE, "Neck": neck("reshape"), "Head": CTC},
    "MicroNet": {
        "Backbone": {"name": "MicroNet", "mode": "M0"},
        "Neck": neck("reshape"),
        "Head": CTC,
    },
    "STAR-Net": {
        "Transform": TPS,
        "Backbone": MOBILE,
        "Neck": neck("rnn", hidden_size=8),
        "Head": CTC,
    },
    "SVTR": {
        "Transform": STN,
        "Backbone": svtr(out_char_num=25, out_channels=32, last_stage=True, prenorm=False),
        "Neck": neck("reshape"),
        "Head": CTC,
    },
    "SVTRv2": {
        "Backbone": {
            "name": "SVTRv2",
            "use_pos_embed": False,
            "dims": [16, 32, 32],
            "depths": [1, 2, 1],
            "num_heads": [1, 1, 1],
            "mixer": [["Conv"], ["Conv", "Global"], ["Global"]],
            "local_k": [[5, 5], [5, 5], [-1, -1]],
            "sub_k": [[2, 1], [2, 1], [-1, -1]],
            "last_stage": False,
            "use_pool": True,
        },
        "Head": multi(NRTR, kernel_size=[1, 3]),
    },
    "RepSVTR": {"Backbone": {"name": "RepSVTR"}, "Head": multi(NRTR, kernel_size=[1, 3])},
    "PP-OCRv3": {
        "Backbone": {
            "name": "MobileNetV1Enhance",
            "scale": 0.25,
            "last_conv_stride": [1, 2],
            "last_pool_type": "avg",
        },
        "Head": multi({"SARHead": {"enc_dim": 16, "d_k": 8, "max_text_length": 5}}),
    },
    "PP-OCRv4, PaddleOCR's own": {
        "stock": True,
        "Backbone": {"name": "PPLCNetV3", "scale": 0.5},
        "Head": multi(NRTR, kernel_size=[1, 3]),
    },
}


def architecture(name: str) -> dict[str, Any]:
    """As a config holds it: every key of the schema written."""
    return Architecture(model_type="rec", algorithm=name, **NETWORKS[name]).model_dump(mode="json")


@pytest.mark.parametrize("name", NETWORKS)
def test_it_trains_saves_loads_and_reads(name: str, tmp_path: Path) -> None:
    try_network(architecture(name), tmp_path)


def test_a_network_whose_parts_name_their_parameters_can_be_built_again() -> None:
    """Paddle takes a name once in a process."""
    one, other = (build_network(architecture("STAR-Net"), CHARSET.num_classes) for _ in range(2))
    assert list(one.state_dict()) == list(other.state_dict())


def test_every_part_that_a_config_can_name_is_tried() -> None:
    tried = {
        section: {each[section]["name"] for each in NETWORKS.values() if section in each}
        for section in STOCK
    }
    ours = {"PPHGNet_small", "PPHGNetV2_B4"}  # in test_build.py
    assert {section: set(names) - ours for section, names in STOCK.items()} == tried


@pytest.mark.parametrize("name", ["PP-OCRv3", "PP-OCRv4, PaddleOCR's own"])
def test_a_guide_gets_the_label_one_step_before_it_writes_it(name: str) -> None:
    """Step s sees the start and the characters before s, and no later one."""
    paddle.seed(1)
    network = build_network(architecture(name), CHARSET.num_classes)
    for layer in network.sublayers():
        if "Dropout" in type(layer).__name__:
            layer.p = 0.0
    network.train()
    image = to_input(batch().images, batch().widths)
    labels = paddle.to_tensor(batch().labels.astype("int64"))
    changed = labels.clone()
    changed[0, 1] = 4
    paddle.seed(2)
    one = network(image, labels)["gtc"].numpy()
    paddle.seed(2)
    other = network(image, changed)["gtc"].numpy()
    assert one.shape[2] == CHARSET.num_classes
    np.testing.assert_allclose(one[0, :2], other[0, :2], atol=1e-5)
    assert np.abs(one[0, 2] - other[0, 2]).max() > 1e-4


def test_images_keep_their_shape_until_they_are_too_wide() -> None:
    network = build_network(architecture("SVTR"), CHARSET.num_classes)
    narrow, wide = (network._fit(paddle.ones([1, 3, 48, width])) for width in (96, 480))
    assert narrow.shape == wide.shape == [1, 3, 32, 100]
    assert float(narrow[..., :64].min()) == 1.0 and float(narrow[..., 64:].max()) == 0.0
    assert float(wide.min()) == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Backbone": {"name": "PPLCNetV9"}}, "PaddleOCR cannot build it"),
        ({"Head": {"name": "NoHead"}}, "PaddleOCR cannot build it"),
    ],
)
def test_what_cannot_be_built_is_said(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        build_network({**architecture("CRNN"), **change}, CHARSET.num_classes)


def test_keys_that_paddleocrs_classes_swallow_are_refused_together() -> None:
    backbone = {"name": "MobileNetV3", "model_name": "small", "scal": 0.35}
    parts = {"Backbone": backbone, "Head": {**CTC, "mid_chanels": 8}}
    misspelled = {**architecture("CRNN"), **parts}
    network = build_network(misspelled, CHARSET.num_classes)
    with pytest.raises(UserError) as caught:
        refuse_misspelled(network, misspelled)
    assert "Architecture.Backbone.scal: unknown key; did you mean scale?" in caught.value.found
    assert "Architecture.Head.mid_chanels: unknown key; did you mean mid_c" in caught.value.found


@pytest.mark.parametrize("name", NETWORKS)
def test_what_paddleocrs_configs_write_is_not(name: str) -> None:
    refuse_misspelled(build_network(architecture(name), CHARSET.num_classes), architecture(name))
