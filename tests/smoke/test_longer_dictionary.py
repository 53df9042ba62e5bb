"""A dictionary that got new lines at its end: models of before read, continue and are tuned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import paddle
import pytest
import toy

from ppocr_ext.config import load_config
from ppocr_ext.export.trained import TrainedModel, load_trained
from ppocr_ext.files import read_text, write_text
from ppocr_ext.models.build import build_network
from ppocr_ext.models.transplant import HEAD_BIAS, HEAD_WEIGHT
from ppocr_ext.models.weights import load_weights, read_lifted
from ppocr_ext.runtime import PUBLISHED
from ppocr_ext.text import Charset

pytestmark = pytest.mark.smoke

NEW = "➢ï"


def logits(model: TrainedModel) -> np.ndarray:
    image = np.random.default_rng(0).uniform(-1, 1, (1, 3, 48, 96)).astype("float32")
    return model.network(paddle.to_tensor(image))["ctc"].numpy()


def test_a_run_of_before_reads_as_it_did_and_continues_on_the_longer_one(tmp_path: Path) -> None:
    settings = {"Global__eval_batch_step": [0, 1000]}
    run = toy.train(toy.make(tmp_path, Global__epoch_num=1, **settings))
    before = load_trained(run / "latest")
    dictionary = tmp_path / "dict.txt"
    write_text(dictionary, read_text(dictionary) + "".join(f"{sign}\n" for sign in NEW))

    reads = load_trained(run / "latest")
    assert reads.charset == before.charset
    np.testing.assert_array_equal(logits(reads), logits(before))

    config = toy.config(tmp_path, Global__epoch_num=2, **settings)
    toy.train(toy.write_config(tmp_path, config), resume=True)
    after = load_trained(run / "latest")
    assert after.charset.characters == (*toy.CHARACTERS, *NEW)
    assert after.global_step == 2 * toy.STEPS_PER_EPOCH
    assert logits(after).shape[2] == logits(before).shape[2] + len(NEW)
    assert "13 copied" in read_text(run / "train.log")


def test_the_published_model_is_tuned_on_the_longer_dictionary(repository: Path) -> None:
    charset = Charset.load(repository / "dicts" / "vi_dict.txt")
    config = load_config(repository / "configs" / "rec_finetune.yml").tree
    weights = PUBLISHED / "inference" / "inference.pdiparams"
    network = build_network(config["Architecture"], charset.num_classes)
    loaded = load_weights(network, config["Architecture"], weights, charset)

    (old, _), new = read_lifted(weights), network.state_dict()
    space = charset.num_classes - 1
    rows = [*range(256), space]  # the blank, 255 characters, the space
    np.testing.assert_array_equal(new[HEAD_WEIGHT].numpy()[:, rows], old[HEAD_WEIGHT])
    np.testing.assert_array_equal(new[HEAD_BIAS].numpy()[rows], old[HEAD_BIAS])
    assert loaded.head.kept.sum() == 257
    assert charset.classes[loaded.head.sources[charset.index("ï")]] == "i"
