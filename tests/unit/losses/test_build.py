"""From YAML to weighted, scheduled losses, and the errors on the way."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import paddle
import pytest

from ppocr_ext.config.schema.model import Loss
from ppocr_ext.data.batch import Batch
from ppocr_ext.errors import UserError
from ppocr_ext.losses.build import build_criterion, build_weight, validation_loss
from ppocr_ext.text.charset import Charset

CHARSET = Charset.from_characters("abc")
OUTPUTS = ("ctc", "gtc")


def multi(*entries: Any, **extra: Any) -> Loss:
    return Loss(name="MultiLoss", loss_config_list=list(entries), **extra)


def batch(problems: tuple[str, ...] = ("", "")) -> Batch:
    return Batch(
        images=np.zeros((2, 48, 8, 3), "uint8"),
        widths=np.full(2, 8, "int32"),
        labels=np.array([[1, 2], [3, 0]], "int32"),
        lengths=np.array([2, 1], "int32"),
        texts=["ab", "c"],
        paths=[""] * 2,
        indices=np.arange(2),
        problems=list(problems),
        skipped=[],
    )


def outputs() -> dict[str, paddle.Tensor]:
    random = np.random.default_rng(0)
    return {
        name: paddle.to_tensor(random.normal(size=(2, 6, CHARSET.num_classes)), "float32")
        for name in OUTPUTS
    }


def total(loss: Loss, step: int = 0) -> dict[str, float]:
    values = build_criterion(loss, CHARSET, 100, OUTPUTS)(outputs(), batch(), step)
    return {name: float(value) for name, value in values.items()}


def test_a_single_loss_is_also_the_total() -> None:
    values = total(Loss(name="CTCLoss"))
    assert list(values) == ["CTCLoss", "loss"] and values["loss"] == values["CTCLoss"]


def test_paddleocrs_weights_count_in_the_order_of_the_list() -> None:
    values = total(multi({"CTCLoss": None}, {"NRTRLoss": {"smoothing": False}}, weight_2=0.5))
    assert values["loss"] == pytest.approx(values["CTCLoss"] + 0.5 * values["NRTRLoss"])


def test_a_weight_follows_the_step_and_at_zero_the_loss_is_not_computed() -> None:
    loss = multi({"CTCLoss": {}}, {"RiskLoss": {"weight": [[10, 0], [20, 2.0]]}})
    early, late = total(loss, step=10), total(loss, step=15)
    assert early["RiskLoss"] == 0.0 and early["loss"] == early["CTCLoss"]
    assert late["RiskLoss"] > 0.0
    assert late["loss"] == pytest.approx(late["CTCLoss"] + 1.0 * late["RiskLoss"])


def test_stock_keys_are_understood() -> None:
    whole = multi({"CTCLoss": None}, {"SARLoss": {"ignore_index": 99}})
    assert total(whole)["SARLoss"] == total(multi({"CTCLoss": None}, {"SARLoss": None}))["SARLoss"]
    focal = total(Loss(name="CTCLoss", use_focal_loss=True))["loss"]
    assert focal == pytest.approx(total(Loss(name="FocalCTCLoss"))["loss"])
    smoothed = total(Loss(name="NRTRLoss", smoothing=True))["loss"]
    assert smoothed == pytest.approx(total(Loss(name="NRTRLoss", smoothing=0.1))["loss"])


def test_lines_with_a_problem_are_left_out() -> None:
    criterion = build_criterion(Loss(), CHARSET, 100, OUTPUTS)
    first = {name: value[:1] for name, value in outputs().items()}
    alone = batch()
    alone.labels, alone.lengths, alone.problems = alone.labels[:1], alone.lengths[:1], [""]
    with_problem = batch(("", "unreadable image"))
    for loss in (lambda *args: criterion(*args)["loss"], validation_loss):
        assert float(loss(outputs(), with_problem)) == pytest.approx(float(loss(first, alone)))
    nothing = batch(("unreadable image",) * 2)
    assert float(validation_loss(outputs(), nothing)) == 0.0


def test_validation_loss_is_the_likelihood_under_the_main_head() -> None:
    assert float(validation_loss(outputs(), batch())) == pytest.approx(total(Loss())["loss"])
    decoder = {"attention": outputs()["gtc"]}
    plain = total(Loss(name="NRTRLoss", smoothing=False))["loss"]
    assert float(validation_loss(decoder, batch())) == pytest.approx(plain)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (Loss(name="CTCLos"), "unknown loss 'CTCLos'; did you mean CTCLoss"),
        (multi({"CTCLoss": {"gamm": 2}}), "CTCLoss.gamm: unknown key"),
        (multi({"StructureLoss": None}), "needs base, shape, tone, the network gives ctc, gtc"),
    ],
)
def test_errors_name_the_key(loss: Loss, message: str) -> None:
    with pytest.raises(UserError, match=message):
        build_criterion(loss, CHARSET, 100, OUTPUTS)


@pytest.mark.parametrize(
    ("step", "weight"), [(0, 0.0), (1000, 0.0), (1500, 0.5), (2000, 1.0), (9999, 1.0)]
)
def test_weight_is_linear_between_its_points(step: int, weight: float) -> None:
    schedule = build_weight([[1000, 0], [2000, 1.0]], total_steps=3000)
    assert schedule(step) == pytest.approx(weight)


@pytest.mark.parametrize(("total", "step"), [(100, 75), (4000, 3000)])
def test_a_weight_may_follow_the_share_of_the_run(total: int, step: int) -> None:
    rising = build_weight([[0.7, 0.0], [0.8, 1.0]], total)
    assert [rising(s) for s in (0, step, total)] == pytest.approx([0.0, 0.5, 1.0])
    falling = build_weight([[0, 2.0], [1, 0.0]], total)
    assert [falling(s) for s in (0, step, total)] == pytest.approx([2.0, 0.5, 0.0])


@pytest.mark.parametrize(
    "written",
    [True, "much", [], [[0, 1], [0, 2]], [[5, 1], [1, 2]], [[1]], None, -0.5, math.nan, [[0, -1]]],
)
def test_a_weight_that_is_none_is_refused_with_the_config(written: Any) -> None:
    """So that an edit while training cannot bring one in."""
    for own, beside in (({"weight": written}, {}), (None, {"weight_1": written})):
        loss = Loss(name="MultiLoss", loss_config_list=[{"CTCLoss": own}], **beside)
        with pytest.raises(UserError, match="rising steps"):
            build_criterion(loss, CHARSET, 100, OUTPUTS)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ({"name": "MultiLoss"}, "found no loss, expected a list such as"),
        ({"loss_config_list": []}, "found no loss, expected a list such as"),
        ({"loss_config_list": [{"CTCLoss": None}, {"CTCLoss": None}]}, "CTCLoss is listed twice"),
        (
            {"name": "CTCLoss", "loss_config_list": [{"NRTRLoss": None}]},
            "only MultiLoss has",
        ),
        ({"name": "CTCLoss", "weight": 0}, "every weight is 0"),
        ({"loss_config_list": [{"CTCLoss": {"weight": [[0, 0], [9, 0]]}}]}, "every weight is 0"),
        ({"loss_config_list": [{"CTCLoss": None}], "weight_1": 0.0}, "every weight is 0"),
        ({"name": "FocalCTCLoss", "alpha": -1}, "alpha: found -1, expected more than 0"),
        ({"name": "NRTRLoss", "smoothing": 1.5}, "smoothing: found 1.5, expected true, false, or"),
    ],
)
def test_losses_that_train_nothing_or_backwards_are_refused(loss: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        build_criterion(Loss(**{"name": "MultiLoss", **loss}), CHARSET, 100, OUTPUTS)
