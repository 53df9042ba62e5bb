"""The decoder against PaddleOCR's own, and its two ways of running against each other."""

from __future__ import annotations

import numpy as np
import paddle
import pytest

from ppocr_ext.models.nrtr import END, SHIFT, Transformer
from ppocr_ext.upstream import ppocr_module

CLASSES, DIM = 7, 64
LABELS = np.array([[1, 2, 3], [6, 0, 0]])


def decoder(max_length: int = 9) -> Transformer:
    paddle.seed(0)
    network = Transformer(CLASSES, DIM, num_heads=2, depth=2, max_length=max_length)
    network.tgt_word_prj.weight.set_value(network.tgt_word_prj.weight * 4)  # no near ties
    network.eval()
    return network


def features() -> paddle.Tensor:
    return paddle.to_tensor(np.random.default_rng(1).normal(size=(2, 5, DIM)), "float32")


@pytest.fixture(scope="module")
def upstream() -> paddle.nn.Layer:
    """PaddleOCR's class, as its ``MultiHead`` builds it, with the weights of ours."""
    build = ppocr_module("modeling.heads.rec_nrtr_head").Transformer
    network = build(
        d_model=DIM,
        nhead=2,
        num_encoder_layers=-1,
        beam_size=-1,
        num_decoder_layers=2,
        max_len=10,
        dim_feedforward=DIM * 4,
        out_channels=CLASSES + 3,
    )
    network.eval()
    return network


def test_names_and_shapes_are_paddleocrs(upstream: paddle.nn.Layer) -> None:
    def shapes(network: paddle.nn.Layer) -> dict[str, list[int]]:
        return {name: list(value.shape) for name, value in network.state_dict().items()}

    theirs = shapes(upstream)
    del theirs["positional_encoding.pe"]  # computed, not learnt
    assert shapes(decoder()) == theirs


def test_teacher_forcing_equals_paddleocrs(upstream: paddle.nn.Layer) -> None:
    ours = decoder()
    upstream.set_state_dict(ours.state_dict())
    told = np.zeros((2, 5), "int64")
    told[:, 0] = 2
    told[0, 1:4], told[1, 1] = LABELS[0] + SHIFT, LABELS[1, 0] + SHIFT
    with paddle.no_grad():
        theirs = upstream.forward_train(features(), paddle.to_tensor(told))
        mine = ours(features(), paddle.to_tensor(LABELS))
    np.testing.assert_allclose(mine.numpy(), theirs.numpy()[:, :, END : END + CLASSES], atol=1e-5)


def test_reading_equals_being_told_what_was_read() -> None:
    """The cache of keys and values changes nothing."""
    network = decoder()
    with paddle.no_grad():
        read = network.read(features())
        characters = read.argmax(axis=-1).numpy()
        # A line that has ended continues with class 0, which teacher forcing takes as padding.
        whole = [row for row in characters if (row[:-1] > 0).all()]
        assert whole, "the seed must give a line without an early end"
        row = [(r[:-1] > 0).all() for r in characters].index(True)
        told = network(features()[row : row + 1], paddle.to_tensor(whole[0][None, :-1]))
    np.testing.assert_allclose(read.numpy()[row], told.numpy()[0], atol=1e-5)


def test_reading_stops_when_every_line_has_ended_or_at_the_longest() -> None:
    network = decoder(max_length=4)
    weight = network.tgt_word_prj.weight
    with paddle.no_grad():
        weight[:, END] = 0.0
        never = weight.clone()
        assert network.read(features()).shape[1] <= 5
        weight.set_value(paddle.zeros_like(never))  # all equal: the first class, the end
        assert network.read(features()).shape[1] == 1


def test_a_character_does_not_see_those_after_it() -> None:
    network = decoder()
    changed = LABELS.copy()
    changed[0, 2] = 5
    with paddle.no_grad():
        one, other = (network(features(), paddle.to_tensor(y)).numpy() for y in (LABELS, changed))
    np.testing.assert_array_equal(one[0, :3], other[0, :3])
    assert not np.allclose(one[0, 3], other[0, 3])
