"""The structure losses against sums over paths, letters and parts."""

from __future__ import annotations

import numpy as np
import paddle
import pytest

from ppocr_ext.losses.ctc import Targets, alignment
from ppocr_ext.losses.structure import (
    PARTS,
    marginal_structure_loss,
    part_tables,
    structure_loss,
)
from ppocr_ext.text.charset import Charset
from tests.unit.losses import reference

CHARSET = Charset.from_characters("aeếạđ")  # 1 a, 2 e, 3 ế, 4 ạ, 5 đ (no d), 6 space
LABEL = [3, 1]
TARGETS = Targets(np.array([LABEL], "int32"), np.array([2], "int32"))
TABLES = part_tables(CHARSET)


def tensors() -> dict[str, paddle.Tensor]:
    return {part: paddle.to_tensor(table.astype("float64")) for part, table in TABLES.items()}


def test_each_class_has_one_value_of_each_part_and_the_blank_none() -> None:
    values = {part: table.argmax(axis=1).tolist() for part, table in TABLES.items()}
    assert values["base"][1:] == [1, 2, 2, 1, 5, 6]  # đ stands for itself: d is not known
    assert values["shape"][1:] == [0, 0, 2, 0, 4, 0]
    assert values["tone"][1:] == [0, 0, 2, 5, 0, 0]
    for table in TABLES.values():
        assert table.sum(axis=1).tolist() == [0, 1, 1, 1, 1, 1, 1]


def test_heads_are_aligned_to_the_path() -> None:
    random = np.random.default_rng(1)
    main = random.normal(size=(4, CHARSET.num_classes))
    gamma = reference.occupancy(main, LABEL)
    for part in PARTS:
        heads = {p: random.normal(size=(4, TABLES[p].shape[1])) for p in PARTS}

        def plain(z: np.ndarray, part: str = part, heads: dict = heads) -> float:
            logits = {**heads, part: z}
            return -sum(
                (gamma @ TABLES[p] * np.log(reference.softmax(logits[p]))).sum() for p in PARTS
            )

        def ours(z: paddle.Tensor, part: str = part, heads: dict = heads) -> paddle.Tensor:
            logits = {p: paddle.to_tensor(value[None]) for p, value in heads.items()}
            aligned = alignment(paddle.to_tensor(main[None]), TARGETS)
            return structure_loss({**logits, part: z}, aligned, tensors())

        value, gradient = reference.value_and_gradient(ours, heads[part][None])
        assert value[0] == pytest.approx(plain(heads[part]), rel=1e-7)
        np.testing.assert_allclose(gradient[0], reference.slopes(plain, heads[part]), atol=1e-6)


def test_marginal_form_sums_the_main_head_over_each_part() -> None:
    at = np.random.default_rng(2).normal(size=(4, CHARSET.num_classes))
    gamma = reference.occupancy(at, LABEL)

    def plain(z: np.ndarray) -> float:
        p = reference.softmax(z)
        total = 0.0
        for part in PARTS:
            q = p @ TABLES[part] / (1 - p[:, :1])
            total -= (gamma @ TABLES[part] * np.log(q + 1e-8)).sum()
        return total

    value, gradient = reference.value_and_gradient(
        lambda z: marginal_structure_loss(
            z, alignment(paddle.to_tensor(at[None]), TARGETS), tensors()
        ),
        at[None],
    )
    assert value[0] == pytest.approx(plain(at), rel=1e-6)
    np.testing.assert_allclose(gradient[0], reference.slopes(plain, at), atol=1e-6)


def test_a_wrong_tone_costs_only_the_tone() -> None:
    """ê read for ế: base and shape are right."""
    charset = Charset.from_characters("eêếộ")
    certain = paddle.zeros([1, 1, charset.num_classes])
    certain[0, 0, charset.index("ê")] = 30.0
    targets = Targets(np.array([[charset.index("ế")]], "int32"), np.array([1], "int32"))
    tables = {p: paddle.to_tensor(t) for p, t in part_tables(charset).items()}
    gamma = alignment(certain, targets)
    costs = {
        part: float(
            marginal_structure_loss(
                certain, gamma, {p: t if p == part else t * 0 for p, t in tables.items()}
            )
        )
        for part in PARTS
    }
    assert costs["base"] == pytest.approx(0, abs=1e-4)
    assert costs["shape"] == pytest.approx(0, abs=1e-4)
    assert costs["tone"] > 10
