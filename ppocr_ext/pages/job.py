"""Read many pages into files: resumed after a kill, by several processes, in bounded memory.

Each page is a row of a journal as soon as it is read; a file's outputs are written when its last
page is there.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
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
from ppocr_ext.pages.formats import FORMATS, Format, row_of
from ppocr_ext.pages.page import PageText
from ppocr_ext.pages.pictures import label_paths, write_label_set
from ppocr_ext.pages.reader import PageReader, ReaderOptions
from ppocr_ext.pages.searchable import NoPdf
from ppocr_ext.pages.sources import Pages, PageTask, Pictures
from ppocr_ext.runtime import end_with_parent
from ppocr_ext.show.formats import counted
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

    def outputs(self, pages: Pages, folder: Path | None = None) -> list[Path]:
        """Every file that will be written, the journal and single crops apart; ``folder`` holds
        what is written of all files together (default: that of the first).

        Raises :class:`UserError` where two would have one name.
        """
        paths = [
            path
            for stem, count in Counter(task.stem for task in pages.tasks).items()
            for name in ("txt", *self.formats)
            for path in FORMATS[name].paths(stem, count)
        ]
        home = paths[0].parent if folder is None else folder
        paths += label_paths(home, pages.tasks, self.label, self.crops)
        times = Counter(str(path).casefold() for path in paths)
        if twice := next((path for path in paths if times[str(path).casefold()] > 1), None):
            raise UserError(
                f"{twice} would be written twice: two inputs have like names",
                "inputs of other names, or a command for each",
            )
        return paths


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
        rows = [f"read {counted(self.pages, 'page')} in {self.seconds:.1f} s, {each:.1f} s a page"]
        if self.all_pages:
            rows += passed_over.lines("skipped")
            rows += self.unread.lines("not read")
            if self.unread.total:
                rows.append(
                    f"{self.unread.total:,} of {counted(self.all_pages, 'page')} could not be read"
                )
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
    with closing(Pictures(reader.opening, reader.text_layer == "auto")) as pictures:
        outputs = _Outputs(pages.tasks, options.formats, pictures, summary)
        if not (options.resume and shard.is_done(whole, facts)):
            start, stop = shard.share(len(pages.tasks))
            shard.forget(whole)
            own = shard.output(whole)
            with Journal(own, facts, "", options.resume) as rows, _continued(rows):
                began, kept = time.perf_counter(), rows.rows
                for _ in _read(pages.tasks[start:stop], reader, options.workers, rows):
                    if is_alone:
                        outputs.write(part_path(own), rows.rows)
                rows.finish(keep_facts=not is_alone)
            summary.pages, summary.seconds = rows.rows - kept, time.perf_counter() - began
        if not shard.join(whole, facts, ""):
            return summary
        outputs.write(whole, len(pages.tasks))
        if options.label or options.crops:
            found = Rows(whole, 0, pages.tasks)
            written = write_label_set(folder, found, pictures, options.label, options.crops)
            remember(written)
            summary.files += written
    whole.unlink()
    return summary


def _reader_facts(reader: ReaderOptions) -> dict[str, str]:
    """What changes the text; a password must not lie on a disk."""
    facts = asdict(replace(reader, threads=None, opening=replace(reader.opening, password=None)))
    return {key: str(value) for key, value in facts.items()}


@contextmanager
def _continued(rows: Journal) -> Iterator[None]:
    """How what stops here is continued."""
    try:
        yield
    except KeyboardInterrupt:
        stopped = f"\nstopped after {counted(rows.rows, 'page')}"
        print(f"{stopped}; continue with: {once_more('--resume')}", file=sys.stderr)
        raise
    except BrokenProcessPool:
        raise UserError(
            "a worker process ended, for lack of memory perhaps",
            "processes that read until the last page",
            once_more("--workers", "1", "--resume"),
        ) from None


def _read(
    tasks: Sequence[PageTask], reader: ReaderOptions, workers: int, rows: Journal
) -> Iterator[None]:
    """Read into the journal what is not there; gives way after each page, and at first."""
    kept = rows.rows
    yield
    with (
        _reading(iter(tasks[kept:]), reader, workers) as found,
        progress("reading", len(tasks), kept, "pages") as advance,
    ):
        for page in found:
            rows.write(row_of(page) + "\n")
            rows.flush()
            advance(rows.rows)
            yield


class Rows(Sequence[tuple[PageTask, PageText]]):
    """Pages as a journal holds them from a byte on: one is in memory at a time."""

    def __init__(self, journal: Path, start: int, tasks: Sequence[PageTask]) -> None:
        self._journal, self._tasks, self._places = journal, tasks, [start]
        with open(journal, "rb") as rows:
            rows.seek(start)
            for _ in tasks:
                self._places.append(self._places[-1] + len(rows.readline()))

    @property
    def end(self) -> int:
        """The byte behind the last one."""
        return self._places[-1]

    def __len__(self) -> int:
        return len(self._tasks)

    def __getitem__(self, index: Any) -> Any:
        if index >= len(self):
            raise IndexError(index)
        with open(self._journal, "rb") as rows:
            rows.seek(self._places[index])
            return self._tasks[index], PageText.of(json.loads(rows.readline()))


class _Outputs:
    """Writes what is written of each file, as soon as its last page is in the journal."""

    def __init__(
        self,
        tasks: Sequence[PageTask],
        formats: Sequence[str],
        pictures: Pictures,
        summary: Summary,
    ) -> None:
        self._waiting = deque(list(own) for _, own in groupby(tasks, lambda task: task.stem))
        self._formats, self._pictures, self._summary = ("txt", *formats), pictures, summary
        self._end = 0  # the byte behind the pages that were written

    def write(self, journal: Path, count: int) -> None:
        """What can be written of the first ``count`` pages."""
        summary = self._summary
        while self._waiting and summary.all_pages + len(self._waiting[0]) <= count:
            rows = Rows(journal, self._end, self._waiting.popleft())
            self._end, summary.all_pages = rows.end, summary.all_pages + len(rows)
            for task, page in rows:
                if page.error:
                    summary.unread.add(page.error, f"{task.name} page {task.number}")
            if any(page.lines or not page.error for _, page in rows):
                for name in self._formats:
                    self._write(FORMATS[name], name, rows)

    def _write(self, form: Format, name: str, rows: Rows) -> None:
        task, _ = rows[0]
        try:
            written = form.write(form.paths(task.stem, len(rows)), rows, self._pictures)
        except (NoPdf, UnreadableImage) as reason:
            self._summary.unwritten.add(f"{name}: {reason}", task.name)
            return
        remember(written)
        self._summary.files += written


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
