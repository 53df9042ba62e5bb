"""Downloads: checked, resumed, refused. Served by this machine itself."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ppocr_ext.download import download, is_url
from ppocr_ext.errors import UserError

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves CONTENT at every path but /missing; remembers the ranges it was asked for."""

    ranges: list[str | None]
    cut_at: int | None = None


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        if self.path == "/missing":
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        body = CONTENT[start:]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.cut_at])

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server(("127.0.0.1", 0), Handler)
    running.ranges = []
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def url(server: Server, name: str = "weights.pdparams") -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/{name}"


def test_a_file_is_fetched_once(server: Server, vietnamese_path: Path) -> None:
    target = vietnamese_path / "trọng số.pdparams"
    for _ in range(2):
        assert download(url(server), target, SHA256.upper()).read_bytes() == CONTENT
    assert server.ranges == [None]
    assert [path.name for path in vietnamese_path.iterdir()] == [target.name]


def test_a_lost_connection_is_continued_where_it_broke(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "weights.pdparams"
    server.cut_at = 100_000
    with pytest.raises(UserError, match="run the same command: it continues"):
        download(url(server), target, SHA256)
    assert not target.exists()
    server.cut_at = None
    download(url(server), target, SHA256)
    assert target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-"]


def test_a_complete_part_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "weights.pdparams"
    target.with_name("weights.pdparams.part").write_bytes(CONTENT)
    assert download(url(server), target, SHA256).read_bytes() == CONTENT


def test_a_wrong_checksum_is_refused_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="SHA-256 is"):
        download(url(server), tmp_path / "weights.pdparams", "0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_another_file_of_that_name_is_not_replaced(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "weights.pdparams"
    target.write_bytes(b"mine")
    with pytest.raises(UserError, match="SHA-256 is"):
        download(url(server), target, SHA256)
    assert target.read_bytes() == b"mine" and not server.ranges


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/x", "missing"])
def test_a_dead_link_says_so(server: Server, tmp_path: Path, address: str) -> None:
    address = address if is_url(address) else url(server, address)
    with pytest.raises(UserError, match="check the address"):
        download(address, tmp_path / "weights.pdparams", SHA256)


def test_only_http_addresses_are_urls() -> None:
    assert is_url("https://example.org/x.pdparams")
    assert not any(is_url(text) for text in ("C:/weights.pdparams", "output/x", "", None))
