"""Weights of any form and dictionary, and files that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import paddle
import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.files import write_text
from ppocr_ext.models.base import write_weights
from ppocr_ext.models.build import ARCHITECTURES, build_network
from ppocr_ext.models.weights import load_weights
from ppocr_ext.text.charset import Charset

SMALL = ARCHITECTURES["PP-OCRv6_small_rec"]
OLD, NEW = Charset.from_characters("aeo"), Charset.from_characters("aếo")


def test_another_dictionary_is_found_beside_the_weights(tmp_path: Path) -> None:
    network = build_network(SMALL, OLD.num_classes)
    write_weights(tmp_path / "base.v1", network, OLD, {})
    other = build_network(SMALL, NEW.num_classes)
    loaded = load_weights(other, SMALL, tmp_path / "base.v1.pdparams", NEW)
    assert "4 copied, 1 derived, 0 new" in loaded.notes[0]


def test_an_unknown_dictionary_is_refused_with_a_cure(tmp_path: Path) -> None:
    network = build_network(SMALL, 9)
    paddle.save(network.state_dict(), str(tmp_path / "w.pdparams"))
    with pytest.raises(UserError, match="pretrained_character_dict_path"):
        load_weights(build_network(SMALL, 5), SMALL, tmp_path / "w.pdparams", OLD)


def test_gaps_are_refused_or_with_partial_listed(tmp_path: Path) -> None:
    network = build_network(SMALL, OLD.num_classes)
    state = dict(network.state_dict())
    del state["backbone.conv1.stem1.conv.weight"]
    paddle.save(state, str(tmp_path / "w.pdparams"))
    with pytest.raises(UserError, match="1 of the network's"):
        load_weights(network, SMALL, tmp_path / "w.pdparams", OLD)
    loaded = load_weights(network, SMALL, tmp_path / "w.pdparams", OLD, partial=True)
    assert loaded.notes == ["not loaded, they start at random: backbone.conv1.stem1.conv.weight"]


def test_a_file_without_a_ctc_head_is_refused(tmp_path: Path) -> None:
    paddle.save({"conv.weight": paddle.zeros([1])}, str(tmp_path / "w.pdparams"))
    network = build_network(SMALL, OLD.num_classes)
    with pytest.raises(UserError, match=r"it holds conv\.weight"):
        load_weights(network, SMALL, tmp_path / "w.pdparams", OLD)


def test_what_is_asked_to_start_anew_is_left_as_it_is(tmp_path: Path) -> None:
    """As stock PaddleOCR's head does when it meets another dictionary."""
    old = build_network(SMALL, OLD.num_classes)
    write_weights(tmp_path / "base", old, OLD, {})
    network = build_network(SMALL, NEW.num_classes)
    before = network.head.ctc_head.fc.weight.numpy().copy()
    weights = tmp_path / "base.pdparams"
    loaded = load_weights(network, SMALL, weights, NEW, fresh=[r"^head\.ctc_head\."])
    np.testing.assert_array_equal(network.head.ctc_head.fc.weight.numpy(), before)
    np.testing.assert_array_equal(
        network.head.ctc_encoder.encoder.norm.weight.numpy(),
        old.head.ctc_encoder.encoder.norm.weight.numpy(),
    )
    assert loaded.notes[-1].endswith("head.ctc_head.fc.weight, head.ctc_head.fc.bias")


def test_one_flipped_bit_is_refused(tmp_path: Path) -> None:
    """It used to train to a loss of nan, and to save that."""
    network = build_network(SMALL, OLD.num_classes)
    write_weights(tmp_path / "base", network, OLD, {})
    weights = tmp_path / "base.pdparams"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 0x40
    weights.write_bytes(content)
    with pytest.raises(UserError, match="is damaged") as caught:
        load_weights(network, SMALL, weights, OLD, make="python tools/base_weights.py")
    assert caught.value.cure == "python tools/base_weights.py"


def test_a_damaged_dictionary_beside_weights_is_refused(tmp_path: Path) -> None:
    """One letter would always be read as another one."""
    network = build_network(SMALL, OLD.num_classes)
    write_weights(tmp_path / "base", network, OLD, {})
    write_text(tmp_path / "base.dict.txt", "a\ne\nơ\n")
    with pytest.raises(UserError, match=r"base\.dict\.txt is damaged"):
        load_weights(network, SMALL, tmp_path / "base.pdparams", OLD)
