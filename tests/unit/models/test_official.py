"""PP-OCRv6 weights as PaddleOCR publishes them, in both forms, into both forms."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest

from ppocr_ext.models.build import ARCHITECTURES, Recognizer, build_network
from ppocr_ext.models.weights import load_weights
from ppocr_ext.text.charset import Charset
from tests.unit.models import official

CHARSET = Charset.from_characters("aeo")
CLASSES = CHARSET.num_classes


def architecture(size: str, form: str, guided: bool = True) -> dict[str, Any]:
    section = {**copy.deepcopy(ARCHITECTURES[f"PP-OCRv6_{size}_rec"]), "form": form}
    if guided:
        dim = official.NRTR_DIMS[size]
        section["Head"]["head_list"].append({"NRTRHead": {"nrtr_dim": dim}})
    return section


def load(section: dict[str, Any], weights: Path) -> tuple[Recognizer, list[str]]:
    network = build_network(section, CLASSES)
    return network, load_weights(network, section, weights, CHARSET, source=CHARSET).notes


def logits(network: Recognizer, training: bool = False) -> np.ndarray:
    network.train() if training else network.eval()
    for layer in network.sublayers():
        if isinstance(layer, paddle.nn.Dropout):
            layer.eval()
    image = np.random.default_rng(1).uniform(-1, 1, (2, 3, 48, 96)).astype("float32")
    with paddle.no_grad():
        return network(paddle.to_tensor(image))["ctc"].numpy()


@pytest.mark.parametrize(
    ("size", "form"),
    [("tiny", "fused"), ("small", "fused"), ("small", "train"), ("medium", "train")],
)
def test_names_and_shapes_are_the_official_ones(size: str, form: str) -> None:
    network = build_network(architecture(size, form), CLASSES)
    ours = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
    assert ours == official.shapes(size, CLASSES, fused=form == "fused")


@pytest.fixture(scope="module", params=["tiny", "small"])
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Size, multi-branch weights with NRTR, and the fused ones that a network made of them."""
    folder, size = tmp_path_factory.mktemp("official"), request.param
    paddle.save(official.weights(size, CLASSES), str(folder / "train.pdparams"))
    network, _ = load(architecture(size, "train"), folder / "train.pdparams")
    expected = logits(network)
    network.fuse()
    paddle.save(network.state_dict(), str(folder / "fused.pdparams"))
    return size, folder, expected


@pytest.mark.parametrize(
    ("saved", "form", "guided"),
    [
        ("train", "train", True),
        ("train", "fused", True),
        ("train", "fused", False),
        ("fused", "train", True),
        ("fused", "fused", False),
    ],
)
def test_either_form_loads_into_both(published: Any, saved: str, form: str, guided: bool) -> None:
    size, folder, expected = published
    network, notes = load(architecture(size, form, guided), folder / f"{saved}.pdparams")
    np.testing.assert_allclose(logits(network), expected, atol=2e-5 * np.abs(expected).max())
    assert any("not used" in note for note in notes) == (not guided)
    assert not any("at random" in note for note in notes)


def test_branches_made_of_fused_weights_train_as_they_read(published: Any, tmp_path: Path) -> None:
    """Statistics of a batch would change what the network computes; after a resume, too."""
    size, folder, expected = published
    network, notes = load(architecture(size, "train", guided=False), folder / "fused.pdparams")
    assert notes[0].startswith("split fused tensors")
    paddle.save(network.state_dict(), str(tmp_path / "latest.pdparams"))
    resumed, _ = load(architecture(size, "train", guided=False), tmp_path / "latest.pdparams")
    for each in (network, resumed):
        np.testing.assert_allclose(
            logits(each, training=True), expected, atol=2e-5 * np.abs(expected).max()
        )


def test_official_statistics_follow_the_training(published: Any) -> None:
    size, folder, _ = published
    network, _ = load(architecture(size, "train", guided=False), folder / "train.pdparams")
    before = network.state_dict()["backbone.blocks2.0.token_mixer.rep_dw.bn._mean"].numpy().copy()
    logits(network, training=True)
    after = network.state_dict()["backbone.blocks2.0.token_mixer.rep_dw.bn._mean"].numpy()
    assert not np.array_equal(after, before)


def test_v4_mobile_splits_exactly_as_well(tmp_path: Path) -> None:
    section = ARCHITECTURES["PP-OCRv4_mobile_rec"]
    fused = build_network(section, CLASSES)
    paddle.save(fused.state_dict(), str(tmp_path / "fused.pdparams"))
    branches, _ = load({**section, "form": "train"}, tmp_path / "fused.pdparams")
    expected = logits(fused)
    assert any("conv_kxk.3" in name for name in branches.state_dict())
    np.testing.assert_allclose(logits(branches), expected, atol=1e-5 * np.abs(expected).max())
