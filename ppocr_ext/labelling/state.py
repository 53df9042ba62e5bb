"""Every line as the log left it; an action changes it, or says why it makes no sense any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ppocr_ext.appended import Row
from ppocr_ext.kept_pages import KeptPage
from ppocr_ext.labelling.lines import DECIDED, UNREADABLE, Change, Decision, Line, Page, Refused
from ppocr_ext.pages.layout import reading_order
from ppocr_ext.text.unicode import normalize
from ppocr_ext.transforms.quads import cut_at, hull, is_box

_ACTIVE = 90.0  # seconds: a longer pause between two actions is no work
ACTS = (
    *("accept", "skip", "bad", "unsure", "reset", "confirm", "keep"),
    *("draw", "move", "delete", "join", "split", "order"),
)
_COUNTED = ("accept", "confirm", "skip", "unsure")


@dataclass
class Ack:
    """status: saved, known, conflict or refused, with a reason; line: new, or to return to."""

    seq: int
    status: str = "saved"
    reason: str = ""
    line: int | None = None
    changed: tuple[int, ...] = ()


class State:
    """Lines and pages by number. Not thread-safe: the owner holds a lock."""

    def __init__(self) -> None:
        self.lines: dict[int, Line] = {}
        self.pages: dict[int, Page] = {}
        self.files: dict[str, Row] = {}  # that lines came from, with their line ends
        self.version = 0  # rises with everything that a browser shows
        self.changed: dict[int, int] = {}  # line → version, the newest last
        self.changed_pages: dict[int, int] = {}
        self.made: dict[tuple[str, int], int | None] = {}  # (client, seq) → line of the action
        self.worked, self.active = 0, 0.0  # lines that were decided, seconds that it took
        # (client, undo or redo) → actions, each with its line
        self._stacks: dict[tuple[str, str], list[tuple[Change, int | None]]] = defaultdict(list)
        self._last: dict[str, float] = {}

    @property
    def next(self) -> int:
        """A free number."""
        return max(self.lines, default=0) + 1

    def replay(self, row: Row) -> None:
        """Do again what a row of the log says."""
        if row["kind"] == "pages":
            self.pages |= {p: Page(p, KeptPage(*kept), fixed) for p, *kept, fixed in row["pages"]}
            return
        known = {"lines": self._add_lines, "boxes": self._add_boxes, "drop": self._drop}
        known.get(row["kind"], self.act)(row)

    def _add_lines(self, row: Row) -> None:
        """rows: [image, text or null, page, quad]; with a file but no text it is kept verbatim."""
        if row["file"]:
            self.files.setdefault(row["file"], row)
        for n, (image, text, *box) in enumerate(row["rows"], row["first"]):
            line = self.lines[n] = Line(n, image, row["file"], text)
            line.now = Decision("raw") if line.file and text is None else line.first
            if box:
                line.p, line.now = box[0], line.now._replace(quad=_tuples(box[1]))
                self.pages[line.p].order.append(n)
            self.touch(n)

    def _add_boxes(self, row: Row) -> None:
        """Of a page that was read, or that ``Label.txt`` has: [number, quad, label or null, the
        box as it is there, draft, confidence]."""
        page, file = self.pages[row["p"]], row.get("file", "")
        page.size, page.error = (row["w"], row["h"]), row.get("error", "")
        page.state, page.row = "error" if page.error else "read", row.get("row")
        page.is_confirmed = row.get("confirmed", False)
        for n, quad, label, extra, draft, conf in row["boxes"]:
            line = self.lines[n] = Line(n, page.image, file, label or None, page.p, extra)
            line.now = Decision("skip") if label == UNREADABLE else line.first
            line.now = line.now._replace(quad=_tuples(quad))
            line.draft, line.conf, line.model = draft, conf, row.get("model", "")
            page.order.append(n)
            self.touch(n)
        self._touch_page(page.p)

    def _drop(self, row: Row) -> None:
        """Lines of a file that another program changed; what it holds now comes as new ones."""
        self.files.pop(row["name"], None)
        for n in row["lines"]:
            self.lines[n].now, self.lines[n].client = Decision(), ""
            self.touch(n)
        for page in self.pages.values():
            page.order = [n for n in page.order if self.lines[n].is_shown]
            page.state = page.state if page.order else "waiting"

    def touch(self, n: int) -> None:
        """A browser is to see it."""
        self.version += 1
        self.changed.pop(n, None)
        self.changed[n] = self.version

    def _touch_page(self, p: int) -> None:
        self.version += 1
        self.pages[p].rev += 1
        self.changed_pages[p] = self.version

    def act(self, row: Row) -> Ack:
        """Do an action of the log once."""
        client, seq, kind = row["client"], row["seq"], row["kind"]
        ack, change = Ack(seq), Change()
        if (client, seq) in self.made:
            return Ack(seq, "known", line=self.made[client, seq])
        try:
            row = self.resolved(row)
            if kind in ("undo", "redo"):
                change = self._again(client, kind, ack)
            else:
                ack.line = getattr(self, kind)(row, change)
                ack.status = "conflict" if change.is_conflict else "saved"
                if kind != "keep":
                    self._stacks[client, "undo"].append((change, ack.line))
                    self._stacks[client, "redo"].clear()
        except (Refused, KeyError, TypeError, ValueError) as error:
            self._put_all(change, 0)
            change, ack.status = Change(), "refused"
            ack.reason = error.args[2] if isinstance(error, Refused) else "malformed"
        self.made.setdefault((client, seq), ack.line)
        self._sign(change, row)
        ack.changed = tuple(change.lines)
        if ack.changed and kind in _COUNTED:  # pauses are no work
            pause = row["t"] - self._last.get(client, row["t"])
            self._last[client] = row["t"]
            self.worked += len(ack.changed)
            self.active += pause if 0 <= pause <= _ACTIVE else 0.0
        return ack

    def resolved(self, row: Row) -> Row:
        """With numbers in the place of ``seq:41``, which means the box that this action made."""
        found = dict(row)
        for key in ("n", "m", "after"):
            if isinstance(row.get(key), str):
                found[key] = self.made.get((row["client"], int(row[key].removeprefix("seq:"))))
        return found

    def _again(self, client: str, kind: str, ack: Ack) -> Change:
        """Undo, or redo: the client's own last step, unless another person decided since."""
        source = self._stacks[client, kind]
        if not source:
            raise Refused(f"nothing_to_{kind}")
        change, ack.line = step = source.pop()
        if any(self.lines[n].client != client for n in change.lines):
            raise Refused("changed_since")
        self._put_all(change, int(kind == "redo"))
        self._stacks[client, "redo" if kind == "undo" else "undo"].append(step)
        return change

    def decide(self, row: Row, change: Change) -> int:
        """accept, skip, bad, unsure, reset; both where another person decided in the meantime."""
        line = self.line_of(row["n"])
        old, new, base = line.now, _decision(row["kind"], line, row), row.get("base")
        by_other = line.client not in ("", row["client"]) and old.kind in DECIDED
        if by_other and base is not None and base < line.rev and old[:2] != new[:2]:
            texts = (*(old.texts or (old.text or UNREADABLE,)), new.text or UNREADABLE)
            new = old._replace(kind="conflict", texts=tuple(dict.fromkeys(texts)))
            change.is_conflict = True
        self.put(change, line.n, new)
        return line.n

    accept = skip = bad = unsure = reset = decide

    def confirm(self, row: Row, change: Change) -> int | None:
        for n, text, base in row["lines"]:
            self.decide({**row, "kind": "accept", "n": n, "text": text, "base": base}, change)
        return next(iter(change.lines), None)

    def keep(self, row: Row, change: Change) -> int:
        """What was typed and not accepted; no decision, and nothing to undo."""
        line = self.line_of(row["n"])
        self.put(change, line.n, line.now._replace(typed=row["text"] or None))
        return line.n

    def draw(self, row: Row, change: Change) -> int:
        page, quad = self._page(row["p"]), checked_quad(row["quad"])
        line, typed = self.make(page, row), _clean(row.get("text") or "") or None
        self.put(change, line.n, Decision("todo", typed=typed, quad=quad))
        self.reorder(change, page.p, _after(page.order, line.n, row.get("after")))
        return line.n

    def move(self, row: Row, change: Change) -> int:
        line = self._box(row, "n")
        self.put(change, line.n, line.now._replace(quad=checked_quad(row["quad"])))
        return line.n

    def delete(self, row: Row, change: Change) -> int:
        line = self._box(row, "n")
        self.put(change, line.n, line.now._replace(kind="gone"))
        self.reorder(change, line.p, [n for n in self.pages[line.p].order if n != line.n])
        return line.n

    def join(self, row: Row, change: Change) -> int:
        """The texts in reading order; they stay confirmed where both were."""
        line, other = self._box(row, "n"), self._box(row, "m")
        if line.p != other.p or line.n == other.n:
            raise Refused("unknown_line")
        both = sorted((line, other), key=lambda each: self.pages[line.p].order.index(each.n))
        drafts = row.get("drafts", {})
        texts = [each.now.typed or each.now.text or drafts.get(str(each.n)) for each in both]
        text, kind = " ".join(filter(None, texts)), line.kind
        is_sure = kind == other.kind and kind in ("ok", "labelled")
        new = Decision(kind, text) if is_sure else Decision("todo", "", text or None)
        quad = checked_quad(hull(_array(line.now.quad), _array(other.now.quad)))
        self.put(change, line.n, new._replace(quad=quad))
        self.delete({**row, "n": other.n, "base": None}, change)
        return line.n

    def split(self, row: Row, change: Change) -> int:
        line = self._box(row, "n")
        left, right = map(checked_quad, cut_at(_array(line.now.quad), _array(row["at"])))
        page = self.pages[line.p]
        part = self.make(page, row)
        self.put(change, line.n, Decision("todo", quad=left))
        self.put(change, part.n, Decision("todo", quad=right))
        self.reorder(change, page.p, _after(page.order, part.n, line.n))
        return part.n

    def order(self, row: Row, change: Change) -> None:
        """As it says, else as the page is read; sorting only reorders."""
        page = self._page(row["p"])
        boxes = np.array([self.lines[n].now.quad for n in page.order], np.float32).reshape(-1, 4, 2)
        numbers = row.get("ns") or [page.order[each.index] for each in reading_order(boxes, "auto")]
        if sorted(numbers) != sorted(page.order):
            raise Refused("changed_since")
        self.reorder(change, page.p, numbers)

    def line_of(self, n: Any) -> Line:
        """Raises :class:`Refused`."""
        line = self.lines.get(n)
        if line is None or not line.is_shown:
            raise Refused("gone" if line and line.kind == "gone" else "unknown_line")
        return line

    def _page(self, p: int) -> Page:
        page = self.pages.get(p)
        if page is None or page.is_fixed:
            raise Refused("fixed" if page else "unknown_line")
        return page

    def _box(self, row: Row, key: str) -> Line:
        line, base = self.line_of(row[key]), row.get("base")
        self._page(line.p)
        if key == "n" and base is not None and base < line.rev and line.client != row["client"]:
            raise Refused("changed_since")
        return line

    def put(self, change: Change, n: int, new: Decision) -> None:
        """Change a line, and write down what it was."""
        old = change.lines[n][0] if n in change.lines else self.lines[n].now
        change.lines[n], self.lines[n].now = (old, new), new
        self.touch(n)

    def reorder(self, change: Change, p: int, order: list[int]) -> None:
        """Change the order of a page's boxes."""
        old = change.orders[p][0] if p in change.orders else self.pages[p].order
        change.orders[p], self.pages[p].order = (old, order), order

    def make(self, page: Page, row: Row) -> Line:
        """A new box; its number is in the log."""
        self.made[row["client"], row["seq"]] = n = row["new"]
        return self.lines.setdefault(n, Line(n, page.image, p=page.p))

    def _put_all(self, change: Change, way: int) -> None:
        """way: 0 takes a change back, 1 repeats it."""
        for n, decisions in change.lines.items():
            self.lines[n].now = decisions[way]
            self.touch(n)
        for p, orders in change.orders.items():
            self.pages[p].order = orders[way]

    def _sign(self, change: Change, row: Row) -> None:
        for n in change.lines if row["kind"] != "keep" else ():
            line = self.lines[n]
            line.rev, line.client, line.who = line.rev + 1, row["client"], row.get("who", "")
            if str(n) in row.get("drafts", {}):
                line.read = (row["drafts"][str(n)], row.get("order", ""))
        for p in {self.lines[n].p for n in change.lines} | change.orders.keys():
            if p and not self.pages[p].is_fixed:
                self.pages[p].row = None  # Label.txt gets a new one
                self._touch_page(p)


