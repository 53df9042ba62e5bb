"""Every line recogniser of PaddleOCR's wheel: built, trained, saved, loaded, and read with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest

from ppocr_ext.config.schema.model import Architecture
from ppocr_ext.errors import UserError
from ppocr_ext.models.build import build_network
from ppocr_ext.models.dialects import DIALECTS
from ppocr_ext.models.inputs import to_input
from ppocr_ext.models.stock import refuse_misspelled
from ppocr_ext.upstream import ppocr_module
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
RESNET31 = {"name": "ResNet31", "layers": [1, 1, 1, 1], "channels": [8, 8, 16, 16, 32, 32, 32]}
SHALLOW = {"n_head": 2, "d_k": 8, "d_v": 8, "d_model": 16, "d_inner": 16, "n_layers": 1}
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
    "RARE": {
        "Transform": TPS,
        "Backbone": MOBILE,
        "Neck": neck("rnn", hidden_size=8),
        "Head": {"name": "AttentionHead", "hidden_size": 8},
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
    "NRTR": {
        "in_channels": 1,
        "Backbone": {"name": "MTB", "cnn_num": 2},
        "Head": {
            "name": "Transformer",
            "d_model": 512,
            "nhead": 2,
            "num_encoder_layers": 1,
            "num_decoder_layers": 1,
            "dim_feedforward": 16,
            "max_len": 5,
            "beam_size": -1,
        },
    },
    "SAR": {
        "Backbone": RESNET31,
        "Head": {"name": "SARHead", "enc_dim": 32, "d_k": 8, "max_text_length": 5},
    },
    "RobustScanner": {
        "Backbone": RESNET31,
        "Head": {
            "name": "RobustScannerHead",
            "enc_outchannles": 32,
            "mask": True,
            "max_text_length": 5,
        },
    },
    "SATRN": {
        "Backbone": {"name": "ShallowCNN", "in_channels": 3, "hidden_dim": 16},
        "Head": {
            "name": "SATRNHead",
            "enc_cfg": {**SHALLOW, "n_position": 100, "dropout": 0.1},
            "dec_cfg": {**SHALLOW, "d_embedding": 16, "max_seq_len": 5},
        },
    },
    "SRN": {
        "in_channels": 1,
        "image_shape": [1, 64, 128],
        "Backbone": {"name": "ResNetFPN", "layers": 50},
        "Head": {
            "name": "SRNHead",
            "max_text_length": 5,
            "num_heads": 2,
            "num_encoder_TUs": 1,
            "num_decoder_TUs": 1,
            "hidden_dims": 512,
        },
    },
    "ABINet": {
        "Backbone": {"name": "ResNet45", "layers": [1, 1, 1, 1, 1]},
        "Head": {
            "name": "ABINetHead",
            "use_lang": True,
            "iter_size": 2,
            "max_length": 5,
            "dim_feedforward": 16,
            "num_layers": 1,
        },
    },
    "VisionLAN": {
        "Backbone": {"name": "ResNet45", "layers": [1, 1, 1, 1, 1], "strides": [2, 2, 2, 1, 1]},
        "Head": {
            "name": "VLHead",
            "n_layers": 1,
            "n_position": 256,
            "n_dim": 512,
            "max_text_length": 5,
            "training_step": "LA",
        },
    },
    "PREN": {
        "Backbone": {"name": "EfficientNetb3_PREN"},
        "Neck": {"name": "PRENFPN", "n_r": 2, "d_model": 48, "max_len": 5, "dropout": 0.1},
        "Head": {"name": "PRENHead"},
    },
    "ViTSTR": {
        "in_channels": 1,
        "Backbone": {"name": "ViTSTR", "scale": "tiny", "depth": 1, "seqlen": 7},
        "Neck": neck("reshape"),
        "Head": CTC,
    },
    "PARSeq": {
        "Backbone": {
            "name": "ViTParseQ",
            "img_size": [32, 128],
            "patch_size": [4, 8],
            "embed_dim": 16,
            "depth": 1,
            "num_heads": 2,
            "mlp_ratio": 2,
            "in_channels": 3,
        },
        "Head": {
            "name": "ParseQHead",
            "max_text_length": 6,
            "embed_dim": 16,
            "dec_num_heads": 2,
            "dec_mlp_ratio": 2,
            "dec_depth": 1,
            "perm_num": 6,
            "perm_forward": True,
            "perm_mirrored": True,
            "dropout": 0.1,
            "decode_ar": True,
            "refine_iters": 1,
        },
    },
    "CPPD": {
        "Backbone": svtr(last_stage=False, prenorm=True),
        "Head": {"name": "CPPDHead", "dim": 64, "vis_seq": 50, "num_layer": 1, "max_len": 5},
    },
    "SEED": {
        "Transform": STN,
        "Backbone": {"name": "ResNet_ASTER"},
        "Head": {"name": "AsterHead", "sDim": 16, "attDim": 16, "max_len_labels": 5},
    },
    "SPIN": {
        "in_channels": 1,
        "Transform": {
            "name": "GA_SPIN",
            "offsets": True,
            "default_type": 6,
            "loc_lr": 0.1,
            "stn": True,
        },
        "Backbone": {"name": "ResNet32", "out_channels": 32},
        "Neck": neck("cascadernn", hidden_size=8, out_channels=[8, 16], with_linear=True),
        "Head": {"name": "SPINAttentionHead", "hidden_size": 8},
    },
    "RFL": {
        "in_channels": 1,
        "Transform": TPS,
        "Backbone": {"name": "ResNetRFL", "out_channels": 32, "use_cnt": True, "use_seq": True},
        "Neck": {"name": "RFAdaptor", "in_channels": 32, "use_v2s": True, "use_s2v": True},
        "Head": {
            "name": "RFLHead",
            "in_channels": 32,
            "hidden_size": 8,
            "batch_max_legnth": 25,
            "use_cnt": True,
            "use_seq": True,
        },
    },
}


def architecture(name: str) -> dict[str, Any]:
    """As a config holds it: every key of the schema written."""
    return Architecture(model_type="rec", algorithm=name, **NETWORKS[name]).model_dump(mode="json")


@pytest.fixture(autouse=True)
def small_rfl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its base is 512 wide, and no option changes that."""
    module = ppocr_module("modeling.backbones.rec_resnet_rfl")
    monkeypatch.setattr(module.RFLBase.__init__, "__defaults__", (32,))  # its out_channels


