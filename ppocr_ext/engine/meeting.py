"""Where processes wait for each other, before they exchange tensors.

gloo gives up after 30 seconds, whatever it is told; NCCL does not notice that a process is gone.
A connection of every process to the first one waits for as long as a save, a slow disk or a long
evaluation takes, and ends at once with the process at its other end.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Sequence

PATIENCE = 60.0  # seconds for a connection to come about
_TOKEN_BYTES = 16
# A host that vanishes closes nothing: asked after 30 seconds of silence, it is gone after 60.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}


class Meeting:
    """``wait`` returns when every process has called it.

    Raises ``OSError`` when one is gone.
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
