"""Several processes of one run: gradients averaged, sums reduced, rank 0 in charge.

Works under ``python -m paddle.distributed.launch`` (nccl or gloo) and under
:mod:`ppocr_ext.engine.launch`, which starts the processes of one CPU.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import paddle
from paddle import Tensor

from ppocr_ext.errors import UserError
from ppocr_ext.runtime import launched

T = TypeVar("T")
LOOPBACK = "127.0.0.1"
PATIENCE = 60.0  # seconds for a connection to come about
_TOKEN_BYTES = 16
# A host that vanishes closes nothing: asked after 30 seconds of silence, it is gone after 60.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}


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
    """Send the others the address of the first process, by Paddle's own means."""
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
            f"another process of this run has ended: {str(error).strip().splitlines()[-1]}",
            "an answer from every process",
            "read the end of its output, and check whether the system ran out of memory; then "
            "continue with --resume",
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


# ---- where processes wait for each other, before they exchange tensors


class Meeting:
    """``wait`` returns when every process has called it; raises ``OSError`` when one is gone.

    gloo gives up after 30 seconds, whatever its settings; NCCL does not notice that a process is
    gone. A connection of every process to the first one waits for as long as a save, a slow disk
    or a long evaluation takes, and ends at once with the process at its other end.
    """

    def __init__(self, leads: bool, peers: Sequence[socket.socket]) -> None:
        self.leads, self.peers = leads, peers
        for peer in peers:
            peer.settimeout(None)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _KEEP_ALIVE.items():
                if hasattr(socket, option):
                    peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)

    def wait(self) -> None:
        """One byte from everyone to the first process, one back when it has them all."""
        if not self.leads:
            self.peers[0].sendall(b".")
        for peer in self.peers:
            if not peer.recv(1):
                raise ConnectionError("its connection is closed")
        if self.leads:
            for peer in self.peers:
                peer.sendall(b".")

    def close(self) -> None:
        for peer in self.peers:
            peer.close()


class Host:
    """The first process, before the others have come; ``port`` and ``token`` are for them.

    address: what it listens on; empty for every address of this machine.
    """

    def __init__(self, address: str = "") -> None:
        self._server = socket.create_server((address, 0))
        self.port: int = self._server.getsockname()[1]
        self.token = secrets.token_bytes(_TOKEN_BYTES)

    def open(self, others: int) -> Meeting:
        """Wait for ``others``; who does not know the token is sent away."""
        self._server.settimeout(PATIENCE)
        peers: list[socket.socket] = []
        with self._server:
            while len(peers) < others:
                peer, _ = self._server.accept()
                peer.settimeout(PATIENCE)
                if peer.recv(_TOKEN_BYTES) == self.token:
                    peers.append(peer)
                else:
                    peer.close()
        return Meeting(True, peers)


def come(host: str, port: int, token: bytes) -> Meeting:
    """What every process but the first does."""
    peer = socket.create_connection((host, port), timeout=PATIENCE)
    peer.sendall(token)
    return Meeting(False, [peer])