@pytest.mark.parametrize("name", NETWORKS)
def test_it_trains_saves_loads_and_reads(name: str, tmp_path: Path) -> None:
    try_network(architecture(name), tmp_path)


def test_a_network_whose_parts_name_their_parameters_can_be_built_again() -> None:
    """Paddle takes a name once in a process."""
    one, other = (build_network(architecture("STAR-Net"), CHARSET.num_classes) for _ in range(2))
    assert list(one.state_dict()) == list(other.state_dict())


def test_every_decoder_and_line_backbone_of_the_wheel_is_tried() -> None:
    heads = {section["Head"]["name"] for section in NETWORKS.values()}
    assert set(DIALECTS) <= heads
    source = Path(ppocr_module("modeling.backbones").__file__).read_text(encoding="utf-8")
    listed = source.split('model_type == "rec"')[1].split("support_dict = [")[1].split("]")[0]
    known = {word.strip(' "\n') for word in listed.split(",")} - {""}
    formulas = {
        *("DenseNet", "ResNetV2", "HybridTransformer", "DonutSwinModel", "ViT"),
        *("Vary_VIT_B", "Vary_VIT_B_Formula", "PPHGNetV2_B4"),
    }
    tried = {section["Backbone"]["name"] for section in NETWORKS.values()}
    assert known - formulas - tried == {"PPHGNet_small"}  # in test_build.py, with ours


@pytest.mark.parametrize("name", ["SAR", "NRTR", "PARSeq", "RARE", "SPIN", "SATRN"])
def test_a_decoder_told_its_own_reading_repeats_it(name: str) -> None:
    """The numbering of classes, the start and the shift by one agree between both ways."""
    paddle.seed(1)
    network = build_network(architecture(name), CHARSET.num_classes)
    for parameter_name, parameter in network.named_parameters():
        if parameter_name.endswith(("prediction.weight", "tgt_word_prj.weight", "head.head.weight",
                                    "generator.weight", "classifier.weight")):  # fmt: skip
            parameter.set_value(parameter * 8)  # no near ties
    network.eval()
    image = to_input(batch().images, batch().widths)
    with paddle.no_grad():
        own = network(image)["attention"].argmax(axis=-1).numpy()
        features = network._fit(image)
        for part in (network.transform, network.backbone, network.neck):
            features = features if part is None else part(features)
        dialect = network.reader.dialect
        told = dialect.train(features, paddle.to_tensor(own[:, :-1]))[0].argmax(axis=-1).numpy()
    for read_row, told_row in zip(own, told, strict=True):
        ends = np.flatnonzero(read_row == 0)
        length = ends[0] if len(ends) else len(read_row)
        np.testing.assert_array_equal(told_row[:length], read_row[:length])


def test_images_keep_their_shape_until_they_are_too_wide() -> None:
    network = build_network(architecture("PARSeq"), CHARSET.num_classes)
    narrow, wide = (network._fit(paddle.ones([1, 3, 48, width])) for width in (96, 480))
    assert narrow.shape == wide.shape == [1, 3, 32, 128]
    assert float(narrow[..., :64].min()) == 1.0 and float(narrow[..., 64:].max()) == 0.0
    assert float(wide.min()) == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Head": {"name": "LaTeXOCRHead"}}, "reads formulas"),
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
