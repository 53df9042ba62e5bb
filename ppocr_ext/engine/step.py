"""One optimizer step: forward, loss, backward, average, clip, update."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import paddle
from paddle import Tensor, nn

from ppocr_ext.data.batch import Batch
from ppocr_ext.engine import parallel
from ppocr_ext.engine.schedule import Schedule
from ppocr_ext.engine.state import TrainState
from ppocr_ext.losses.build import Criterion
from ppocr_ext.models.lines import to_input, to_labels
from ppocr_ext.tensors import to_device

GROW_AFTER = 1000  # good steps, as Paddle's GradScaler


@dataclass
class LossScale:
    """What losses are multiplied with before the backward pass, and gradients divided by after it.

    A dynamic scale doubles after many good steps and halves when gradients overflow
    (Micikevicius et al., Mixed Precision Training, ICLR 2018). Powers of two change no digit of a
    gradient in float32. Paddle's ``GradScaler`` does the same on a GPU alone, skips by rules of
    its own, and its saved state cannot be written as JSON and loaded again.
    """

    scale: float = 1.0
    dynamic: bool = False
    good_steps: int = 0

    @property
    def can_shrink(self) -> bool:
        return self.dynamic and self.scale > 1.0

    def update(self, finite: bool) -> None:
        """Learn how the gradients of a step came out."""
        if not finite:
            self.scale = max(self.scale / 2, 1.0) if self.can_shrink else self.scale
            self.good_steps = 0
            return
        self.good_steps += 1
        if self.dynamic and self.good_steps == GROW_AFTER:
            self.scale, self.good_steps = self.scale * 2, 0

    def state(self) -> dict[str, Any]:
        return asdict(self)

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Continue from :meth:`state`, unless the scale is fixed now."""
        if self.dynamic and saved.get("dynamic"):
            self.scale, self.good_steps = saved["scale"], saved["good_steps"]


@dataclass
class StepResult:
    """losses: means over all lines of the step, on every process, by name. outputs: of the last
    batch here. applied: whether the weights changed. stop: whether any process asked to stop.
    announced: number of a new config, from rank 0. overflowed: not applied, but no more than the
    loss scale was too large. blamed: of any other step that was not applied, the first parameter
    back from the loss whose gradient is not finite."""

    losses: dict[str, float]
    outputs: Mapping[str, Tensor] | None
    batches: Sequence[Batch]
    lines: int
    lr: float
    grad_norm: float
    applied: bool
    stop: bool
    announced: int
    overflowed: bool = False
    blamed: str = ""


