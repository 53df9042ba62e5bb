"""Who may look and write, and what strangers' requests and labels cannot do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from unit.labelling.conftest import ACCESS, HEADERS, Page

from ppocr_ext import errors, locks, packages
from ppocr_ext.cli.label import parse
from ppocr_ext.errors import UserError
from ppocr_ext.labelling.serve import serve

ACTION = {"client": "a", "actions": [{"seq": 1, "kind": "skip", "n": 1}]}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_token_in_the_first_address_becomes_a_cookie(page: Page) -> None:
    page.client.cookies.clear()
    assert code(page.client.get("/api/state")) == (401, "no_token")
    assert code(page.client.get("/image/line/1")) == (401, "no_token")
    assert code(page.client.get("/static/index.html")) == (401, "no_token")
    assert code(page.client.get("/?token=secre", follow_redirects=False)) == (401, "no_token")
    answer = page.client.get("/?token=secret", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("label_8777=secret;")
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert page.get("/api/state")["role"] == "write"


def test_a_reading_token_only_reads(page: Page) -> None:
    page.client.cookies.clear()
    page.client.get("/?token=looking", follow_redirects=False)
    assert page.get("/api/state")["role"] == "read"
    assert page.client.get("/image/line/1").status_code == 200
    assert page.post("/api/check", text="mot") == {"findings": []}
    for path in ("actions", "lease", "read", "write", "files"):
        assert code(page.client.post(f"/api/{path}", json=ACTION)) == (403, "read_only")
    assert page.line(1)["kind"] == "todo"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8777", "127.0.0.1", "", "[::1]:1"])
def test_another_host_is_another_page(page: Page, host: str) -> None:
    for path in ("/", "/?token=secret", "/api/state"):
        assert code(page.client.get(path, headers={"host": host})) == (400, "bad_host")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:8777", ""])
def test_another_origin_does_not_write(page: Page, origin: str) -> None:
    answer = page.client.post("/api/actions", json=ACTION, headers={"origin": origin})
    assert code(answer) == (403, "bad_origin")
    del page.client.headers["origin"]
    assert code(page.client.post("/api/actions", json=ACTION)) == (403, "bad_origin")


def test_every_answer_forbids_what_the_page_does_not_need(page: Page) -> None:
    page.act("accept", n=1, text="<img src=x onerror=alert(1)>", base=0)
    for path in ("/", "/api/state", "/image/line/1", "/api/lines?ns=1", "/static/none"):
        headers = page.client.get(path).headers
        assert headers["content-security-policy"] == "default-src 'self'", path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers
    answer = page.client.get("/api/lines?ns=1")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["lines"][0]["text"] == "<img src=x onerror=alert(1)>"
    assert "access-control-allow-origin" not in page.client.options("/api/actions").headers


@pytest.mark.parametrize(
    "path",
    [
        *("/image/line/..%2f..%2fetc%2fpasswd", "/image/line/../../../etc/passwd"),
        *("/image/line/-1", "/image/line/99", "/image/page/1", "/image/line/1.0"),
        *("/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py"),
        *("/static//etc/passwd", "/api/line/99/letters", "/labelling/log.jsonl"),
    ],
)
def test_pictures_and_files_are_reached_by_number_alone(page: Page, path: str) -> None:
    assert page.client.get(path).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{", b"\xff", b'{"client":"a"}', b"[" * 100_000),
        *(
            b'{"client":"a","actions":[%s]}' % action
            for action in (
                *(b"1", b"{}", b'{"kind":"accept"}'),
                *(b'{"kind":"accept","seq":1,"n":1,"text":1}', b'{"kind":"x","seq":1}'),
                *(b'{"kind":"accept","seq":true,"n":1,"text":"x"}', b'{"kind":"lines","seq":1}'),
                *(b'{"kind":"drop","seq":1}', b'{"kind":"boxes","seq":1}'),
                *(b'{"kind":"skip","seq":1,"n":"1; drop"}', b'{"kind":"project","seq":1}'),
            )
        ),
    ],
)
def test_a_body_of_another_shape_saves_nothing(page: Page, body: bytes) -> None:
    size = page.project.log.path.stat().st_size
    assert code(page.client.post("/api/actions", content=body)) == (400, "bad_request")
    assert page.project.log.path.stat().st_size == size


@pytest.mark.parametrize(
    "action",
    [
        *({"kind": "accept", "n": 1}, {"kind": "confirm", "lines": [[1, "x"]]}),
        *({"kind": "confirm", "lines": [[2, "x", 0], [1, 5, 0]]}, {"kind": "skip"}),
        *({"kind": "order", "p": 1, "ns": ["x"]}, {"kind": "draw", "p": 1}),
        {"kind": "keep", "n": 1},
    ],
)
def test_an_action_without_what_it_needs_is_refused_and_changes_nothing(
    page: Page, action: dict[str, Any]
) -> None:
    body = {"client": "a", "actions": [{"seq": 1, **action}]}
    assert page.post("/api/actions", **body)["acks"][0]["status"] == "refused"
    page.restart()
    assert page.kinds() == "t" * 10


def test_too_much_is_refused_before_it_is_read(page: Page) -> None:
    answer = page.client.post("/api/actions", content=b"x" * (5 << 20))
    assert code(answer) == (413, "too_large")
    actions = [{"seq": n, "kind": "undo"} for n in range(501)]
    answer = page.client.post("/api/actions", json={"client": "a", "actions": actions})
    assert code(answer) == (400, "bad_request")


def test_a_picture_that_is_none_says_why(folder: Path) -> None:
    (folder / "hỏng.jpg").write_bytes(b"no picture")
    (folder / "hỏng.tif").write_bytes(b"no picture")
    page = Page(folder)
    numbers = {line.image: line.n for line in page.project.state.lines.values()}
    answer = page.client.get(f"/image/line/{numbers['hỏng.tif']}")
    assert code(answer) == (422, "unreadable")
    (folder / "ảnh_00.jpg").unlink()
    assert code(page.client.get(f"/image/line/{numbers['ảnh_00.jpg']}")) == (422, "unreadable")


def test_names_of_other_systems_reach_their_pictures(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "ảnh_00.jpg").rename(folder / "sub" / "ảnh 0.jpg")
    rows = 'sub\\ảnh 0.jpg\tmột\n["ảnh_01.jpg", "ảnh_02.jpg"]\thai\n'
    (folder / "train.txt").write_text(rows, encoding="utf-8", newline="\n")
    page = Page(folder)
    for n in (1, 2):
        answer = page.client.get(f"/image/line/{n}?v=0")
        assert answer.status_code == 200 and answer.headers["content-type"] == "image/jpeg"
        assert "immutable" in answer.headers["cache-control"]


def test_two_servers_of_one_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.0)
    held = locks.Lock(locks.inside(folder / "labelling"))
    assert held.acquire()
    with pytest.raises(UserError, match="one process at a time") as error:
        serve(parse([str(folder), "--no-browser"]))
    held.release()
    assert error.value.cure.startswith("open http://127.0.0.1:8777/?token=")


def test_pages_need_a_package_that_one_command_adds(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("L", (400, 600), 255).save(vietnamese_path / "trang.png")
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="rapidocr is not installed") as error:
        serve(parse([str(vietnamese_path), "--no-browser"]))
    assert error.value.cure == errors.missing_package("rapidocr").cure
    assert not (vietnamese_path / "labelling" / "log.jsonl").exists()


def test_tokens_are_compared_whole() -> None:
    assert ACCESS.role_of("secret") == "write" and ACCESS.role_of("looking") == "read"
    assert ACCESS.role_of("") == "" == ACCESS.role_of("sécret")
    assert HEADERS["host"] in ACCESS.hosts
