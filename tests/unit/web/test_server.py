"""The address of a page: the same after a restart, and nobody else's to read."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.web import server
from ppocr_ext.web.server import Session, bind, own_addresses


def test_a_session_outlives_a_restart(vietnamese_path: Path) -> None:
    path = vietnamese_path / "labelling" / "session.json"
    first = Session.load(path, 8777)
    assert first.port == 8777 and first.write != first.read and len(first.write) >= 32
    assert Session.load(path, 8777).write != first.write  # nothing is saved yet
    first.save(path)
    assert Session.load(path, 9) == first
    assert first.address() == f"http://127.0.0.1:8777/?token={first.write}"
    assert first.address("10.0.0.2", "x") == "http://10.0.0.2:8777/?token=x"
    access = first.access(["127.0.0.1", "10.0.0.2"])
    assert access.hosts == {"127.0.0.1:8777", "10.0.0.2:8777", "localhost:8777"}
    assert (access.write, access.read, access.cookie) == (first.write, first.read, "label_8777")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"write": "a"}', '{"more": 1}', "\x00"])
def test_a_damaged_session_is_a_new_one(vietnamese_path: Path, text: str) -> None:
    path = vietnamese_path / "session.json"
    path.write_text(text, encoding="utf-8")
    assert Session.load(path, 8777).port == 8777


@pytest.mark.skipif(os.name == "nt", reason="there the folder's rights count")
def test_at_no_moment_may_others_read_the_tokens(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = vietnamese_path / "session.json"
    path.write_text("{}", encoding="utf-8")
    path.chmod(0o644)  # as an earlier version left it
    seen = []

    def look(stream: object) -> None:
        files = [each for each in vietnamese_path.iterdir() if each != path]
        seen.extend(stat.S_IMODE(each.stat().st_mode) for each in files)

    monkeypatch.setattr("ppocr_ext.files.sync", look)
    Session.load(path, 8777).save(path)
    assert seen == [0o600]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(json.loads(path.read_text(encoding="utf-8"))) == {"write", "read", "port"}


def test_the_port_of_the_last_time_else_a_free_one() -> None:
    with bind(0, 0, lan=False) as first:
        host, port = first.getsockname()
        assert host == "127.0.0.1" and port > 0
        with bind(0, port, lan=False) as other:
            assert other.getsockname()[1] not in (0, port)
        with pytest.raises(UserError, match=f"--port {port} cannot be used: .") as error:
            bind(port, 0, lan=False)
        assert error.value.expected == "a free port"
    with bind(0, port, lan=False) as again:
        assert again.getsockname()[1] == port
    with bind(0, 0, lan=True) as open_to_all:
        assert open_to_all.getsockname()[0] == "0.0.0.0"


def test_addresses_for_others_are_none_of_this_machine_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not [each for each in own_addresses() if each.startswith("127.")]

    def without_network(*words: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(server.socket, "getaddrinfo", without_network)
    assert own_addresses() == []
