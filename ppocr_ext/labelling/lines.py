"""What is known of lines and pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ppocr_ext.kept_pages import KeptPage
from ppocr_ext.web.answers import Problem

KINDS = ("todo", "ok", "skip", "unsure", "bad", "labelled", "conflict")  # else gone, or raw
DECIDED = frozenset({"ok", "skip", "unsure", "bad", "conflict"})
WRITTEN = frozenset({"ok", "labelled"})  # whose text is trained on
UNREADABLE = "###"
Quad = tuple[tuple[float, float], ...]  # TL TR BR BL as the text reads, upright pixels


class Refused(Problem):
    """An action that makes no sense any more."""

    def __init__(self, reason: str) -> None:
        super().__init__(404, "not_found", reason)


class Decision(NamedTuple):
    """What people made of a line. typed: edited, but not accepted; texts: both of a conflict."""

    kind: str = "gone"
    text: str = ""
    typed: str | None = None
    texts: tuple[str, ...] | None = None
    quad: Quad | None = None


@dataclass
class Line:
    """A line to label.

    image: its picture's path as the label file has it, of a box the page's; file, label: where it
    came from, with which text; extra: its box as ``Label.txt`` has it; rev: rises with every
    decision, client, who: whose was the last one; draft, conf, error: as the network ``model``
    reads it; gap: log probability of the reading less that of the label; copy_of: the first of its
    near copies; read: the draft that was shown when it was confirmed, and the order it came in.
    """

    n: int
    image: str
    file: str = ""
    label: str | None = None
    p: int = 0
    extra: dict[str, Any] | None = None
    now: Decision = field(default_factory=Decision)
    rev: int = 0
    client: str = ""
    who: str = ""
    draft: str | None = None
    conf: float | None = None
    error: str = ""
    model: str = ""
    gap: float | None = None
    copy_of: int | None = None
    read: tuple[str, str] | None = None

    @property
    def kind(self) -> str:
        return self.now.kind

    @property
    def is_shown(self) -> bool:
        return self.now.kind in KINDS

    @property
    def first(self) -> Decision:
        """Before anybody decided."""
        kind, text = ("todo", "") if self.label is None else ("labelled", self.label)
        return Decision(kind, text, quad=self.now.quad)

    def shown(self) -> dict[str, Any]:
        """As the browser gets it."""
        names = ("n", "draft", "conf", "error", "gap", "rev", "who")
        more = {"p": self.p or None, "name": self.image.rpartition("/")[2]}
        return {**self.now._asdict(), **{name: getattr(self, name) for name in names}, **more}


@dataclass
class Page:
    """order: numbers of its boxes as they are read; row: as ``Label.txt`` has it, until a box is
    changed; is_fixed: of an import, whose boxes are only looked at;
    is_confirmed: in PPOCRLabel."""

    p: int
    kept: KeptPage
    is_fixed: bool = False
    size: tuple[int, int] = (0, 0)
    state: str = "waiting"
    error: str = ""
    order: list[int] = field(default_factory=list)
    row: str | None = None
    is_confirmed: bool = False
    rev: int = 0

    @property
    def image(self) -> str:
        return self.kept.image

    def shown(self) -> dict[str, Any]:
        """As the browser gets it."""
        names = ("p", "state", "error", "rev")
        more = {"name": self.image.rpartition("/")[2], "fixed": self.is_fixed}
        more |= dict(zip("wh", self.size, strict=True))
        return {**{name: getattr(self, name) for name in names}, **more}


@dataclass
class Change:
    """(before, after) of lines and of pages' orders; whether two people decided differently."""

    lines: dict[int, tuple[Decision, Decision]] = field(default_factory=dict)
    orders: dict[int, tuple[list[int], list[int]]] = field(default_factory=dict)
    is_conflict: bool = False
