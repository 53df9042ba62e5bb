"""Building from a config: errors name the key, what is known and what is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import paddle
import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.models.build import ARCHITECTURES, build_network
from tests.unit.models.trial import try_network

SMALL = ARCHITECTURES["PP-OCRv6_small_rec"]


def test_official_keys_that_say_what_is_implied_are_accepted() -> None:
    official = {"name": "PPLCNetV4", "use_rep": True, "stem_type": "branch"}
    assert build_network({**SMALL, "Backbone": official}, 5).backbone.out_channels == 384


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Backbone": {"name": "PPLCNetV9"}}, "PaddleOCR cannot build it"),
        ({"Backbone": {"name": "PPLCNetV4", "model_size": "huge"}}, "unknown size 'huge'"),
        ({"Backbone": {"name": "PPLCNetV4", "depth": 3}}, "unexpected keyword argument 'depth'"),
        ({"Head": {"name": "SARHead"}}, "PaddleOCR cannot build it"),
        ({"Head": {"name": "MultiHead"}}, "no CTCHead"),
    ],
)
def test_unknown_parts_are_named(change: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        build_network({**SMALL, **change}, 5)


def test_v4_mobile_fuses_to_the_same_output() -> None:
    network = build_network({**ARCHITECTURES["PP-OCRv4_mobile_rec"], "form": "train"}, 7)
    network.eval()
    picture = paddle.to_tensor(np.random.default_rng(0).normal(size=(1, 3, 48, 96)), "float32")
    with paddle.no_grad():
        before = network(picture)["ctc"].numpy()
        network.fuse()
        after = network(picture)["ctc"].numpy()
    np.testing.assert_allclose(before, after, atol=1e-5 * np.abs(before).max())
    assert not any("conv_kxk" in name for name in network.state_dict())


@pytest.mark.parametrize(
    ("name", "form"),
    [*((name, "train") for name in ARCHITECTURES)]
    + [(name, "fused") for name in ("PP-OCRv6_tiny_rec", "PP-OCRv6_small_rec")],
)
def test_it_trains_saves_loads_and_reads(name: str, form: str, tmp_path: Path) -> None:
    try_network({**ARCHITECTURES[name], "form": form}, tmp_path)