class TrainStep:
    """Callable that takes the batches of one step and changes the weights once.

    The gradient is that of the mean over all lines of the step, however many batches and
    processes they come in.

    Args:
        lines_per_step: lines of a full step over all processes.
        clip_norm: largest global gradient norm, ``None`` for no clipping.
        amp: ``None``, or keyword arguments of ``paddle.amp.auto_cast``. At either level it casts
            what an operator takes, parameters too (at O2 unless it promotes to float32), so the
            weights stay in float32 and are their own master copies: ``paddle.amp.decorate`` is
            not needed, checkpoints lose nothing.
    """

    def __init__(
        self,
        network: nn.Layer,
        criterion: Criterion,
        optimizer: paddle.optimizer.Optimizer,
        schedule: Schedule,
        lines_per_step: int,
        clip_norm: float | None = None,
        seed: int = 0,
        amp: Mapping[str, Any] | None = None,
        loss_scale: LossScale | None = None,
    ) -> None:
        self.network, self.criterion, self.optimizer = network, criterion, optimizer
        self.schedule, self.lines_per_step = schedule, lines_per_step
        self.clip_norm, self.seed, self.amp = clip_norm, seed, amp
        self.loss_scale = loss_scale or LossScale()
        self.parameters = [p for p in network.parameters() if not p.stop_gradient]
        self.statistics = running_statistics(network)

    def __call__(
        self, batches: Sequence[Batch], state: TrainState, stop: bool = False, announce: int = 0
    ) -> StepResult:
        """Take the step after ``state.global_step``; all processes learn of both numbers."""
        self._seed(state.global_step)
        self.network.train()
        statistics = [tensor.clone() for tensor in self.statistics]
        names = self.criterion.names
        sums = paddle.zeros([len(names)])  # stays on the device: reading it waits for the device
        outputs, lines = None, 0
        for batch in filter(len, batches):
            terms, outputs = self._backward(batch, state.global_step)
            lines += len(batch)
            values = [terms[name].detach().astype("float32") for name in names]
            sums = sums + paddle.stack(values) * len(batch)
        told = to_device(np.array([stop, announce, lines], "float32"))
        sums = parallel.sum_gradients(self.parameters, paddle.concat([told, sums]))
        # The one time that a step waits for the device.
        numbers = paddle.concat([sums, gradient_norm(self.parameters)]).tolist()
        stops, announced, all_lines, *totals, norm = numbers
        all_lines = max(int(all_lines), 1)
        losses = {name: total / all_lines for name, total in zip(names, totals, strict=True)}
        lr = self.schedule(state.global_step) * state.lr_factor
        self.optimizer.set_lr(lr)
        norm, applied = self._update(losses["loss"], norm, self.lines_per_step / all_lines)
        overflowed = self.loss_scale.can_shrink and math.isfinite(losses["loss"]) and not applied
        self.loss_scale.update(applied)
        blamed = ""
        if not applied:
            blamed = "" if overflowed else self._blame(batches, state.global_step)
            # The forward pass has damaged them permanently.
            for tensor, before in zip(self.statistics, statistics, strict=True):
                tensor.set_value(before)
        return StepResult(
            losses,
            outputs,
            batches,
            all_lines,
            lr,
            norm,
            applied,
            stops > 0,
            int(announced),
            overflowed,
            blamed,
        )

    def _seed(self, step: int) -> None:
        """Dropout is a function of (seed, step, rank): nothing to save, exact at any resume."""
        paddle.seed((self.seed * 1_000_003 + step * 64 + parallel.rank()) % 2**31)

    def _backward(self, batch: Batch, step: int) -> tuple[dict[str, Tensor], Mapping[str, Tensor]]:
        images = to_input(batch.images, batch.widths)
        with paddle.amp.auto_cast(**(self.amp or {"enable": False})):
            outputs = self.network(images, to_labels(batch.labels))
        terms = self.criterion(outputs, batch, step)
        share = len(batch) / self.lines_per_step
        (terms["loss"] * (share * self.loss_scale.scale)).backward()
        return terms, outputs

    @paddle.no_grad()
    def _update(self, loss: float, norm: float, correction: float) -> tuple[float, bool]:
        """Clip and apply the gradients; a step that is not finite leaves the weights alone.

        norm: of the gradients as they are; returned is that of the mean over the step's lines.
        correction: makes the sum over a step of fewer lines than usual the mean over them.
        """
        factor = correction / self.loss_scale.scale
        norm *= factor
        finite = math.isfinite(loss) and math.isfinite(norm)
        if finite and self.clip_norm is not None and norm > self.clip_norm:
            factor *= self.clip_norm / norm
        if finite:
            if factor != 1.0:
                for parameter in self.parameters:
                    if parameter.grad is not None:
                        parameter.grad.scale_(factor)
            self.optimizer.step()
        self.optimizer.clear_grad()
        return norm, finite

    def _blame(self, batches: Sequence[Batch], step: int) -> str:
        """The first parameter, going back from the loss, whose gradient is not finite.

        The sum over the processes has replaced all gradients, so the passes of this process run
        again. Empty when none of its own is bad.
        """
        self._seed(step)
        for batch in filter(len, batches):
            self._backward(batch, step)
        bad = [
            name
            for name, parameter in self.network.named_parameters()
            if parameter.grad is not None and not bool(paddle.isfinite(parameter.grad).all())
        ]
        self.optimizer.clear_grad()
        return bad[-1] if bad else ""


def gradient_norm(parameters: Sequence[Tensor]) -> Tensor:
    """The Euclidean norm [1] of all gradients together, on the device.

    A dot product takes a quarter of the time that ``paddle.linalg.norm`` does on a CPU.
    """
    gradients = [p.grad.flatten().astype("float32") for p in parameters if p.grad is not None]
    if not gradients:
        return paddle.zeros([1])
    return paddle.stack([paddle.dot(flat, flat) for flat in gradients]).sum(keepdim=True).sqrt()


def running_statistics(network: nn.Layer) -> list[Tensor]:
    """Means and variances that BatchNorm layers change while training, if they do."""
    if getattr(network, "keeps_statistics", False):
        return []
    tensors = network.state_dict().items()
    return [tensor for name, tensor in tensors if name.endswith(("._mean", "._variance"))]
