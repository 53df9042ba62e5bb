"""The routes of the page; every answer is JSON, a picture or a file of ``static/``."""

from __future__ import annotations

from dataclasses import asdict
from itertools import takewhile
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from ppocr_ext.appended import Row
from ppocr_ext.data.check.typed import check, variants
from ppocr_ext.labelling.drafts import Drafts
from ppocr_ext.labelling.facts import QUEUES, facts, progress, queue
from ppocr_ext.labelling.lines import Line, Page
from ppocr_ext.labelling.project import Project
from ppocr_ext.labelling.state import ACTS, Ack, checked_quad
from ppocr_ext.web.answers import Problem, application, field, get, number, picture, post
from ppocr_ext.web.guard import Access

_LINES, _CHANGES, _ACTIONS = 500, 2000, 500  # at once
# What fields of an action are; those that its kind needs and has not make it refused.
_FIELDS: dict[str, Any] = {
    **dict.fromkeys(("seq", "p", "base"), int),
    **dict.fromkeys(("kind", "text", "order"), str),
    **dict.fromkeys(("n", "m", "after"), (int, str)),
    **dict.fromkeys(("lines", "quad", "at", "ns"), list),
}
_READ_AGAIN = ("draw", "move", "split", "join", "undo", "redo")


class Label:
    """The endpoints, over a project and its drafts."""

    def __init__(self, project: Project, drafts: Drafts, order: str, lan: bool) -> None:
        self.project, self.drafts, self.order, self.lan = project, drafts, order, lan

    def state(self, request: Request) -> Row:
        known = facts(self.project, self.drafts)
        return {**known, "role": request.scope["role"], "order": self.order, "lan": self.lan}

    def changes(self, request: Request) -> Row:
        since, state = number(request, "since"), self.project.state
        newest = takewhile(lambda each: each[1] > since, reversed(state.changed.items()))
        newer = [n for n, _ in newest]
        lines = [state.lines[n] for n in newer[::-1][:_CHANGES]]  # the oldest first
        more = len(newer) > _CHANGES
        return {
            "version": state.changed[lines[-1].n] if more else state.version,
            "more": more,
            **_shown(lines),
            "pages": [p for p, version in state.changed_pages.items() if version > since],
            "leases": self.project.leases.shown(request.query_params.get("client", "")),
            **progress(self.project, self.drafts),
        }

    def queue(self, request: Request) -> Row:
        name = request.query_params.get("name", "lines")
        order = request.query_params.get("order", self.order)
        if name not in QUEUES:
            raise Problem(400, "bad_request", f"the queue {name[:40]}")
        lines = queue(self.project.state, name, order)
        return {
            "ns": [line.n for line in lines],
            "confs": [-1 if line.conf is None else round(100 * line.conf) for line in lines],
            "lines": [line.shown() for line in lines[: number(request, "with")]],
            "version": self.project.state.version,
        }

    def lines(self, request: Request) -> Row:
        asked = request.query_params.get("ns", "").split(",")[:_LINES]
        found = (self.project.state.lines.get(int(n)) for n in asked if n.isascii() and n.isdigit())
        return {"lines": [line.shown() for line in found if line and line.is_shown]}

    def letters(self, request: Request) -> Row:
        line = self.project.state.line_of(request.path_params["n"])
        text = request.query_params.get("text", line.draft or "")[:1000]
        return {"draft": line.draft, "letters": self.drafts.letters(line, text)}

    def variants(self, request: Request) -> Row:
        return {"variants": variants(request.query_params.get("c", "")[:8])}

    def pages(self, request: Request) -> Row:
        return {"pages": [self._page_row(page) for page in self.project.state.pages.values()]}

    def page(self, request: Request) -> Row:
        page = self._page(request.path_params["p"])
        if page.size == (0, 0):
            self.project.page_image(page)
        boxes = [self.project.state.lines[n].shown() for n in page.order]
        return {**self._page_row(page), "boxes": boxes}

    def _page_row(self, page: Page) -> Row:
        kinds = [self.project.state.lines[n].kind for n in page.order]
        done = sum(kind not in ("todo", "labelled") for kind in kinds)
        return {**page.shown(), "boxes": len(kinds), "done": done}

    def line_image(self, request: Request) -> Response:
        line = self.project.state.line_of(request.path_params["n"])
        path = None if self.project.is_cut(line) else self.project.path_of(line)
        return picture(path, lambda: self.project.picture(line))

    def page_image(self, request: Request) -> Response:
        page = self._page(request.path_params["p"])
        path = self.project.folder / page.image
        if not path.is_file():
            self.project.page_image(page)  # of a PDF: drawn and kept
        return picture(path, lambda: self.project.page_image(page))

    def _page(self, p: Any) -> Page:
        if (page := self.project.state.pages.get(p)) is None:
            raise Problem(404, "not_found", "no such page")
        return page

    def check(self, body: Row) -> Row:
        text = field(body, "text", str)[:2000]
        line = self.project.state.lines.get(field({"n": 0, **body}, "n", int))
        charset = self.drafts.charset() or frozenset(text)
        found = check(text, (line.draft if line else None) or "", charset)
        return {"findings": [finding._asdict() for finding in found]}

    def actions(self, body: Row) -> Row:
        client, actions = field(body, "client", str)[:64], field(body, "actions", list)
        if not client or len(actions) > _ACTIONS:
            raise Problem(400, "bad_request", f"{len(actions)} actions, at most {_ACTIONS}")
        who, rows = str(body.get("who") or "")[:64], [_checked(each) for each in actions]
        acks = self.project.act(client, who, rows)
        lines = self.project.state.lines
        pairs = zip(acks, rows, strict=True) if self.drafts.charset() else ()
        for n in {n for ack, row in pairs if row["kind"] in _READ_AGAIN for n in ack.changed}:
            if lines[n].is_shown and self.project.is_cut(lines[n]):
                self.drafts.read_one(lines[n])
        with self.project.lock:
            shown = [self._ack(ack) for ack in acks]
            return {"version": self.project.state.version, "acks": shown}

    def _ack(self, ack: Ack) -> Row:
        lines = self.project.state.lines
        line = lines.get(ack.line or 0)
        changed = [lines[n] for n in ack.changed] or ([line] if line and not ack.reason else [])
        page = (line.p or None) if line else None
        return {**asdict(ack), "n": ack.line, "p": page, **_shown(changed)}

    def lease(self, body: Row) -> Row:
        n = None if body.get("n") is None else field(body, "n", int)
        who = str(body.get("who") or "")[:64]
        with self.project.lock:
            other = self.project.leases.lend(field(body, "client", str), who, n)
        return {"lent": other is None, "who": other}

    def read(self, body: Row) -> Row:
        if "n" in body:
            line = self.project.state.line_of(field(body, "n", int))
            self.drafts.read_one(line)
            return {"text": line.draft, "conf": line.conf, "error": line.error}
        page, quad = self._page(field(body, "p", int)), field(body, "quad", list)
        text, conf = self.drafts.read(self.project.cut_out(page, checked_quad(quad)))
        return {"text": text, "conf": conf, "error": ""}

    def write(self, body: Row) -> Row:
        self.project.write()
        if changed := sorted(self.project.files.changed):
            found = f"{', '.join(changed)} was changed by another program"
            raise Problem(409, "files_changed", found)
        return {"files": progress(self.project, self.drafts)["files"]}

    def files(self, body: Row) -> Row:
        name, take = body.get("name"), body.get("take")
        if name not in self.project.files.changed or take not in ("mine", "theirs"):
            raise Problem(400, "bad_request", "name or take")
        kept = self.project.resolve(name, take == "theirs")
        return {"files": progress(self.project, self.drafts)["files"], "kept": kept}


