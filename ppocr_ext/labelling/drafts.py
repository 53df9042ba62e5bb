"""Drafts: a thread that reads what nobody has read, with the best model that is there."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import cv2
import numpy as np

from ppocr_ext.appended import Row
from ppocr_ext.data.check.pixels import leaders
from ppocr_ext.errors import UserError
from ppocr_ext.infer.likelihood import letters_of, surer_by
from ppocr_ext.infer.recognizer import Recognizer
from ppocr_ext.labelling.lines import DECIDED, Line, Page
from ppocr_ext.labelling.project import Project
from ppocr_ext.pages.page import PageLine
from ppocr_ext.pages.reader import PageReader, ReaderOptions
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.documents import Picture
from ppocr_ext.transforms.image import UnreadableImage
from ppocr_ext.web.answers import Problem
from ppocr_ext.workspace.improve import better_model

_LOOK, _OTHERS = 3.0, 5  # seconds between two looks for a better model; candidates of a letter


class Drafts:
    """Reads in the background until :meth:`stop`. state: loading, reading, done or error."""

    def __init__(self, project: Project, model: str | None) -> None:
        self.project, self.named = project, model
        self.state, self.error, self.loaded = "loading", "", ""
        self.recognizer: Recognizer | None = None
        self._pages: PageReader | None = None
        self._detail: Recognizer | None = None
        self._path = project.home / "drafts.jsonl"
        self._ends = threading.Event()
        self._one = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="drafts", daemon=True)
        self.start = self._thread.start

    def stop(self) -> None:
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join(30)

    @property
    def model(self) -> str:
        """The one that is named, else the improved one; empty for the published one."""
        return self.named or str(better_model(self.project.folder) or "")

    def charset(self) -> Charset | None:
        return self.recognizer.charset if self.recognizer else None

    def _run(self) -> None:
        while not self._ends.is_set():
            try:
                if self.recognizer is None or self.model != self.loaded:
                    self._load(self.model)
                if self.recognizer is not None:
                    self._read_all(self.recognizer)
            except Exception as error:  # shown on the page; people can still type
                self.state, self.error = "error", str(error)
                if not isinstance(error, (UserError, OSError)):
                    raise
            self._ends.wait(_LOOK)

    def _load(self, model: str) -> None:
        self.state, self.error, self.loaded, self._detail = "loading", "", model, None
        if self.project.is_pages:
            self._pages = PageReader(ReaderOptions(model=model or None))
        own = self._pages.recognizer if self._pages else Recognizer(model or None)
        language = own.language.fingerprint[:8] if own.language else ""
        self.key = f"{own.fingerprint[:16]} {language}"
        earlier = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
        self._cache = open(self._path, "w", encoding="utf-8", newline="\n", buffering=1)  # noqa: SIM115
        for row in earlier.splitlines():
            with suppress(ValueError, KeyError, TypeError):
                n, key, quad, *read = json.loads(row)
                line = self.project.state.lines[n]
                if (key, quad) == (self.key, str(line.now.quad)):
                    self._set(line, *read)
        self.recognizer = own

    def _set(self, line: Line, *read: Any) -> None:
        """draft, confidence, error and gap; kept for the next session."""
        row = [line.n, self.key, str(line.now.quad), *read]
        with self.project.lock, suppress(OSError):  # a lost row costs a reading
            line.model, (line.draft, line.conf, line.error, line.gap) = self.key, read
            self.project.state.touch(line.n)
            self._cache.write(json.dumps(row, ensure_ascii=False) + "\n")

    def _read_all(self, recognizer: Recognizer) -> None:
        state = self.project.state
        for page in [*state.pages.values()] if self._pages else ():
            if page.state == "waiting" and not page.is_fixed and not page.order:
                self.state = page.state = "reading"
                self._read_page(page)
            if self._ends.is_set():
                return
        others = (line for line in [*state.lines.values()] if line.model != self.key)
        lines = [x for x in others if x.is_shown and (x.draft is None or x.kind not in DECIDED)]
        if lines:
            self.state = "reading"
            self._read_lines(recognizer, lines)
            self._find_gaps(recognizer)
            self._find_copies()
        self.state = "done"

    def _read_lines(self, recognizer: Recognizer, lines: list[Line]) -> None:
        readings = recognizer.stream(self._sources(lines))
        for line, reading in zip(lines, readings, strict=False):
            self._set(line, reading.text, round(reading.confidence, 4), reading.error, None)
            if self._ends.is_set() or self.model != self.loaded:
                return

    def _sources(self, lines: list[Line]) -> Iterator[Any]:
        """Files are decoded by the recogniser's threads."""
        for line in lines:
            image = self._picture(line) if self.project.is_cut(line) else None
            yield self.project.path_of(line) if image is None else image

    def _picture(self, line: Line) -> np.ndarray | None:
        with suppress(UnreadableImage):
            return self.project.picture(line)
        return None

    def _read_page(self, page: Page) -> None:
        assert self._pages is not None
        found: list[tuple[Any, PageLine]] = []
        row: Row = {"kind": "boxes", "p": page.p, "model": self.key}
        try:
            text = self._pages.read_picture(Picture(self.project.page_image(page), None))
            found = [*zip(text.quads_on_file(), text.lines, strict=True)]
        except (UnreadableImage, cv2.error) as error:
            row["error"] = str(error)
        with self.project.lock:
            row["boxes"] = [
                [n, quad, None, None, line.text, round(line.confidence, 4)]
                for n, (quad, line) in enumerate(found, self.project.state.next)
            ]
            self.project.record(row | dict(zip("wh", page.size, strict=True)))

    def read_one(self, line: Line) -> None:
        """A line, at once; why it cannot be read is its error."""
        image = self._picture(line)
        read = ("", 0.0, "cannot be read") if image is None else (*self.read(image), "")
        self._set(line, *read, None)

    def read(self, image: np.ndarray) -> tuple[str, float]:
        reading = self._ready().read_crops([image])[0]
        return reading.text, round(reading.confidence, 4)

    def _ready(self) -> Recognizer:
        if self.recognizer is None:
            raise Problem(503, "not_ready", self.error or "the model is loading")
        return self.recognizer

    def letters(self, line: Line, text: str) -> list[Row]:
        """Each letter of ``text`` with the network's confidence and its other candidates."""
        image, _ = self.project.picture(line), self._ready()
        with self._one:
            self._detail = self._detail or Recognizer(
                self.model or None, "onnxruntime", 1, alternatives=_OTHERS, language_model=None
            )
            found = letters_of(self._detail.read_crops([image])[0], text)
        return [
            {
                "c": shown,
                "conf": own.confidence if own.text == shown and own.confidence else None,
                "others": [own[:2]] * (own.text != shown) + [*own.alternatives],
            }
            for shown, own in zip(text, found, strict=True)
        ]

    def _find_gaps(self, recognizer: Recognizer) -> None:
        """How much surer the network is of its reading than of a label that differs."""
        for line in [] if recognizer.settings.is_decoder else [*self.project.state.lines.values()]:
            is_open = line.kind == "labelled" and line.gap is None and not self._ends.is_set()
            differs = is_open and line.draft and line.draft != line.now.text
            if differs and (image := self._picture(line)) is not None:
                gap = surer_by(recognizer, image, line.draft or "", line.now.text)
                self._set(line, line.draft, line.conf, "", round(gap, 2))

    def _find_copies(self) -> None:
        """Near copies read the same: only such lines are compared."""
        same: dict[str, list[Line]] = defaultdict(list)
        for line in [*self.project.state.lines.values()]:
            if line.draft and line.kind == "todo":
                same[line.draft].append(line)
        for group in same.values():
            if len(group) < 2 or self._ends.is_set():
                continue
            images = ((line, self._picture(line)) for line in group)
            seen = [(line, image) for line, image in images if image is not None]
            first = leaders(image for _, image in seen) if seen else np.empty(0)
            with self.project.lock:
                for (line, _), leader in zip(seen, first, strict=True):
                    if (first == leader).sum() > 1:
                        line.copy_of = seen[leader][0].n
                        self.project.state.touch(line.n)
