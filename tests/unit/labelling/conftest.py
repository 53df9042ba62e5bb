"""A folder of lines, and a page to label it with whose drafts are made up."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ppocr_ext.labelling.app import Label, make_app
from ppocr_ext.labelling.project import Project
from ppocr_ext.runtime import PUBLISHED
from ppocr_ext.text.charset import Charset
from ppocr_ext.web.guard import Access

HOST = "127.0.0.1:8777"
ACCESS = Access("secret", "looking", frozenset({HOST}), 8777)
HEADERS = {"host": HOST, "origin": f"http://{HOST}"}


class MadeUp:
    """Drafts without a network: a line reads as the name of its picture."""

    state, error, loaded = "done", "", ""

    def __init__(self, project: Project) -> None:
        self.project = project
        for line in project.state.lines.values():
            self.read_one(line)

    def read_one(self, line: Any) -> None:
        line.draft, line.conf = f"dòng {line.n}", 0.5 + line.n / 100

    def read(self, image: Any) -> tuple[str, float]:
        return "hai", 0.9

    def letters(self, line: Any, text: str) -> list[dict[str, Any]]:
        return [{"c": each, "conf": 0.9, "others": [["x", 0.1]]} for each in text]

    def charset(self) -> Charset:
        return Charset("abcdefghijklmnopqrstuvwxyzòàáđ0123456789")


@pytest.fixture
def folder(vietnamese_path: Path) -> Path:
    """Ten lines without labels."""
    lines = vietnamese_path / "dòng chữ"
    lines.mkdir()
    for n in range(10):
        shutil.copy(PUBLISHED / "samples" / f"{n}.jpg", lines / f"ảnh_{n:02}.jpg")
    return lines


class Page:
    """What a browser does. restart: as a new server would serve the same folder."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.folder, self.more = folder, more
        self.seq = 0
        self.restart()

    def restart(self) -> None:
        self.project = Project(self.folder, **self.more)
        self.drafts = MadeUp(self.project)
        label = Label(self.project, self.drafts, "uncertain", False)  # type: ignore[arg-type]
        self.client = TestClient(make_app(label, ACCESS), headers=HEADERS)
        self.client.cookies.set(ACCESS.cookie, "secret")

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self.client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def act(self, kind: str, client: str = "a", **fields: Any) -> dict[str, Any]:
        self.seq += 1
        action = {"seq": self.seq, "kind": kind, **fields}
        found = self.post("/api/actions", client=client, who=client.upper(), actions=[action])
        return dict(found["acks"][0])

    def kinds(self) -> str:
        """The first letter of each line's kind."""
        lines = self.get("/api/queue?name=all&with=100")["lines"]
        return "".join(line["kind"][0] for line in lines)

    def line(self, n: int) -> dict[str, Any]:
        return dict(self.get(f"/api/lines?ns={n}")["lines"][0])

    def text(self, name: str) -> str:
        self.project.write()
        path = self.project.files.path(name)
        return path.read_bytes().decode("utf-8") if path.exists() else ""


@pytest.fixture
def page(folder: Path) -> Iterator[Page]:
    made = Page(folder)
    yield made
    made.project.log.close()
