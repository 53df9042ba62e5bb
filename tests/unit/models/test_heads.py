"""Heads that guide, the decoder as the main head, and official weights with both."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.models.build import ARCHITECTURES, build_network
from ppocr_ext.models.lines import decode
from ppocr_ext.models.transplant import transplant_moment
from ppocr_ext.models.weights import load_weights
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec
from ppocr_ext.upstream import ppocr_module

OLD, NEW = Charset.from_characters("aeo"), Charset.from_characters("aếo")
CLASSES = OLD.num_classes
GUIDE = {"NRTRHead": {"nrtr_dim": 64, "num_decoder_layers": 1}}
MOBILE = ARCHITECTURES["PP-OCRv4_mobile_rec"]
TINY = ARCHITECTURES["PP-OCRv6_tiny_rec"]


def with_heads(architecture: dict[str, Any], *heads: dict[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(architecture)
    changed["Head"]["head_list"] += heads
    return changed


def image(width: int = 96) -> paddle.Tensor:
    pixels = np.random.default_rng(1).uniform(-1, 1, (1, 3, 48, width))
    return paddle.to_tensor(pixels, "float32")


def logits(network: paddle.nn.Layer) -> np.ndarray:
    network.eval()
    with paddle.no_grad():
        return network(image())["ctc"].numpy()


def test_guides_speak_only_while_training_and_when_told_the_labels() -> None:
    network = build_network(with_heads(TINY, GUIDE, {"StructureHead": None}), CLASSES)
    labels = paddle.to_tensor([[1, 2, 0]])
    assert network.outputs == ("ctc", "gtc", "base", "shape", "tone")
    outputs = network(image(), labels)
    assert {name: value.shape for name, value in outputs.items()} == {
        "ctc": [1, 12, CLASSES],
        "gtc": [1, 4, CLASSES],
        "base": [1, 12, CLASSES],
        "shape": [1, 12, 5],
        "tone": [1, 12, 6],
    }
    assert list(network(image())) == ["ctc"]
    network.eval()
    assert list(network(image(), labels)) == ["ctc"]


@pytest.mark.parametrize("guides", [[], [GUIDE]])
def test_ctc_teaches_the_backbone_where_no_guide_does(guides: list[dict]) -> None:
    """``use_guide`` of official configs leaves the backbone to the guide."""
    network = build_network(with_heads(MOBILE, *guides), CLASSES)
    network.train()
    network(image(), paddle.to_tensor([[1, 2]]))["ctc"].sum().backward()
    taught = [p.grad is not None for p in network.backbone.parameters() if p.trainable]
    assert not any(taught) if guides else all(taught)


def test_guides_teach_the_backbone() -> None:
    network = build_network(with_heads(TINY, GUIDE), CLASSES)
    network.train()
    network(image(), paddle.to_tensor([[1, 2]]))["gtc"].sum().backward()
    first = network.backbone.conv1[0].conv.weight
    assert np.abs(first.grad.numpy()).sum() > 0
    assert network.head.ctc_head.fc2.weight.grad is None


def test_the_decoder_reads_as_the_main_head() -> None:
    neck = {"name": "lightsvtr", "dims": 64, "depth": 1, "mlp_ratio": 2.0}
    head = {"name": "NRTRHead", "Neck": neck, "nrtr_dim": 64, "max_text_length": 5}
    network = build_network({**TINY, "Head": head}, CLASSES)
    assert network.outputs == ("attention",)
    assert network(image(), paddle.to_tensor([[1, 2]]))["attention"].shape == [1, 3, CLASSES]
    network.eval()
    text, confidence = decode(network(image()), CTCCodec(OLD))[0]
    assert len(text) <= 6 and set(text) <= set(OLD.classes) and 0 <= confidence <= 1

    written = network(image())["attention"]
    teacher = network.head(network.backbone(image()), written.argmax(axis=-1)[:, :-1])["attention"]
    np.testing.assert_allclose(written.numpy(), teacher.numpy(), atol=1e-4)


def test_decoding_stops_at_the_end() -> None:
    outputs = {"attention": paddle.full([2, 4, CLASSES], -9.0)}
    for row, line in enumerate(([1, 1, 0, 2], [0, 3, 3, 3])):
        outputs["attention"][row, range(4), line] = 9.0
    (text, confidence), empty = decode(outputs, CTCCodec(OLD))
    assert text == "aa" and confidence == pytest.approx(1.0)
    assert empty == ("", 0.0)


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """Weights of PaddleOCR's own PP-OCRv4 mobile (multi-branch, with NRTR), and its logits."""
    config = copy.deepcopy(with_heads(MOBILE, GUIDE))
    del config["form"]
    config["Head"]["out_channels_list"] = {
        "CTCLabelDecode": CLASSES,
        "NRTRLabelDecode": CLASSES + 3,
    }
    network = ppocr_module("modeling.architectures").build_model(config)
    random = np.random.default_rng(0)
    for name, tensor in network.state_dict().items():
        if name.endswith(("_mean", "_variance")):
            tensor.set_value(random.uniform(0.5, 1.5, tensor.shape).astype("float32"))
    path = tmp_path_factory.mktemp("official") / "best_accuracy.pdparams"
    paddle.save(network.state_dict(), str(path))
    network.eval()
    with paddle.no_grad():
        return path, np.log(network(image()).numpy())  # softmax leaves logits but for a constant


