"""Several processes of one run: gradients averaged, sums reduced, rank 0 in charge.

Works under ``python -m paddle.distributed.launch`` (nccl or gloo) and under
:mod:`ppocr_ext.engine.launch`, which starts the processes of one CPU.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import paddle
from paddle import Tensor

from ppocr_ext.engine.meeting import Host, Meeting, come
from ppocr_ext.errors import UserError
from ppocr_ext.runtime import launched

T = TypeVar("T")
LOOPBACK = "127.0.0.1"


def world_size() -> int:
    return launched().world


def rank() -> int:
    return launched().rank


def join() -> None:
    """Meet the other processes; nothing to do for a process alone."""
    if world_size() > 1 and not paddle.distributed.is_initialized():
        with contextlib.redirect_stderr(io.StringIO()):  # it lists flags that it sets itself
            paddle.distributed.init_parallel_env()
        _open_meeting()


_meeting: Meeting | None = None


def _open_meeting() -> None:
    """Tell the others how to reach the first process, by Paddle's own means."""
    global _meeting
    first = _first()
    host = Host(first if first == LOOPBACK else "") if rank() == 0 else None
    ((port, token),) = gather([(host.port, host.token)] if host is not None else [])
    with _everybody_answers():
        _meeting = host.open(world_size() - 1) if host is not None else come(first, port, token)


def _first() -> str:
    """The address of the first process, as Paddle looks for it."""
    master = os.environ.get("PADDLE_MASTER") or os.environ["PADDLE_TRAINER_ENDPOINTS"]
    return master.split(",")[0].rpartition(":")[0]


def sum_gradients(parameters: Iterable[Tensor], numbers: Tensor) -> Tensor:
    """Replace every gradient by its sum over the processes, in one message.

    ``numbers`` (float32 [N]) travel along: returns their sums. A process whose batch was empty has
    no gradients and counts as zeros.
    """
    if world_size() == 1:
        return numbers
    owners = [p for p in parameters if not p.stop_gradient]
    parts = [
        paddle.zeros([p.size]) if p.grad is None else p.grad.reshape([-1]).astype("float32")
        for p in owners
    ]
    flat = paddle.concat([*parts, numbers])
    with _everybody_answers():
        paddle.distributed.all_reduce(flat)
    *totals, sums = paddle.split(flat, [*(p.size for p in owners), numbers.size])
    for parameter, total in zip(owners, totals, strict=True):
        parameter.grad = total.reshape(parameter.shape).astype(parameter.dtype)
    return sums


@contextlib.contextmanager
def _everybody_answers() -> Iterator[None]:
    """Around messages between the processes: waits for the last, says when one is gone."""
    try:
        if _meeting is not None:
            _meeting.wait()
        yield
    except (RuntimeError, OSError) as error:
        raise UserError(
            f"another process of this run is gone: {str(error).strip().splitlines()[-1]}",
            "an answer of every process",
            "look for the end of its own output, or for the system's note of memory run out; "
            "then continue with --resume",
        ) from error


def sum_over_ranks(values: Mapping[str, float]) -> dict[str, float]:
    """Add up the same named numbers of every process; all processes must call it together."""
    if world_size() == 1:
        return dict(values)
    names = sorted(values)
    total = paddle.to_tensor([float(values[name]) for name in names], dtype="float64")
    with _everybody_answers():
        paddle.distributed.all_reduce(total)
    return dict(zip(names, total.tolist(), strict=True))


def gather(values: Sequence[T]) -> list[T]:
    """The values of every process, rank by rank; all processes must call it together."""
    if world_size() == 1:
        return list(values)
    parts: list[list[T]] = []
    with _everybody_answers():
        paddle.distributed.all_gather_object(parts, list(values))
    return [value for part in parts for value in part]


def same_parameters(network: paddle.nn.Layer) -> None:
    """Give every process the weights of rank 0."""
    if world_size() == 1:
        return
    with _everybody_answers():
        for tensor in network.state_dict().values():
            paddle.distributed.broadcast(tensor, src=0)
