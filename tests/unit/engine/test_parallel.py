"""Processes wait for the last of them, and for none that is gone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ppocr_ext.engine.parallel import Host, Meeting, come


@pytest.fixture
def meetings() -> Iterator[list[Meeting]]:
    """The ends of three processes; the first one's is the first."""
    host = Host("127.0.0.1")
    with ThreadPoolExecutor() as pool:
        first = pool.submit(host.open, 2)
        others = [come("127.0.0.1", host.port, host.token) for _ in range(2)]
        found = [first.result(timeout=10), *others]
    yield found
    for meeting in found:
        meeting.close()


@pytest.mark.parametrize("last", [0, 2])
def test_nobody_continues_before_the_last_has_come(meetings: list[Meeting], last: int) -> None:
    gone_on = threading.Event()

    def wait(meeting: Meeting) -> None:
        meeting.wait()
        gone_on.set()

    with ThreadPoolExecutor() as pool:
        early = [pool.submit(wait, meetings[i]) for i in range(3) if i != last]
        assert not gone_on.wait(0.2)
        meetings[last].wait()
        for each in early:
            each.result(timeout=10)


@pytest.mark.parametrize("gone", [0, 2])
def test_the_end_of_one_is_noticed_by_all(meetings: list[Meeting], gone: int) -> None:
    def wait(meeting: Meeting) -> None:
        try:
            meeting.wait()
        finally:
            meeting.close()  # as a process that ends

    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(wait, meetings[i]) for i in range(3) if i != gone]
        meetings[gone].close()
        for each in waiting:
            with pytest.raises(OSError, match=r"clos|reset"):
                each.result(timeout=10)


def test_a_stranger_is_sent_away() -> None:
    host = Host()
    with ThreadPoolExecutor() as pool:
        first = pool.submit(host.open, 1)
        with socket.create_connection(("127.0.0.1", host.port)) as stranger:
            stranger.sendall(b"x" * len(host.token))
            assert stranger.recv(1) == b""
        other = come("127.0.0.1", host.port, host.token)
        first.result(timeout=10).close()
        other.close()
