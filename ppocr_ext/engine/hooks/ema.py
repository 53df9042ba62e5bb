"""An exponential moving average of the weights (Polyak averaging; Izmailov et al., 2018)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import paddle
from paddle import Tensor, nn

from ppocr_ext.engine.hooks.base import Hook

if TYPE_CHECKING:
    from ppocr_ext.config import Config
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.step import StepResult


class EmaWeights(Hook):
    """``average = decay * average + (1 - decay) * weights`` after every applied step.

    Until ``start_step`` the average is the weights themselves. Its own scores are
    those with ``ema_`` before their names, its own best is ``best_ema``.
    """

    def __init__(self, network: nn.Layer) -> None:
        self.network = network
        self.average: dict[str, Tensor] = {}
        self.reset()

    def configure(self, config: Config) -> None:
        settings = config.Global.ema
        assert settings is not None
        self.decay, self.start_step = settings.decay, settings.start_step

    def reset(self, saved: Mapping[str, Any] | None = None) -> None:
        """Start from ``saved`` (name -> array), where it fits, else from the weights."""
        for name, tensor in self.network.state_dict().items():
            array = (saved or {}).get(name)
            fits = array is not None and list(array.shape) == list(tensor.shape)
            self.average[name] = paddle.to_tensor(array) if fits else tensor.clone().detach()

    @paddle.no_grad()
    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        if not result.applied:
            return
        decay = self.decay if trainer.state.global_step >= self.start_step else 0.0
        for name, tensor in self.network.state_dict().items():
            average = self.average[name]
            average.set_value(average * decay + tensor * (1.0 - decay))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The network with the averaged weights, for an evaluation."""
        weights = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
        self.network.set_state_dict(self.average)
        try:
            yield
        finally:
            self.network.set_state_dict(weights)
