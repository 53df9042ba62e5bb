"""Read many pages into files: resumed after a kill, by several processes, in bounded memory.

Each page is a row of a journal as soon as it is read; a file's outputs are written when its last
page is there.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from ppocr_ext.errors import UserError, printable
from ppocr_ext.infer.journal import Journal, facts_path
from ppocr_ext.infer.reading import Reasons
from ppocr_ext.infer.recognizer import ordered
from ppocr_ext.infer.shards import Shard, continuing, is_finished
from ppocr_ext.outputs import instead
from ppocr_ext.pages.formats import FORMATS, row_of
from ppocr_ext.pages.page import PageText
from ppocr_ext.pages.pictures import LABEL_FOLDER, label_paths, write_label_set
from ppocr_ext.pages.reader import PageReader, ReaderOptions
from ppocr_ext.pages.searchable import NoPdf
from ppocr_ext.pages.sources import Pages, PageTask, Pictures
from ppocr_ext.runtime import end_with_parent, interrupts_held
from ppocr_ext.show.formats import counted
from ppocr_ext.show.progress import progress
from ppocr_ext.transforms.image import UnreadableImage

JOURNAL = "read_pages.jsonl"  # of the pages read so far, while the command runs
_NAMED = 10  # files that were written


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

    def outputs(self, pages: Pages) -> list[Path]:
        """Every file that will be written, the journal and single crops apart.

        Raises :class:`UserError` where two would have one name.
        """
        paths = [
            path
            for stem, count in Counter(task.stem for task in pages.tasks).items()
            for name in ("txt", *self.formats)
            for path in FORMATS[name].paths(stem, count)
        ]
        paths += label_paths(pages.home, pages.tasks, self.label, self.crops)
        times = Counter(str(path).casefold() for path in paths)
        if twice := next((path for path in paths if times[str(path).casefold()] > 1), None):
            raise UserError(
                f"{twice} would be written twice: two inputs have like names",
                "inputs of other names, or a command for each",
            )
        return paths


def read_pages(
    pages: Pages,
    reader: ReaderOptions,
    options: JobOptions,
    shard: Shard | None = None,
) -> Outputs:
    """Read all pages and write the outputs of each file; meanwhile the journal lies at home.

    Raises :class:`UserError` for a resume of other pages or options.
    """
    shard, whole = shard or Shard(), pages.home / JOURNAL
    facts = {"pages": pages.fingerprint, "reader": _facts(reader), "processes": shard.world}
    tasks, is_alone = pages.tasks, shard.world == 1
    with closing(Pictures(reader.opening, reader.text_layer == "auto")) as pictures:
        outputs = Outputs(tasks, options.formats, pictures)

        def write_rows(rows: Journal, start: int, stop: int | None) -> None:
            own = tasks[start:stop]
            with (
                _reading(own[rows.rows :], reader, options.workers) as found,
                progress("reading", len(own), rows.rows, "pages") as advance,
            ):
                for page in found:
                    outputs.read += not page.error
                    rows.write(row_of(page) + "\n")
                    rows.flush()
                    advance(rows.rows)
                    if is_alone:
                        outputs.write(rows.part, rows.rows)

        is_whole = options.resume and is_finished(whole, facts)  # a stop while outputs are written
        if not is_whole:
            if not shard.rank:
                whole.unlink(missing_ok=True)  # of another run
            outputs.pages, outputs.seconds, is_whole = shard.write(
                *(whole, len(tasks), facts, write_rows),
                resume=options.resume,
                noun="page",
                keep_facts=True,
            )
        if shard.rank or not is_whole:
            return outputs
        with continuing(lambda: "while outputs were written"):
            outputs.write(whole, len(tasks))
            if options.label or options.crops:
                rows, kinds = Rows(whole, 0, tasks), (options.label, options.crops)
                write = partial(write_label_set, pages.home, rows, pictures, *kinds)
                outputs.add(LABEL_FOLDER, str(pages.home), write)
    whole.unlink()
    facts_path(whole).unlink()
    return outputs


def _facts(reader: ReaderOptions) -> dict[str, str]:
    """What changes the text; a password must not lie on a disk."""
    facts = asdict(replace(reader, threads=None, opening=replace(reader.opening, password=None)))
    return {key: str(value) for key, value in facts.items()}


class Rows(Sequence[tuple[PageTask, PageText]]):
    """Pages as a journal holds them from a byte to ``end``: one is in memory at a time."""

    def __init__(self, journal: Path, start: int, tasks: Sequence[PageTask]) -> None:
        self._journal, self._tasks, self._places = journal, tasks, [start]
        with open(journal, "rb") as rows:
            rows.seek(start)
            for _ in tasks:
                self._places.append(self._places[-1] + len(rows.readline()))
        self.end = self._places[-1]

    def __len__(self) -> int:
        return len(self._tasks)

    def __getitem__(self, index: Any) -> Any:
        if index >= len(self):
            raise IndexError(index)
        with open(self._journal, "rb") as rows:
            rows.seek(self._places[index])
            return self._tasks[index], PageText.of(json.loads(rows.readline()))


class Outputs:
    """Writes what is written of each file as soon as its last page is in the journal.

    pages: done by this process in ``seconds``, ``read`` of them without an error; all_pages: of the
    outputs, 0 in a process that leaves them to process 0; unread: pages with their reasons;
    unwritten: files with outputs that could not be made of them; files: that were written.
    """

    def __init__(
        self, tasks: Sequence[PageTask], formats: Sequence[str], pictures: Pictures
    ) -> None:
        self._waiting = deque(list(own) for _, own in groupby(tasks, lambda task: task.stem))
        self._formats, self._pictures = ("txt", *formats), pictures
        self._end = 0  # the byte behind the pages that were written
        self.pages, self.read, self.seconds, self.all_pages = 0, 0, 0.0, 0
        self.unread, self.unwritten = Reasons(), Reasons()
        self.files: list[Path] = []

    def write(self, journal: Path, count: int) -> None:
        """What can be written of the first ``count`` pages."""
        while self._waiting and self.all_pages + len(self._waiting[0]) <= count:
            rows = Rows(journal, self._end, self._waiting.popleft())
            self._end, self.all_pages = rows.end, self.all_pages + len(rows)
            (first, _), is_read = rows[0], False
            for task, page in rows:
                is_read |= bool(page.lines) or not page.error
                if page.error:
                    self.unread.add(page.error, f"{task.name} page {task.number}")
            for name in self._formats if is_read else ():
                form = FORMATS[name]
                paths = form.paths(first.stem, len(rows))
                self.add(name, first.name, partial(form.write, paths, rows, self._pictures))

    def add(self, what: str, source: str, write: Callable[[], list[Path]]) -> None:
        """One output; ``source``: of what it is made."""
        try:
            written = write()
        except (NoPdf, UnreadableImage) as reason:
            self.unwritten.add(f"{what}: {reason}", source)
            return
        self.files += written

    def describe(self, passed_over: Reasons) -> str:
        """What happened, for people."""
        rate = f", {self.seconds / self.pages:.1f} s a page" if self.pages else ""
        rows = [f"read {counted(self.read, 'page')} in {self.seconds:.1f} s{rate}"]
        if self.all_pages:
            rows += passed_over.lines("skipped")
            rows += self.unread.lines("not read")
            if self.unread.total:
                whole = counted(self.all_pages, "page")
                rows.append(f"{self.unread.total:,} of {whole} could not be read")
        rows += self.unwritten.lines("not written")
        rows += [f"wrote {printable(str(path))}" for path in self.files[:_NAMED]]
        if (others := len(self.files) - _NAMED) > 0:
            rows.append(f"wrote {counted(others, 'more file')} beside them")
        return "\n".join(rows)


@contextmanager
def _reading(
    tasks: Sequence[PageTask], options: ReaderOptions, workers: int
) -> Iterator[Iterator[PageText]]:
    """The pages read, in order, here or by processes."""
    if workers == 1:
        yield _reader(options).read_tasks(tasks)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), end_with_parent) as pool:
        try:
            with interrupts_held():
                for _ in range(workers):
                    pool.submit(int)  # starts a process
            yield ordered(lambda task: pool.submit(_read, options, task).result(), tasks, workers)
        except BrokenProcessPool:
            alone = instead("--workers", Path("1"))
            raise UserError(
                "a worker process ended, for lack of memory perhaps",
                "processes that read until the last page",
                alone if " --resume" in alone else f"{alone} --resume",
            ) from None


def _reader(options: ReaderOptions) -> PageReader:
    cv2.setNumThreads(1)  # pages and lines are what threads share
    return PageReader(options)


_reader_there = cache(_reader)  # of a worker process


def _read(options: ReaderOptions, task: PageTask) -> PageText:
    return _reader_there(options).read_task(task)
