"""The address of a page, which stays the same after a restart, and the server behind it."""

from __future__ import annotations

import json
import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import uvicorn
from starlette.types import ASGIApp

from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text, write_text
from ppocr_ext.web.guard import Access


class Session(NamedTuple):
    """write, read: tokens; port: the one of the last time."""

    write: str
    read: str
    port: int

    @classmethod
    def load(cls, path: Path, port: int) -> Session:
        """What ``path`` holds, else new tokens."""
        with suppress(OSError, ValueError, TypeError):
            return cls(**json.loads(read_text(path)))
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), port)

    def save(self, path: Path) -> None:
        """For this user alone."""
        write_text(path, json.dumps(self._asdict()) + "\n", private=True)

    def address(self, host: str = "127.0.0.1", token: str = "") -> str:
        """To open; with the token that writes by default."""
        return f"http://{host}:{self.port}/?token={token or self.write}"

    def access(self, hosts: list[str]) -> Access:
        names = frozenset(f"{host}:{self.port}" for host in (*hosts, "localhost"))
        return Access(self.write, self.read, names, self.port)


def bind(asked: int, last: int, lan: bool) -> socket.socket:
    """The port that is asked for, else the one of the last time, else a free one. Raises
    :class:`UserError`."""
    for port in (asked,) if asked else (last, 0):
        # Named, or asyncio leaves Nagle's algorithm on: 40 ms for each answer.
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name != "nt":  # there it would let two servers share a port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind(("0.0.0.0" if lan else "127.0.0.1", port))
            made.listen(128)  # who is quick waits until the server runs
            return made
        except OSError as error:
            made.close()
            reason = error.strerror
    raise UserError(f"--port {asked} cannot be used: {reason}", "a free port")


def own_addresses() -> list[str]:
    """IPv4 addresses of this machine in its networks."""
    with suppress(OSError):
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        names = dict.fromkeys(str(each[4][0]) for each in found)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
            names[probe.getsockname()[0]] = None
        return [name for name in names if not name.startswith("127.")]
    return []


def run(app: ASGIApp, bound: socket.socket) -> None:
    """Serve until Ctrl-C."""
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[bound])