def _tuples(quad: Iterable[Iterable[float]]) -> Any:
    return tuple((float(x), float(y)) for x, y in quad)


def _decision(kind: str, line: Line, row: Row) -> Decision:
    text, quad = _clean(row.get("text") or ""), line.now.quad
    if kind == "reset":
        return line.first
    if kind == "accept" and not text:
        raise Refused("empty")
    if kind == "accept" and text != UNREADABLE:
        return Decision("ok", text, quad=quad)
    if kind == "unsure":
        return Decision("unsure", text or line.now.text, quad=quad)
    return Decision("skip" if kind == "accept" else kind, quad=quad)


def _after(order: list[int], n: int, after: int | None) -> list[int]:
    place = order.index(after) + 1 if after in order else len(order)
    return [*order[:place], n, *order[place:]]


def checked_quad(points: Any) -> Any:
    """Four corners of a convex quad. Raises :class:`Refused`."""
    try:
        box = np.round(np.array(points, float), 1)
    except (TypeError, ValueError):
        box = np.empty(0)
    if not is_box(box):
        raise Refused("bad_quad")
    return tuple(map(tuple, box.tolist()))


def _array(points: Any) -> np.ndarray:
    return np.array(points, np.float32)


def _clean(text: str) -> str:
    return " ".join(normalize(text).split())
