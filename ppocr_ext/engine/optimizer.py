"""From the ``Optimizer`` section to a Paddle optimizer, and its state across runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import paddle
from paddle import nn

from ppocr_ext.config.schema.optimizer import Optimizer as Settings


def build_optimizer(network: nn.Layer, settings: Settings) -> paddle.optimizer.Optimizer:
    """Build the optimizer of ``settings`` over the trainable parameters of ``network``.

    The learning rate is set before every step from the schedule. Gradients are clipped by the
    step, not here, so that their norm is known (``clip_norm``, a bound per tensor, is Paddle's).
    """
    decay = settings.regularizer.factor if settings.regularizer else settings.weight_decay
    common: dict[str, Any] = {
        "learning_rate": settings.lr.learning_rate,
        "parameters": parameter_groups(network, settings),
        "grad_clip": nn.ClipGradByNorm(settings.clip_norm) if settings.clip_norm else None,
    }
    adam = {"beta1": settings.beta1, "beta2": settings.beta2, "epsilon": settings.epsilon}
    if settings.name == "AdamW":  # decoupled weight decay, arXiv:1711.05101
        spared = _without_decay(network, settings)
        return paddle.optimizer.AdamW(
            **common,
            **adam,
            weight_decay=decay,
            apply_decay_param_fun=lambda name: name not in spared,
        )
    others: dict[str, Any] = {
        "Adam": adam,
        "Momentum": {"momentum": settings.momentum},
        "SGD": {},
        "RMSProp": {"rho": settings.rho, "momentum": settings.momentum},
        "Adadelta": {"rho": settings.rho},
    }
    build = getattr(paddle.optimizer, settings.name)
    return build(**common, **others[settings.name], weight_decay=_penalty(settings, decay))


def parameter_groups(network: nn.Layer, settings: Settings) -> list[dict[str, Any]]:
    """One Paddle parameter group per ``groups`` pattern (first match wins), then the rest."""
    rules = [(re.compile(group.pattern), group.lr_mult) for group in settings.groups]
    rules.append((re.compile(""), 1.0))
    members: list[list[paddle.Tensor]] = [[] for _ in rules]
    for name, parameter in network.named_parameters():
        if not parameter.stop_gradient:
            first = next(i for i, (pattern, _) in enumerate(rules) if pattern.search(name))
            members[first].append(parameter)
    return [
        {"params": group, "learning_rate": factor}
        for group, (_, factor) in zip(members, rules, strict=True)
        if group
    ]


def _penalty(settings: Settings, factor: float) -> Any:
    """The L1 or L2 regularizer of the rules other than AdamW; ``None`` when it is 0."""
    if not factor:
        return None
    is_l1 = settings.regularizer is not None and settings.regularizer.name.startswith("L1")
    return (paddle.regularizer.L1Decay if is_l1 else paddle.regularizer.L2Decay)(factor)


def _without_decay(network: nn.Layer, settings: Settings) -> set[str]:
    """Paddle names of parameters that weight decay spares."""
    words = settings.no_weight_decay_name.split()
    return {
        parameter.name
        for name, parameter in network.named_parameters()
        if (settings.one_dim_param_no_weight_decay and parameter.ndim == 1)
        or any(word in name for word in words)
    }


def parameter_names(network: nn.Layer) -> dict[str, str]:
    """Structured name -> Paddle's own name, which depends on what was built before."""
    return {name: parameter.name for name, parameter in network.named_parameters()}


def load_moments(
    optimizer: paddle.optimizer.Optimizer,
    saved: Mapping[str, Any],
    saved_names: Mapping[str, str],
    network: nn.Layer,
) -> list[str]:
    """Load optimizer state saved under other Paddle names; returns parameters that lack some.

    saved: content of ``.pdopt``. saved_names: :func:`parameter_names` of that run; without
    them nothing can be matched and nothing is used. Nor is state that another kind of
    optimizer or a parameter of another shape left.
    """
    current = parameter_names(network)
    renamed = {old: current[name] for name, old in saved_names.items() if name in current}
    fresh = _first_state(optimizer, network)
    fitting: dict[str, Any] = {}
    for key, value in saved.items():
        owner = owner_of(key, renamed)
        new_key = None if owner is None else renamed[owner] + key[len(owner) :]
        if new_key in fresh and list(value.shape) == list(fresh[new_key].shape):
            fitting[new_key] = value
    optimizer.set_state_dict({**fresh, **fitting})
    names = {own: name for name, own in current.items()}
    lacking = {owner_of(key, names) for key in fresh if key not in fitting}
    return sorted(names[owner] for owner in lacking if owner is not None)


def _first_state(optimizer: paddle.optimizer.Optimizer, network: nn.Layer) -> dict[str, Any]:
    """The state before the first step, for every trained parameter.

    Paddle makes it at the first step, and dies there when it was given only a part of it.
    """
    trained = [p for p in network.parameters() if not p.stop_gradient]
    block = paddle.static.default_main_program().global_block()
    optimizer._create_accumulators(block, trained)
    state = optimizer.state_dict()
    return {key: value for key, value in state.items() if isinstance(value, paddle.Tensor)}


def owner_of(key: str, names: Mapping[str, Any]) -> str | None:
    """The parameter that an accumulator key such as ``conv2d_0.w_0_moment1_0`` belongs to."""
    parts = key.split("_")
    for end in range(len(parts) - 1, 0, -1):
        if (name := "_".join(parts[:end])) in names:
            return name
    return None