@pytest.mark.parametrize("form", ["train", "fused"])
@pytest.mark.parametrize("heads", [[], [GUIDE]])
def test_official_weights_load_into_both_forms_with_and_without_the_guide(
    official: tuple[Path, np.ndarray], form: str, heads: list[dict]
) -> None:
    path, expected = official
    architecture = {**with_heads(MOBILE, *heads), "form": form}
    network = build_network(architecture, CLASSES)
    notes = load_weights(network, architecture, path, OLD, source=OLD).notes
    ours = paddle.nn.functional.log_softmax(paddle.to_tensor(logits(network)), -1).numpy()
    np.testing.assert_allclose(ours, expected, atol=1e-4)
    assert any("not used" in note and "gtc_head" in note for note in notes) == (not heads)
    assert not any("starts at random" in note for note in notes)


def test_a_guide_moves_to_another_dictionary_with_its_moments(
    official: tuple[Path, np.ndarray],
) -> None:
    architecture = with_heads(MOBILE, GUIDE)
    network = build_network(architecture, NEW.num_classes)
    plan = load_weights(network, architecture, official[0], NEW, source=OLD).head
    arrays = paddle.load(str(official[0]))
    embedding = "head.gtc_head.embedding.embedding.weight"
    projection = "head.gtc_head.tgt_word_prj.weight"
    for name in (embedding, projection):
        old, new = arrays[name].numpy(), network.state_dict()[name].numpy()
        old, new = (old.T, new.T) if name == projection else (old, new)
        kept = [0, 1, 2, 3, 4, 6, 7, 8]  # specials, a, o, space, nothing
        np.testing.assert_array_equal(new[kept], old[kept])
        assert 0 < np.abs(new[5] - old[5]).max() < 0.5  # ế from e
        moment = transplant_moment(plan, name, np.ones_like(arrays[name].numpy()))
        moment = moment.T if name == projection else moment
        assert moment[kept].all() and not moment[5].any()


def test_a_guide_that_the_weights_lack_starts_anew(tmp_path: Path) -> None:
    plain = build_network(TINY, CLASSES)
    paddle.save(plain.state_dict(), str(tmp_path / "w.pdparams"))
    architecture = with_heads(TINY, GUIDE, {"StructureHead": None})
    guided = build_network(architecture, CLASSES)
    notes = load_weights(guided, architecture, tmp_path / "w.pdparams", OLD, source=OLD).notes
    assert [note.split()[0] for note in notes] == [
        "head.before_gtc",
        "head.gtc_head",
        "head.structure_head",
    ]
    np.testing.assert_array_equal(logits(guided), logits(plain))


def test_a_main_decoder_that_the_weights_lack_is_refused(tmp_path: Path) -> None:
    paddle.save(build_network(TINY, CLASSES).state_dict(), str(tmp_path / "w.pdparams"))
    architecture = {**TINY, "Head": {"name": "NRTRHead", "nrtr_dim": 64}}
    network = build_network(architecture, CLASSES)
    with pytest.raises(UserError, match="missing or have a different shape"):
        load_weights(network, architecture, tmp_path / "w.pdparams", OLD, source=OLD)


def test_tiny_moves_its_second_layer_to_another_dictionary(tmp_path: Path) -> None:
    old = build_network(TINY, CLASSES)
    paddle.save(old.state_dict(), str(tmp_path / "w.pdparams"))
    new = build_network(TINY, NEW.num_classes)
    load_weights(new, TINY, tmp_path / "w.pdparams", NEW, source=OLD)
    kept = [0, 1, 3, 4]
    np.testing.assert_allclose(logits(new)[..., kept], logits(old)[..., kept], atol=1e-5)


@pytest.mark.parametrize(
    ("heads", "message"),
    [
        ([{"SARHead": {"enc_dim": 512}}], "unknown SARHead"),
        ([{"NRTRHead": {"nrtr_dims": 3}}], "nrtr_dims"),
        ([{"StructureHead": {"depth": 2}}], "depth"),
    ],
)
def test_unknown_guides_and_options_are_named(heads: list[dict], message: str) -> None:
    with pytest.raises(UserError, match=message):
        build_network(with_heads(TINY, *heads), CLASSES)


def test_positions_stretch_over_wide_lines() -> None:
    guide = {"NRTRHead": {**GUIDE["NRTRHead"], "use_pos": True}}
    network = build_network(with_heads(TINY, guide), CLASSES)
    assert "head.before_gtc.2.dec_pos_embed" in network.state_dict()
    for width in (96, 808):
        assert network(image(width), paddle.to_tensor([[1]]))["gtc"].shape == [1, 2, CLASSES]
