"""Who gets an answer: the same rules for any page that is served, with nothing behind them."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.testclient import TestClient

from ppocr_ext.web.guard import Access, Guard, error

HOST = "127.0.0.1:8777"
ACCESS = Access("writes", "looks", frozenset({HOST, "localhost:8777"}), 8777)


async def behind(scope: Any, receive: Any, send: Any) -> None:
    """Says which role came through, and sets a cache rule for one address alone."""
    headers = {"cache-control": "private"} if scope["path"] == "/kept" else {}
    answer = JSONResponse({"role": scope["role"], "method": Request(scope).method}, headers=headers)
    await answer(scope, receive, send)


@pytest.fixture
def client() -> TestClient:
    headers = {"host": HOST, "origin": f"http://{HOST}"}
    made = TestClient(Guard(behind, ACCESS), headers=headers, follow_redirects=False)
    made.cookies.set("label_8777", "writes")
    return made


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_the_token_of_the_first_address_is_a_cookie_for_this_port(client: TestClient) -> None:
    client.cookies.clear()
    assert refused(client.get("/")) == (401, "no_token")
    for token, role in (("writes", "write"), ("looks", "read")):
        answer = client.get(f"/?token={token}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        parts = answer.headers["set-cookie"].split("; ")
        assert parts[0] == f"label_8777={token}"
        assert {"HttpOnly", "SameSite=strict", "Max-Age=2592000"} <= set(parts)
        assert "Domain" not in answer.headers["set-cookie"]
        assert client.get("/any").json()["role"] == role


@pytest.mark.parametrize(
    "token", ["", "write", "writesx", "looks,", "wr\xeetes", "%00writes", "writes&token=x"]
)
def test_no_other_token_opens(client: TestClient, token: str) -> None:
    client.cookies.clear()
    assert refused(client.get(f"/?token={token}")) == (401, "no_token")
    client.cookies.set("label_8778", "writes")  # of another server on this machine
    assert refused(client.get("/")) == (401, "no_token")


def test_a_token_counts_in_the_first_address_alone(client: TestClient) -> None:
    client.cookies.clear()
    assert refused(client.get("/any?token=writes")) == (401, "no_token")


def test_only_names_of_this_page_are_answered(client: TestClient) -> None:
    assert client.get("/any", headers={"host": "localhost:8777"}).status_code == 200
    for host in ("localhost", "127.0.0.1:80", "evil.example", "127.0.0.1:8777.evil.example"):
        assert refused(client.get("/any", headers={"host": host})) == (400, "bad_host")


def test_only_our_own_page_writes(client: TestClient) -> None:
    assert client.post("/any").json() == {"role": "write", "method": "POST"}
    assert client.post("/any", headers={"origin": "http://localhost:8777"}).status_code == 200
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        for origin in ("", "null", "http://evil.example", f"https://{HOST}", "http://127.0.0.1"):
            answer = client.request(method, "/any", headers={"origin": origin})
            assert refused(answer) == (403, "bad_origin"), (method, origin)
    assert client.get("/any", headers={"origin": "http://evil.example"}).status_code == 200
    assert client.head("/any").status_code == 200


def test_a_reading_token_asks_and_checks(client: TestClient) -> None:
    client.cookies.clear()
    client.cookies.set("label_8777", "looks")
    assert client.get("/any").json()["role"] == "read"
    assert client.post("/api/check").status_code == 200
    for path in ("/any", "/api/check/", "/api/actions"):
        assert refused(client.post(path)) == (403, "read_only")


def test_every_answer_is_closed_to_other_pages(client: TestClient) -> None:
    refusals = [client.get("/any", headers={"host": "evil.example"}), client.get("/?token=x")]
    for answer in (client.get("/any"), *refusals):
        assert answer.headers["content-security-policy"] == "default-src 'self'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert not [name for name in answer.headers if name.startswith("access-control")]
    assert client.get("/kept").headers["cache-control"] == "private"


def test_an_error_has_one_shape() -> None:
    answer = error(409, "code", "found", "expected", "cure")
    assert answer.status_code == 409
    assert answer.body == (
        b'{"error":{"code":"code","found":"found","expected":"expected","cure":"cure"}}'
    )
