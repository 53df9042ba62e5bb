"""What a route answers, and which status an error of ours becomes."""

from __future__ import annotations

import errno
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from ppocr_ext.errors import UserError
from ppocr_ext.transforms.image import UnreadableImage
from ppocr_ext.web import answers
from ppocr_ext.web.answers import Problem, application, field, get, number, picture, post
from ppocr_ext.web.guard import Access

HOST = "127.0.0.1:8777"
ACCESS = Access("writes", "looks", frozenset({HOST}), 8777)


def served(static: Path, *routes: Any) -> TestClient:
    (static / "index.html").write_text("<p>trang</p>", encoding="utf-8")
    (static / "app.js").write_text("// ứng dụng", encoding="utf-8")
    headers = {"host": HOST, "origin": f"http://{HOST}"}
    made = TestClient(application(routes, static, ACCESS), headers=headers)
    made.cookies.set(ACCESS.cookie, "writes")
    return made


def raising(error: Exception) -> Any:
    def function(request: Any) -> dict[str, Any]:
        raise error

    return function


def test_the_page_and_its_files(vietnamese_path: Path) -> None:
    client = served(vietnamese_path)
    assert client.get("/").text == "<p>trang</p>"
    script = client.get("/static/app.js")
    assert script.text == "// ứng dụng" and "javascript" in script.headers["content-type"]
    assert client.get("/static/none.js").status_code == 404


@pytest.mark.parametrize(
    ("error", "status", "code", "found"),
    [
        (Problem(404, "not_found", "no such line"), 404, "not_found", "no such line"),
        (UnreadableImage("truncated"), 422, "unreadable", "truncated"),
        (UserError("a.txt was changed", "ours", "look"), 409, "files_changed", "a.txt was changed"),
        (OSError(errno.ENOSPC, "No space left on device"), 507, "disk", ""),
    ],
)
def test_an_error_becomes_its_status(
    vietnamese_path: Path, error: Exception, status: int, code: str, found: str
) -> None:
    client = served(vietnamese_path, get("/read", raising(error)), post("/write", raising(error)))
    for answer in (client.get("/read"), client.post("/write", json={})):
        body = answer.json()["error"]
        assert (answer.status_code, body["code"]) == (status, code)
        assert found in body["found"] and body["found"]


def test_a_lock_is_held_while_a_route_reads(vietnamese_path: Path) -> None:
    lock = threading.Lock()
    client = served(vietnamese_path, get("/read", lambda request: {"held": lock.locked()}, lock))
    assert client.get("/read").json() == {"held": True}
    assert not lock.locked()


def test_bodies_are_json_objects_of_a_size(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_BODY", 100)
    client = served(
        vietnamese_path, post("/write", lambda body: {"text": field(body, "text", str)})
    )
    assert client.post("/write", json={"text": "tiếng"}).json() == {"text": "tiếng"}
    for body in (
        b"",
        b"[1]",
        b"1",
        b'"x"',
        b"\xff\xfe",
        b'{"text":1}',
        b'{"text":null}',
        b"[" * 99,
    ):
        assert client.post("/write", content=body).status_code == 400
    answer = client.post("/write", content=b'{"text":"' + b"x" * 100 + b'"}')
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert client.get("/write").status_code == 405


def test_fields_and_numbers_are_of_their_kinds() -> None:
    assert field({"n": 3}, "n", int) == 3 and field({"n": "seq:3"}, "n", (int, str)) == "seq:3"
    for value in (True, 1.5, "3", None, [3]):
        with pytest.raises(Problem):
            field({"n": value}, "n", int)

    def asked(query: str) -> int:
        return number(Request({"type": "http", "query_string": query.encode()}), "since")

    assert (asked("since=12"), asked(""), asked("other=1")) == (12, 0, 0)
    for text in ("since=-1", "since=1.5", "since=%EF%BC%91", "since=1234567890123", "since=x"):
        with pytest.raises(Problem):
            asked(text)


def test_pictures_are_sent_as_they_are_where_every_browser_shows_them(
    vietnamese_path: Path,
) -> None:
    def drawn() -> np.ndarray:
        return np.full((height, 30, 3), (10, 200, 90), np.uint8)

    height = 20
    path = vietnamese_path / "ảnh.JPG"
    path.write_bytes(b"as it is")
    answer = picture(path, drawn)
    assert answer.media_type == "image/jpeg" and answer.path == path  # type: ignore[attr-defined]
    assert "immutable" in answer.headers["cache-control"]
    with pytest.raises(UnreadableImage, match="no such file"):
        picture(vietnamese_path / "gone.png", drawn)
    for name in (vietnamese_path / "ảnh.tif", None):  # a low one loses nothing
        answer = picture(name, drawn)
        image = cv2.imdecode(np.frombuffer(answer.body, np.uint8), cv2.IMREAD_COLOR)
        assert answer.media_type == "image/png" and np.array_equal(image, drawn())
    height = 300
    assert picture(None, drawn).media_type == "image/jpeg"
