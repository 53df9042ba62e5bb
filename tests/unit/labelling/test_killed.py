"""A server that is killed at any moment: what it acknowledged is there."""

from __future__ import annotations

import http.client
import json
import random
import re
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ppocr_ext.labelling.project import Project
from ppocr_ext.runtime import REPOSITORY

ACCEPTS, KILLS = 500, 4
FAILED = (OSError, http.client.HTTPException, ValueError)


class Server:
    """``tools/label.py`` as a process, and one connection to it."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "tools/label.py", str(folder), "--no-browser"]
        self.process = subprocess.Popen(
            command, cwd=REPOSITORY, stdout=subprocess.PIPE, encoding="utf-8"
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.match(r"open: http://([\d.]+):(\d+)/\?token=(\S+)", line):
                self.host, self.port, token = found[1], int(found[2]), found[3]
            if line.startswith("Ctrl-C"):
                break
        origin = f"http://{self.host}:{self.port}"
        self.headers = {"Origin": origin, "Cookie": f"label_{self.port}={token}"}
        self.connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        self.connection.connect()  # head and body are sent one by one: no waiting between them
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, body: Any) -> Any:
        self.connection.request("POST", path, json.dumps(body).encode(), self.headers)
        answer = self.connection.getresponse()
        found = json.loads(answer.read())
        assert answer.status == 200, found
        return found

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.mark.smoke
def test_everything_that_was_acknowledged_is_there_after_kills(folder: Path) -> None:
    rng = random.Random(5)
    kills = sorted(rng.sample(range(20, ACCEPTS - 20), KILLS))
    acknowledged: dict[int, int] = {}  # line → the last action that was said to be saved
    server, ports = Server(folder), set()
    for seq in range(1, ACCEPTS + 1):
        n = rng.randint(1, 10)
        action = {"seq": seq, "kind": "accept", "n": n, "text": f"chữ {seq}", "base": 0}
        body = {"client": "c", "who": "Lan", "actions": [action]}
        ports.add(server.port)
        if seq in kills:
            threading.Timer(rng.random() * 0.01, server.process.kill).start()
            with suppress(*FAILED):
                server.post("/api/actions", body)
                acknowledged[n] = seq
            server.process.wait()
            check(folder, acknowledged, seq)
            server = Server(folder)
        status = server.post("/api/actions", body)["acks"][0]["status"]
        assert status in ("saved", "known")
        acknowledged[n] = seq
    assert len(ports) == 1  # an open page finds it again
    server.kill()
    project = check(folder, acknowledged, ACCEPTS)
    rows = [*map(json.loads, project.log.path.read_text(encoding="utf-8").splitlines())]
    assert [row["seq"] for row in rows if row.get("kind") == "accept"] == [*range(1, ACCEPTS + 1)]


def check(folder: Path, acknowledged: dict[int, int], newest: int) -> Project:
    """Each line has the text that was said to be saved; the newest may be there, too."""
    project = Project(folder)
    for n, seq in acknowledged.items():
        assert project.state.lines[n].now.text in {f"chữ {seq}", f"chữ {newest}"}
    project.log.close()
    project.write()
    written = project.files.path("train.txt").read_text(encoding="utf-8")
    assert len(written.splitlines()) >= len(acknowledged)
    return project
