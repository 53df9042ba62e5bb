"""Read many pages into files: resumed after a kill, by several processes, in bounded memory.

Each page is a row of a journal as soon as it is read; a file's outputs are written when its last
page is there.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from ppocr_ext.errors import UserError
from ppocr_ext.infer.journal import Journal, part_path
from ppocr_ext.infer.reading import Reasons
from ppocr_ext.infer.recognizer import ordered
from ppocr_ext.infer.shards import Shard
from ppocr_ext.outputs import once_more, remember
from ppocr_ext.pages.formats import FORMATS
from ppocr_ext.pages.page import PageText
from ppocr_ext.pages.pictures import label_paths, write_label_set
from ppocr_ext.pages.reader import PageReader, ReaderOptions
from ppocr_ext.pages.results import page_of, row_of
from ppocr_ext.pages.searchable import NoPdf
from ppocr_ext.pages.sources import Pages, PageTask, Pictures
from ppocr_ext.runtime import end_with_parent
from ppocr_ext.show.progress import progress
from ppocr_ext.transforms.image import UnreadableImage

JOURNAL = "read_pages.jsonl"  # of the pages read so far, while the command runs


@dataclass(frozen=True)
class JobOptions:
    """formats: keys of :data:`FORMATS` besides ``txt``; label, crops: one folder of all pages for
    PPOCRLabel, of all lines; resume: continue an interrupted run; workers: processes that read
    pages, each with ``ReaderOptions.threads``."""

    formats: tuple[str, ...] = ()
    label: bool = False
    crops: bool = False
    resume: bool = False
    workers: int = 1

    @property
    def all_formats(self) -> tuple[str, ...]:
        return ("txt", *self.formats)

    def outputs(self, pages: Pages, folder: Path | None = None) -> list[Path]:
        """Every file that will be written, the journal and single crops apart; ``folder`` holds
        what is written of all files together (default: that of the first)."""
        counts = Counter(task.stem for task in pages.tasks())
        paths = [
            path
            for stem, count in counts.items()
            for name in self.all_formats
            for path in FORMATS[name].paths(stem, count)
        ]
        home = paths[0].parent if folder is None else folder
        return paths + label_paths(home, pages.tasks(), self.label, self.crops)


@dataclass
class Summary:
    """pages: read by this process in ``seconds``; all_pages: of the outputs, 0 in a process that
    leaves them to process 0; unread: pages with their reasons; unwritten: files with outputs
    that could not be made of them."""

    pages: int = 0
    seconds: float = 0.0
    all_pages: int = 0
    unread: Reasons = field(default_factory=Reasons)
    unwritten: Reasons = field(default_factory=Reasons)
    files: list[Path] = field(default_factory=list)

    def describe(self, passed_over: Reasons) -> str:
        """What happened, for people."""
        each = self.seconds / max(1, self.pages)
        rows = [f"read {self.pages:,} pages in {self.seconds:.1f} s, {each:.1f} s a page"]
        if self.all_pages:
            rows += passed_over.lines("skipped")
            rows += self.unread.lines("not read")
            if self.unread.total:
                rows.append(f"{self.unread.total:,} of {self.all_pages:,} pages could not be read")
        rows += self.unwritten.lines("not written")
        shown = self.files[:10]
        rows += [f"wrote {path}" for path in shown]
        if len(self.files) > len(shown):
            rows.append(f"wrote {len(self.files) - len(shown):,} more files beside them")
        return "\n".join(rows)


def read_pages(
    pages: Pages,
    folder: Path,
    reader: ReaderOptions,
    options: JobOptions,
    shard: Shard | None = None,
) -> Summary:
    """Read all pages and write the outputs of each file; ``folder`` holds the journal meanwhile.

    Raises :class:`UserError` for a resume of other pages or options.
    """
    shard, whole = shard or Shard(), folder / JOURNAL
    facts = {
        "pages": pages.fingerprint,
        "reader": _reader_facts(reader),
        "processes": shard.world,
    }
    summary, is_alone = Summary(), shard.world == 1
    pictures = Pictures(reader.opening, reader.text_layer == "auto")
    collected = _Collected(pages, options.all_formats, pictures, summary)
    if not (options.resume and shard.is_done(whole, facts)):
        shard.forget(whole)
        own = shard.output(whole)
        with Journal(own, facts, "", options.resume) as rows:
            if is_alone:
                for record in islice(_rows(part_path(own)), rows.rows):
                    collected.add(record)
            _read(pages, reader, options, shard, rows, collected if is_alone else None, summary)
            rows.finish(keep_facts=not is_alone)
    if not shard.join(whole, facts, ""):
        return summary
    if not is_alone:
        for record in _rows(whole):
            collected.add(record)
    if options.label or options.crops:
        found = zip(pages.tasks(), _rows(whole), strict=True)
        written = write_label_set(folder, found, pictures, options.label, options.crops)
        remember(written)
        summary.files += written
    pictures.close()
    whole.unlink()
    return summary


def _reader_facts(reader: ReaderOptions) -> dict[str, str]:
    """What changes the text; a password must not lie on a disk."""
    facts = asdict(replace(reader, threads=None, opening=replace(reader.opening, password=None)))
    return {key: str(value) for key, value in facts.items()}


def _read(
    pages: Pages,
    reader: ReaderOptions,
    options: JobOptions,
    shard: Shard,
    rows: Journal,
    collected: _Collected | None,
    summary: Summary,
) -> None:
    start, stop = shard.share(pages.size)
    total, began, kept = (stop or 0) - start, time.perf_counter(), rows.rows
    tasks = pages.tasks(start + kept, stop)
    try:
        with (
            _reading(tasks, reader, options.workers) as found,
            progress("reading", total, kept, "pages") as advance,
        ):
            for page in found:
                rows.write(row_of(page))
                rows.flush()
                if collected:
                    collected.add(page)
                advance(rows.rows)
    except KeyboardInterrupt:
        stopped = f"\nstopped after {rows.rows:,} pages"
        print(f"{stopped}; continue with: {once_more('--resume')}", file=sys.stderr)
        raise
    except BrokenProcessPool:
        raise UserError(
            "a worker process ended, for lack of memory perhaps",
            "processes that read until the last page",
            once_more("--workers", "1", "--resume"),
        ) from None
    summary.pages, summary.seconds = rows.rows - kept, time.perf_counter() - began


class _Collected:
    """Pages in order; those of one output are written when its last one is there."""

    def __init__(
        self, pages: Pages, formats: Sequence[str], pictures: Pictures, summary: Summary
    ) -> None:
        self._tasks = pages.tasks()
        self._next = next(self._tasks, None)
        self._formats, self._pictures, self._summary = formats, pictures, summary
        self._pages: list[tuple[PageTask, PageText]] = []

    def add(self, page: PageText) -> None:
        task, self._next = self._next, next(self._tasks, None)
        assert task is not None
        self._pages.append((task, page))
        self._summary.all_pages += 1
        if page.error:
            self._summary.unread.add(page.error, f"{page.page.source} page {page.page.number}")
        if self._next and self._next.stem == task.stem:
            return
        if any(not each.error or each.lines for _, each in self._pages):
            for name in self._formats:
                self._write(name, task)
        self._pages = []

    def _write(self, name: str, task: PageTask) -> None:
        try:
            written = FORMATS[name].write(task.stem, self._pages, self._pictures)
        except (NoPdf, UnreadableImage) as reason:
            self._summary.unwritten.add(f"{name}: {reason}", task.name)
            return
        remember(written)
        self._summary.files += written


def _rows(path: Path) -> Iterator[PageText]:
    with open(path, encoding="utf-8", newline="\n") as rows:
        for row in rows:
            yield page_of(json.loads(row))


_own: Any = None  # of a worker process: what reads


@contextmanager
def _reading(
    tasks: Iterator[PageTask], options: ReaderOptions, workers: int
) -> Iterator[Iterator[PageText]]:
    """The pages read, in order, here or by processes."""
    if workers == 1:
        reader = _reader(options)
        yield (reader.read_task(task) for task in tasks)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (options,)) as pool:
        yield ordered(lambda task: pool.submit(_read_here, task).result(), tasks, workers)


def _reader(options: ReaderOptions) -> PageReader:
    cv2.setNumThreads(options.threads or -1)  # -1: OpenCV decides
    return PageReader(options)


def _begin(options: ReaderOptions) -> None:
    global _own
    end_with_parent()
    _own = _reader(options)


def _read_here(task: PageTask) -> PageText:
    return _own.read_task(task)
