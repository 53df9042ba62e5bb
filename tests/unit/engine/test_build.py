"""Patterns over parameter names that choose nothing, or everything, are refused in one message."""

from __future__ import annotations

from typing import Any

import pytest
from paddle import nn

from ppocr_ext.config import Config
from ppocr_ext.engine.build import refuse_idle_patterns
from ppocr_ext.errors import UserError


class Network(nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2D(3, 4, 3), nn.BatchNorm2D(4))
        self.head = nn.Sequential(nn.Linear(4, 2))


def check(groups: list[dict[str, Any]] | None = None, **settings: Any) -> None:
    tree = {
        "Global": settings,
        "Optimizer": {"groups": groups or []},
        "Architecture": {"Head": {"name": "CTCHead"}},
    }
    refuse_idle_patterns(Network(), Config.model_validate(tree))


def group(pattern: str, lr_mult: float = 0.1) -> dict[str, Any]:
    return {"pattern": pattern, "lr_mult": lr_mult}


@pytest.mark.parametrize(
    ("groups", "settings"),
    [
        ([], {"freeze": [r"^backbone\."]}),
        ([], {"freeze": [r"^backbone\.0", "head"]}),  # the BatchNorm is left
        ([], {"fresh": ["head"], "pretrained_model": "x"}),
        ([], {"fresh": ["nonsense"]}),  # nothing is loaded anyway
        ([], {"fresh": ["_mean$"], "pretrained_model": "x"}),
        ([group("head"), group("")], {}),
        ([group("^backbone", 0), group("head")], {}),
    ],
)
def test_patterns_that_choose(groups: list[dict[str, Any]], settings: dict[str, Any]) -> None:
    check(groups, **settings)


@pytest.mark.parametrize(
    ("groups", "settings", "problem"),
    [
        ([], {"freeze": ["backbon e"]}, "Global.freeze: 'backbon e' matches no parameter"),
        ([], {"freeze": ["_mean$"]}, "Global.freeze: '_mean$' matches no parameter"),
        (
            [],
            {"freeze": [".*"]},
            "Global.freeze: '.*' matches every parameter; nothing would be tra",
        ),
        (
            [],
            {"freeze": ["^b", "^h"]},
            "'^b', '^h' matches every parameter; nothing would be trained",
        ),
        (
            [],
            {"fresh": ["hed"], "pretrained_model": "x"},
            "Global.fresh: 'hed' matches no parameter",
        ),
        ([], {"fresh": [""], "pretrained_model": "x"}, "nothing of x would be loaded"),
        ([group("hed")], {}, "Optimizer.groups.0: 'hed' matches no parameter"),
        (
            [group("a")],
            {},
            "Optimizer.groups.0: 'a' matches every parameter; multiply Optimizer.lr",
        ),
        (
            [group("head"), group("^head")],
            {},
            "groups.1: '^head' matches only parameters of earlier",
        ),
        ([group("head", 0)], {"freeze": ["backbone"]}, "lr_mult is 0 everywhere, nothing would be"),
    ],
)
def test_patterns_that_do_not(
    groups: list[dict[str, Any]], settings: dict[str, Any], problem: str
) -> None:
    with pytest.raises(UserError) as caught:
        check(groups, **settings)
    assert problem in caught.value.found
    assert caught.value.found.count("\n") == 1
    assert "backbone.0., backbone.1., head.0." in caught.value.expected


def test_all_of_them_come_together() -> None:
    with pytest.raises(UserError) as caught:
        check([group("x"), group("y")], freeze=["z"], fresh=["q7"], pretrained_model="m")
    assert caught.value.found.count("\n  - ") == 4
