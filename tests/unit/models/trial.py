"""One network through its life: built, trained for two steps, saved, loaded, and read with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import paddle

from ppocr_ext.config.schema.model import Loss
from ppocr_ext.data.batch import Batch
from ppocr_ext.losses.build import build_criterion
from ppocr_ext.models.build import build_network
from ppocr_ext.models.lines import decode, to_input, to_labels
from ppocr_ext.models.weights import load_weights
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec

CHARSET = Charset.from_characters("aeếạđ")


def batch() -> Batch:
    random = np.random.default_rng(0)
    return Batch(
        images=random.integers(0, 256, (2, 48, 96, 3)).astype("uint8"),
        widths=np.array([96, 80], "int32"),
        labels=np.array([[1, 2, 6], [4, 0, 0]], "int32"),
        lengths=np.array([3, 1], "int32"),
        texts=["ae ", "ạ"],
        paths=[""] * 2,
        indices=np.arange(2),
        problems=[""] * 2,
        skipped=[],
    )


def read(network: paddle.nn.Layer) -> list[tuple[str, float]]:
    network.eval()
    with paddle.no_grad():
        return decode(network(to_input(batch().images, batch().widths)), CTCCodec(CHARSET))


def try_network(section: dict[str, Any], folder: Path) -> None:
    """Build the network of an ``Architecture`` section, take two steps, save, load, read."""
    paddle.seed(0)
    network = build_network(section, CHARSET.num_classes)
    main = "CTCLoss" if "ctc" in network.outputs else "AttentionLoss"
    terms = [{main: None}, *([{"NRTRLoss": None}] if "gtc" in network.outputs else [])]
    loss = Loss(name="MultiLoss", loss_config_list=terms)
    criterion = build_criterion(loss, CHARSET, 1, network.outputs)
    rule = paddle.optimizer.SGD(1e-3, parameters=network.parameters())
    network.train()
    before = {n: p.numpy().copy() for n, p in network.named_parameters() if not p.stop_gradient}
    for _ in range(2):
        outputs = network(to_input(batch().images, batch().widths), to_labels(batch().labels))
        values = criterion(outputs, batch())
        assert all(np.isfinite(float(value)) for value in values.values())
        values["loss"].backward()
        rule.step()
        rule.clear_grad()
    changed = [
        n
        for n, p in network.named_parameters()
        if n in before and not np.array_equal(p.numpy(), before[n])
    ]
    assert any(n.startswith("backbone.") for n in changed)
    assert any(n.startswith("head.") for n in changed)
    readings = read(network)
    assert len(readings) == 2 and all(set(text) <= set(CHARSET.classes) for text, _ in readings)
    paddle.save(network.state_dict(), str(folder / "w.pdparams"))
    for parameter in network.parameters():
        parameter.set_value(paddle.zeros_like(parameter))
    load_weights(network, section, folder / "w.pdparams", CHARSET, source=CHARSET)
    assert read(network) == readings
