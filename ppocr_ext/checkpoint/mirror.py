"""A second copy of a run on another disk (a cloud drive, a NAS), made in the background."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ppocr_ext.checkpoint import disk
from ppocr_ext.checkpoint.checkpoint import LATEST, Checkpoint, DamagedError
from ppocr_ext.checkpoint.inventory import FOLDERS, is_best, published_names
from ppocr_ext.checkpoint.store import CheckpointStore, Warn
from ppocr_ext.errors import UserError

_QUEUE = 16  # names waiting while the mirror is away
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0  # seconds between attempts, doubled each time


class Mirror:
    """Copies the checkpoints of a store to a second folder; training never waits for it.

    What waits is a set of *names*, resolved when their turn comes: a slow disk gets the newest
    ``latest``, not a queue of old ones. The mirror is a :class:`CheckpointStore` itself, so
    ``Global.checkpoints=<mirror>/latest`` resumes from it.

    Whatever goes wrong (full, read-only, unplugged) is said once, tried again with growing
    pauses, and said once more when it works again.

    Args:
        source: the run's own store.
        directory: the second folder; made when its parent exists.
        logs: files to copy along (``train.log`` …); those that do not exist are left out.
        warn: called about trouble and recovery, from the background thread.
        enabled: false when ``directory`` overlaps the run's folder, which is said once.
    """

    def __init__(
        self,
        source: CheckpointStore,
        directory: Path,
        logs: Sequence[Path] = (),
        keep_last: int = 2,
        keep_every: int | None = None,
        warn: Warn | None = None,
        first_pause: float = _FIRST_PAUSE,
    ) -> None:
        self._warn: Warn = warn or logging.getLogger(__name__).warning
        self._source, self._logs = source, tuple(Path(log) for log in logs)
        self.directory = Path(directory)
        self._target = CheckpointStore(self.directory, keep_last, keep_every, self._warn)
        self._first_pause = first_pause
        self._waiting: dict[str, None] = {}  # an ordered set
        self._change = threading.Condition()
        self._closing = self._copying = False
        self._home: int | None = None  # device of the folder, once it has been there
        self.enabled = not (relation := overlap(source.directory, self.directory))
        if not self.enabled:
            self._warn(
                f"the mirror {self.directory} is {relation} the run's folder {source.directory}: "
                "nothing is mirrored; give a folder on another disk"
            )
            return
        # What the run has already comes first, and a missing disk shows at once.
        self.submit(LATEST, *published_names(source.directory))
        self._thread = threading.Thread(target=self._work, name="mirror", daemon=True)
        self._thread.start()

    def submit(self, *names: str) -> None:
        """Ask for these checkpoints (``latest``, ``best_accuracy`` …) to be copied, and return."""
        if not self.enabled:
            return
        with self._change:
            for name in names:
                self._waiting.pop(name, None)
                self._waiting[name] = None
            self._drop_surplus()
            self._change.notify()

    @property
    def idle(self) -> bool:
        """Nothing waits and nothing is being copied."""
        with self._change:
            return not self._waiting and not self._copying

    def close(self, timeout: float = 60.0) -> bool:
        """Copy what waits, with one attempt each, and stop. False: the copy is not complete."""
        if not self.enabled:
            return True
        with self._change:
            self._closing = True
            self._change.notify()
        self._thread.join(timeout)
        complete = not self._thread.is_alive() and not self._waiting
        if not complete:
            self._warn(
                f"the mirror {self.directory} is not up to date; the run's folder is complete"
            )
        return complete

    def _drop_surplus(self) -> None:
        ordinary = [name for name in self._waiting if name != LATEST and not is_best(name)]
        for name in ordinary[: max(0, len(self._waiting) - _QUEUE)]:
            del self._waiting[name]

    def _work(self) -> None:
        """The background thread: one name after another until closed."""
        failing: set[str] = set()
        pause = self._first_pause
        while (name := self._next()) is not None:
            try:
                self._copy(name)
            except UserError as error:  # the run's own files are damaged: no retry helps
                self._warn(f"{name} could not be copied to the mirror: {error}")
            except Exception as error:  # nothing that happens here may reach training
                if not failing:
                    self._warn(
                        f"the mirror {self.directory} cannot be written; training "
                        f"continues: {error}"
                    )
                failing.add(name)
                if not self._retry_later(name, pause):
                    return
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            if name in failing:
                failing = (failing - {name}) & set(self._waiting)
                if not failing:
                    self._warn(f"the mirror {self.directory} works again")
                    pause = self._first_pause

    def _next(self) -> str | None:
        with self._change:
            self._copying = False
            while not self._waiting:
                if self._closing:
                    return None
                self._change.wait()
            name = next(iter(self._waiting))
            del self._waiting[name]
            self._copying = True
            return name

    def _retry_later(self, name: str, pause: float) -> bool:
        """Put ``name`` back, behind the others, and wait; false when this was the last attempt."""
        with self._change:
            self._waiting[name] = None
            if self._closing:
                return False
            deadline = time.monotonic() + pause
            while not self._closing and (rest := deadline - time.monotonic()) > 0:
                self._change.wait(rest)
            return True

    def _copy(self, name: str) -> None:
        self._check_presence()
        checkpoint = self._source.find(name)
        if checkpoint is not None and not self._has(name, checkpoint):
            try:
                self._target.adopt(checkpoint, name)
            except OSError:
                if not checkpoint.problems():
                    raise  # the mirror's fault
                # Damaged, or retention has just removed it: the intact one of that name.
                self._target.adopt(self._source.load(name), name)
        for log in self._logs:
            if log.is_file():
                _copy_log(log, self.directory)

    def _has(self, name: str, checkpoint: Checkpoint) -> bool:
        try:
            copy = Checkpoint.at(self.directory / name)
        except DamagedError:
            return False
        return copy.id == checkpoint.id

    def _check_presence(self) -> None:
        """Make the folder the first time; never again, or an unplugged disk's mount point fills."""
        if self._home is None:
            self.directory.mkdir(exist_ok=True)  # not its parents: the disk must be there
            self._home = self.directory.stat().st_dev
        gone = not self.directory.is_dir()
        if gone or (
            self.directory.stat().st_dev != self._home and not (self.directory / FOLDERS).is_dir()
        ):
            raise FileNotFoundError(
                errno.ENOENT, "the folder no longer exists", str(self.directory)
            )


def _copy_log(log: Path, directory: Path) -> None:
    """Copy a file that may be growing as it is now; the old copy stays until this one is whole."""
    with disk.temporary(directory) as path:
        shutil.copyfile(log, path)
        disk.settle(path)
        disk.replace(path, directory / log.name)


def overlap(run: Path, mirror: Path) -> str:
    """How ``mirror`` lies to ``run``, in words; empty when they are apart.

    The same place may have several names: links, junctions, nesting.
    """
    run, mirror = _real(run), _real(mirror)
    if _same(run, mirror):
        return "the same folder as"
    if any(_same(run, parent) for parent in mirror.parents):
        return "inside"
    if any(_same(mirror, parent) for parent in run.parents):
        return "around"
    return ""


def _real(path: Path) -> Path:
    """Absolute, links and Windows junctions followed; the last parts need not exist yet."""
    return Path(os.path.realpath(path))


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)  # also through another mount, or in another case
    except OSError:
        return os.path.normcase(one) == os.path.normcase(other)