def make_app(label: Label, access: Access) -> Starlette:
    """The whole page as an ASGI application."""
    lock = label.project.lock
    reading = ("state", "changes", "queue", "lines", "variants", "pages")
    writing = ("actions", "check", "lease", "read", "write", "files")
    routes = [
        *(get(f"/api/{name}", getattr(label, name), lock) for name in reading),
        *(post(f"/api/{name}", getattr(label, name)) for name in writing),
        get("/api/line/{n:int}/letters", label.letters),
        get("/api/page/{p:int}", label.page, lock),
        get("/image/line/{n:int}", label.line_image),
        get("/image/page/{p:int}", label.page_image),
    ]
    return application(routes, Path(__file__).with_name("static"), access)


def _shown(lines: list[Line]) -> Row:
    gone = [line.n for line in lines if line.kind == "gone"]
    return {"lines": [line.shown() for line in lines if line.is_shown], "gone": gone}


def _checked(action: Any) -> Row:
    """The known fields of an action, which must be of their kinds."""
    known = (*ACTS, "undo", "redo")
    if not isinstance(action, dict) or action.get("kind") not in known or "seq" not in action:
        raise Problem(400, "bad_request", "kind or seq")
    given = [name for name in _FIELDS if action.get(name) is not None]
    row = {name: field(action, name, _FIELDS[name]) for name in given}
    numbers = [str(row.get(name, 0)).removeprefix("seq:") for name in ("n", "m", "after")]
    numbers += [
        str(each[0]) if isinstance(each, list) and each else "" for each in row.get("lines", ())
    ]
    if not all(each.isascii() and each.isdigit() for each in numbers):
        raise Problem(400, "bad_request", "numbers of lines")
    return row
