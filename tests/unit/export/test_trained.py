"""What a checkpoint is called in PaddleOCR, and what identifies it."""

from __future__ import annotations

import copy

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.export.trained import model_name
from ppocr_ext.models.build import ARCHITECTURES


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_listed_network_has_its_own_name(name: str) -> None:
    found = model_name(ARCHITECTURES[name])
    # v4 and v5 mobile are one network under two names; the first one stands for both.
    assert ARCHITECTURES[found]["Backbone"] == ARCHITECTURES[name]["Backbone"]
    assert found == {"PP-OCRv5_mobile_rec": "PP-OCRv4_mobile_rec"}.get(name, name)


def test_keys_that_change_no_layer_change_no_name() -> None:
    architecture = copy.deepcopy(ARCHITECTURES["PP-OCRv6_small_rec"])
    architecture["Backbone"]["fused"] = False
    assert model_name(architecture) == "PP-OCRv6_small_rec"


def test_a_network_of_ones_own_must_be_named() -> None:
    with pytest.raises(UserError, match="--model-name"):
        model_name({"Backbone": {"name": "ResNet", "layers": 34}})
