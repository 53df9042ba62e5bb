"""A share of the images for each process of ``paddle.distributed.launch``, joined in order.

The processes need one file system, nothing else: each writes its share to a file of its own, and
process 0 joins them when the last one is there.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ppocr_ext.errors import UserError
from ppocr_ext.files import followed, is_stream, replacing
from ppocr_ext.infer.journal import Journal, facts_path, read_facts
from ppocr_ext.locks import beside, only_writer
from ppocr_ext.outputs import instead, once_more, other_name
from ppocr_ext.runtime import launched
from ppocr_ext.show.formats import counted

_PAUSE = 0.2  # seconds between looks at the other processes' files


@dataclass(frozen=True)
class Shard:
    """Process ``rank`` of ``world``."""

    rank: int = 0
    world: int = 1

    @classmethod
    def of_this_process(cls) -> Shard:
        """As the launcher says in the environment; alone without one."""
        return cls(launched().rank, launched().world)

    def share(self, size: int | None) -> tuple[int, int | None]:
        """(start, stop) of this process's images; neighbours differ by at most one image."""
        if self.world == 1:
            return 0, size
        if size is None:
            raise UserError(
                "images on standard input cannot be shared among processes",
                "a folder, a label file, a list or a glob",
                "write the paths to a file and give it with --images",
            )
        return size * self.rank // self.world, size * (self.rank + 1) // self.world

    def output(self, whole: Path, rank: int | None = None) -> Path:
        """Where a process writes: ``predicts_rec.txt.2-of-4``, or ``whole`` when alone."""
        if self.world == 1:
            return whole
        number = self.rank if rank is None else rank
        return whole.with_name(f"{whole.name}.{number + 1}-of-{self.world}")

    @contextmanager
    def only_writer(self, whole: Path, named: Path | None = None) -> Iterator[None]:
        """No other process writes this process's file, nor, for process 0, the whole one.

        Raises :class:`UserError` that names the other. ``named``: what ``--output`` is, where that
        is the folder of ``whole``.
        """
        own = [self.output(whole)] + [whole] * (self.rank == 0 and self.world > 1)
        with ExitStack() as locks:
            for path in map(followed, [] if is_stream(whole) else own):
                cure = instead("--output", other_name(named or whole))
                locks.enter_context(only_writer(path, beside(path), cure))
            yield

    def is_done(self, whole: Path, facts: Mapping[str, Any]) -> bool:
        """Whether this process's file is there already, made from the same model and images."""
        return self.world > 1 and is_finished(self.output(whole), facts)

    def forget(self, whole: Path) -> None:
        """Remove this process's file of an earlier run, so that process 0 waits for the new."""
        if self.world > 1:
            self.output(whole).unlink(missing_ok=True)

    def write(
        self,
        whole: Path,
        size: int | None,
        facts: Mapping[str, Any],
        write_rows: Callable[[Journal, int, int | None], None],
        header: str = "",
        resume: bool = False,
        echo: IO[bytes] | None = None,
        noun: str = "row",
        keep_facts: bool = False,
    ) -> tuple[int, float, bool]:
        """This process's share of ``size`` images as rows of its file; process 0 joins all shares.

        write_rows: takes the journal, and the first image of the share and the one behind its last.
        keep_facts: those of ``whole`` stay beside it (:func:`is_finished`).
        Returns how many rows were written, in which time, and whether ``whole`` is complete.
        """
        written, seconds = 0, 0.0
        if not (resume and self.is_done(whole, facts)):
            start, stop = self.share(size)
            self.forget(whole)
            with Journal(self.output(whole), facts, header, resume, echo) as rows:
                began, kept = time.perf_counter(), rows.rows
                with continuing(lambda: f"after {counted(rows.rows, noun)}"):
                    write_rows(rows, start, stop)
                written, seconds = rows.rows - kept, time.perf_counter() - began
                rows.finish(keep_facts=keep_facts or self.world > 1)
        return written, seconds, self.join(whole, facts, header, keep_facts)

    def join(
        self, whole: Path, facts: Mapping[str, Any], header: str, keep_facts: bool = False
    ) -> bool:
        """Process 0 waits for the others and joins all files; True for the one that did."""
        if self.world == 1:
            return True
        if self.rank:
            return False
        parts = [self.output(whole, rank) for rank in range(self.world)]
        _wait_for(parts, facts)
        skip = len(header.encode("utf-8"))
        with replacing(whole, "wb") as joined:
            joined.write(header.encode("utf-8"))
            for part in parts:
                with open(part, "rb") as rows:
                    rows.seek(skip)
                    shutil.copyfileobj(rows, joined)
        if keep_facts:
            shutil.copyfile(facts_path(parts[0]), facts_path(whole))
        for part in parts:
            part.unlink()
            facts_path(part).unlink()
        return True


@contextmanager
def continuing(where: Callable[[], str]) -> Iterator[None]:
    """Ctrl-C in the block prints where it stopped, and the command that continues."""
    try:
        yield
    except KeyboardInterrupt:
        stopped = f"\nstopped {where()}; continue with: {once_more('--resume')}"
        print(stopped, file=sys.stderr)
        raise


def is_finished(part: Path, facts: Mapping[str, Any]) -> bool:
    """Whether a file is complete and was made from these facts."""
    return part.is_file() and read_facts(part) == facts


def _wait_for(parts: list[Path], facts: Mapping[str, Any]) -> None:
    """A file left by an earlier run of the same model and images is as good: readings repeat."""
    missing = [part for part in parts if not is_finished(part, facts)]
    if missing:
        print(f"waiting for {len(missing)} other processes", file=sys.stderr)
    while missing:
        time.sleep(_PAUSE)
        missing = [part for part in missing if not is_finished(part, facts)]
