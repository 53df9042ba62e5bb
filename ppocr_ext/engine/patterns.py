"""The config's regular expressions over parameter names, checked against the network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from paddle import nn

from ppocr_ext.config import Config
from ppocr_ext.config.schema.optimizer import Group
from ppocr_ext.errors import UserError


def is_meant(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of ``patterns`` finds ``name``."""
    return any(re.search(pattern, name) for pattern in patterns)


def refuse_idle_patterns(network: nn.Layer, config: Config) -> None:
    """Raise one :class:`UserError` for all patterns that choose nothing, or everything.

    ``Global.freeze`` must leave something to train, ``Global.fresh`` something to load, a group
    of ``Optimizer.groups`` something to the others. To be called before anything is frozen.
    """
    names = [name for name, each in network.named_parameters() if not each.stop_gradient]
    settings, groups = config.Global, config.Optimizer.groups
    problems = list(_in_list("Global.freeze", settings.freeze, names, "nothing would be trained"))
    if weights := settings.pretrained_model:
        tensors, effect = list(network.state_dict()), f"nothing of {weights} would be loaded"
        problems += _in_list("Global.fresh", settings.fresh, tensors, effect)
    problems += _in_groups(groups, names)
    trained = [name for name in names if not is_meant(name, settings.freeze)]
    if trained and not any(_rate(name, groups) for name in trained):
        problems.append("Optimizer.groups: lr_mult is 0 everywhere, nothing would be trained")
    if problems:
        parts = dict.fromkeys(".".join(name.split(".")[:2]) + "." for name in names)
        raise UserError(
            "patterns that do not choose among the network's parameters:\n"
            + "\n".join(f"  - {problem}" for problem in problems),
            f"regular expressions that find some of the names, which begin with {', '.join(parts)}",
            "correct or remove these patterns",
        )


def _in_list(key: str, patterns: Sequence[str], names: Sequence[str], effect: str) -> Iterator[str]:
    """Problems of patterns that act together; ``effect`` of finding everything."""
    for pattern in patterns:
        if not any(re.search(pattern, name) for name in names):
            yield f"{key}: {pattern!r} finds no parameter"
    if patterns and all(is_meant(name, patterns) for name in names):
        yield f"{key}: {', '.join(map(repr, patterns))} finds every parameter; {effect}"


def _in_groups(groups: Sequence[Group], names: Sequence[str]) -> Iterator[str]:
    """Problems of patterns of which the first that fits decides."""
    left = list(names)
    for position, group in enumerate(groups):
        what = f"Optimizer.groups.{position}: {group.pattern!r} finds"
        found = [name for name in names if re.search(group.pattern, name)]
        taken = [name for name in left if name in found]
        if not found:
            yield f"{what} no parameter"
        elif not taken:
            yield f"{what} only parameters of earlier groups"
        elif len(taken) == len(names):
            yield f"{what} every parameter; multiply Optimizer.lr.learning_rate instead"
        left = [name for name in left if name not in taken]


def _rate(name: str, groups: Sequence[Group]) -> float:
    return next((group.lr_mult for group in groups if re.search(group.pattern, name)), 1.0)
