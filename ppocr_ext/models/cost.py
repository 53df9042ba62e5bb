"""What a network costs: parameters, operations for a line, lines a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import paddle
from paddle import Tensor, nn

HEIGHT, WIDTH, CHARACTERS = 48, 320, 25  # of the line that is counted and timed


def parameters(network: nn.Layer) -> int:
    """Trainable numbers."""
    return sum(parameter.size for parameter in network.parameters() if parameter.trainable)


def multiplications(network: nn.Layer) -> int:
    """Multiplications in convolutions and linear layers while reading one line."""
    total = 0

    def count(layer: nn.Layer, entries: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        places = output.size // output.shape[1 if isinstance(layer, nn.Conv2D) else -1]
        total += layer.weight.size * places

    hooks = [
        layer.register_forward_post_hook(count)
        for layer in network.sublayers()
        if isinstance(layer, nn.Conv2D | nn.Linear)
    ]
    network.eval()
    with paddle.no_grad():
        network(paddle.zeros([1, 3, HEIGHT, WIDTH]), paddle.ones([1, CHARACTERS - 1], "int64"))
    for hook in hooks:
        hook.remove()
    return total


def training_speed(network: nn.Layer, batch: int) -> float:
    """Lines that one thread takes forward and backward in a second."""
    images = paddle.rand([batch, 3, HEIGHT, WIDTH])
    labels = paddle.ones([batch, CHARACTERS], dtype="int64")
    network.train()

    def step() -> None:
        outputs = network(images, labels)
        sum(output.mean() for output in outputs.values()).backward()
        network.clear_gradients()

    return batch / _seconds(step)


def reading_speed(network: nn.Layer, batch: int) -> float:
    """Lines that one thread reads in a second."""
    images = paddle.rand([batch, 3, HEIGHT, WIDTH])
    network.eval()
    with paddle.no_grad():
        return batch / _seconds(lambda: network(images))


def _seconds(step: Callable[[], Any], times: int = 3) -> float:
    """Processor time of the best of a few calls, after one to warm up: other work on the machine
    disturbs it less than the clock's. The same on one thread."""
    taken = []
    for _ in range(times + 1):
        started = time.process_time()
        step()
        taken.append(time.process_time() - started)
    return min(taken[1:])
