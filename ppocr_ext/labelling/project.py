"""A folder that is being labelled: its log, its state, its files; for any thread."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from itertools import count
from pathlib import Path

import numpy as np

from ppocr_ext.appended import Log, Row
from ppocr_ext.coedited import CoEdited
from ppocr_ext.data.label_txt import HOME, confirmed_names
from ppocr_ext.data.labels import parse_line, read_labels
from ppocr_ext.errors import UserError
from ppocr_ext.files import replacing
from ppocr_ext.infer.crops import jpeg, look_at
from ppocr_ext.infer.images import load_image
from ppocr_ext.kept_pages import kept_picture
from ppocr_ext.labelling import scan
from ppocr_ext.labelling.files import FILE_STATE, contents, file_of, missing_crops
from ppocr_ext.labelling.lines import Line, Page, Quad
from ppocr_ext.labelling.state import Ack, State
from ppocr_ext.transforms.image import UnreadableImage
from ppocr_ext.web.leases import Leases

VAL = 0.1  # of the pages are kept for validation


class Project:
    """The caller holds the folder's lock. Raises :class:`UserError` for nothing to label."""

    def __init__(
        self, folder: Path, named: Path | None = None, kind: str = "auto", val: float = VAL
    ) -> None:
        self.folder, self.home, self.val = folder, folder / HOME, val
        self.lock = threading.RLock()
        self.evaluated: Row | None = None
        names = [named.name] if named else [n for n in scan.LABEL_FILES if (folder / n).is_file()]
        self.is_pages = scan.holds_pages(folder, names) if kind == "auto" else kind == "pages"
        self.state, self.log = State(), Log(self.home / "log.jsonl")
        rows, first = self.log.rows(), {"id": secrets.token_hex(8), "pages": self.is_pages}
        self.facts = next(rows, first)
        if self.facts is first:
            self.log.append([first])
        self.is_pages = bool(self.facts["pages"])
        for row in rows:
            self.state.replay(row)
        damaged = ", ".join(map(str, self.log.damaged))
        self.warnings = [f"{self.log.path}: damaged lines: {damaged}"] if damaged else []
        self.files = CoEdited(self._file, self.home / "files.json")
        self._find(names, bool(named and named.name not in self.files.sums))
        if not self.state.lines and not self.state.pages:
            raise UserError(f"{folder} holds nothing to label", "pages, PDFs, or pictures of lines")
        self.files.look(self._contents())
        self.leases = Leases()
        self._last: float | None = None  # action that is in no label file yet
        self._load_page = lru_cache(4)(partial(kept_picture, folder))  # pages

    def _file(self, name: str) -> Path:
        """In the folder; of pages what is cut from them in ours."""
        is_own = self.is_pages and name not in (scan.LABEL_TXT, FILE_STATE)
        return (self.home if is_own else self.folder) / name

    def _contents(self) -> dict[str, bytes]:
        return contents(self.state, self.folder, self.is_pages, self.val)

    def _find(self, names: Sequence[str], alone: bool) -> None:
        theirs = set[str]()
        if self.is_pages:
            self.record(*scan.find_new_pages(self.folder, self.state))
            confirmed = confirmed_names(self.folder / scan.LABEL_TXT)
            theirs = {FILE_STATE} - self.files.sums.keys() if confirmed is not None else set()
            rows = [*scan.find_labels(self.folder, self.state, confirmed if theirs else None)]
        else:
            rows = [*scan.find_lines(self.folder, names, self.state, alone)]
        self.record(*rows)
        if found := {row["file"] for row in rows if row.get("file")}:
            for name in found | theirs:
                self.files.know(name)

    def record(self, *rows: Row) -> None:
        """Add what a program found, not a person."""
        with self.lock:
            self.log.append(rows)
            for row in rows:
                self.state.replay(row)

    def act(self, client: str, who: str, actions: Iterable[Row]) -> list[Ack]:
        """Do actions once they are on the disk; none where that raises OSError or UserError."""
        now, state = round(time.time(), 3), self.state
        with self.lock:
            rows = [{**action, "client": client, "who": who, "t": now} for action in actions]
            new = [row for row in rows if (client, row["seq"]) not in state.made]
            free = count(state.next)
            for row in new:
                if row["kind"] in ("draw", "split"):
                    row["new"] = next(free)
                if row["kind"] in ("accept", "confirm", "join"):
                    named = state.resolved(row)  # what was read by now must not be forgotten
                    several = (x[0] for x in row.get("lines", ()))
                    numbers = [named.get("n"), named.get("m"), *several]
                    lines = [state.lines[n] for n in numbers if n in state.lines]
                    row["drafts"] = {str(x.n): x.draft for x in lines if x.draft is not None}
            if new:
                self.log.append(new)
                self._last = now
            return [state.act(row) for row in rows]

    def path_of(self, line: Line) -> Path:
        """The file of a line's picture; of a box that of its page."""
        return self.folder / parse_line(f"{line.image}\t").path

    def is_cut(self, line: Line) -> bool:
        """Whether its picture is a part of a page's."""
        return bool(line.p) and not self.state.pages[line.p].is_fixed

    def picture(self, line: Line) -> np.ndarray:
        """uint8 BGR. Raises :class:`UnreadableImage`."""
        if self.is_cut(line):
            return self.cut_out(self.state.pages[line.p], line.now.quad or ())
        return load_image(self.path_of(line))

    def cut_out(self, page: Page, quad: Quad) -> np.ndarray:
        """What stands in a box, with the marks that its edges cut off."""
        return look_at(self.page_image(page), np.array(quad, np.float32)).crop

    def page_image(self, page: Page) -> np.ndarray:
        """Upright, uint8 BGR. Raises :class:`UnreadableImage`."""
        image = self._load_page(page.kept)
        page.size = (image.shape[1], image.shape[0])
        return image

    @property
    def pause(self) -> float:
        """Seconds since the last action that is in no label file yet; 0 where all are."""
        return time.time() - self._last if self._last else 0.0

    def write(self) -> None:
        """Write every label file that no other program has changed. Raises ``OSError``."""
        with self.lock:
            self._last, last = None, self._last
            texts = self._contents()
            missing = list(missing_crops(self.state, self.home)) if self.is_pages else []
        try:
            for path, line in missing:  # before the rows that name them
                with suppress(UnreadableImage), replacing(path, "wb") as stream:
                    stream.write(jpeg(self.picture(line)))
            with self.lock:
                self.files.write(texts)
        except OSError:
            self._last = self._last or last or time.time()
            raise

    def resolve(self, name: str, take_theirs: bool) -> str | None:
        """Write ours and keep theirs under a free name, the answer; or take theirs into the log."""
        with self.lock:
            kept = None
            if take_theirs and (name == scan.LABEL_TXT or not self.is_pages):
                file, lines = file_of(self.state, self.val), self.state.lines.values()
                if not self.is_pages:
                    read_labels(self.files.path(name), self.folder)  # or nothing is dropped
                gone = [line.n for line in lines if self.is_pages or file(line) == name]
                self.record({"kind": "drop", "name": name, "lines": gone})
                self._find([name], True)
                self._find([], False)
            else:
                kept = self.files.set_aside(name)
        self.write()
        return kept
