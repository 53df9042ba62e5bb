"""A share of the images for each process of ``paddle.distributed.launch``, joined in order.

The processes need one file system, nothing else: each writes its share to a file of its own, and
process 0 joins them when the last one is there.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ppocr_ext.errors import UserError
from ppocr_ext.files import followed, is_stream, replacing
from ppocr_ext.infer.journal import facts_path, read_facts
from ppocr_ext.locks import beside, only_writer
from ppocr_ext.outputs import instead, other_name
from ppocr_ext.runtime import launched

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
        return self.world > 1 and _is_finished(self.output(whole), facts)

    def forget(self, whole: Path) -> None:
        """Remove this process's file of an earlier run, so that process 0 waits for the new."""
        if self.world > 1:
            self.output(whole).unlink(missing_ok=True)

    def join(self, whole: Path, facts: Mapping[str, Any], header: str) -> bool:
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
        for part in parts:
            part.unlink()
            facts_path(part).unlink()
        return True


def _is_finished(part: Path, facts: Mapping[str, Any]) -> bool:
    return part.is_file() and read_facts(part) == facts


def _wait_for(parts: list[Path], facts: Mapping[str, Any]) -> None:
    """A file left by an earlier run of the same model and images is as good: readings repeat."""
    missing = [part for part in parts if not _is_finished(part, facts)]
    if missing:
        print(f"waiting for {len(missing)} other processes", file=sys.stderr)
    while missing:
        time.sleep(_PAUSE)
        missing = [part for part in missing if not _is_finished(part, facts)]
