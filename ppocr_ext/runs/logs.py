"""Where the logs of a run are: its folder, a file, several files in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ppocr_ext.checkpoint.checkpoint import FOLDER_STEM, SUFFIXES
from ppocr_ext.errors import UserError
from ppocr_ext.records import METRICS
from ppocr_ext.records.jsonl import record_of
from ppocr_ext.records.lines import first_time, head
from ppocr_ext.runs.model import find_model
from ppocr_ext.runs.run import Run, is_model_folder

_LOG_NAMES = ("train*.log", "train*.log.[0-9]*", "*.log")
_SHOWN = 5  # logs and runs that an error names
_STEP = re.compile(r"(?:global_step|iter): (\d+), ")


@dataclass(frozen=True)
class Source:
    """The logs of one run in the order of reading, and the folder that they are of."""

    folder: Path
    logs: tuple[Path, ...]
    run: int | None = None  # of several in the log, 1 for the oldest; None for the newest

    @property
    def name(self) -> str:
        """The folder's; that of a single log with a name of its own."""
        number = f"#{self.run}" if self.run else ""
        if log := self._own_log():
            return log.stem + number
        return (self.folder.resolve().name or str(self.folder)) + number

    @property
    def place(self) -> Path:
        """The folder that its report belongs in."""
        run = Run(self.folder)
        return run.place(f"{run.name}.report")

    @property
    def path(self) -> Path:
        """What :attr:`name` names, as it was typed; the folder's name for the current one."""
        folder = self.folder if self.folder != Path() else Path(self.folder.resolve().name)
        return self._own_log() or folder

    def _own_log(self) -> Path | None:
        is_own = len(self.logs) == 1 and self.logs[0].name not in ("train.log", METRICS)
        return self.logs[0] if is_own else None


def find_source(paths: Sequence[Path]) -> Source:
    """The logs of one run: folders and files that belong together, in any order.

    A model of a run (:func:`find_model`) means its folder. Raises :class:`UserError` without logs.
    """
    paths, logs = [_place(path) for path in paths], list[Path]()
    for path in paths:
        logs += _logs_of(path)
    if len(logs) > 1:
        logs.sort(key=first_time)  # stable: logs without dates stay in the given order
    last = paths[-1]
    return Source(last if last.is_dir() else last.parent, tuple(dict.fromkeys(logs)))


def one_of_several(path: Path) -> Source:
    """The run that ``train.log#2`` means, the second in that log; without a number the newest."""
    found = re.fullmatch(r"(.+)#([1-9]\d*)", path.name)
    if found is None or path.exists():
        return find_source([path])
    return replace(find_source([path.with_name(found.group(1))]), run=int(found.group(2)))


def _place(path: Path) -> Path:
    """A folder or a log as it is; the run's folder for its checkpoints and its export."""
    if path.is_dir():
        is_model = any(path.glob(f"{FOLDER_STEM}.*")) or is_model_folder(path)
    else:
        is_model = not path.is_file() or path.suffix[1:] in (*SUFFIXES, "onnx")
    if not is_model:
        return path
    try:
        return find_model(path).run.folder
    except UserError:
        if path.exists():
            raise
    raise UserError(f"{path} does not exist", "a run's folder, or a log file", _choose_a_log(path))


def _choose_a_log(path: Path) -> str:
    logs = sorted(log.as_posix() for log in path.parent.glob("*.log"))
    runs = [run.folder.as_posix() for run in Run.newest_first()]
    there = [*logs[:_SHOWN], *runs[:_SHOWN]]
    return f"choose one of {', '.join(there)}" if there else "correct the path"


def _logs_of(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    metrics = [path / METRICS] if (path / METRICS).is_file() else []
    texts = next((found for name in _LOG_NAMES if (found := sorted(path.glob(name)))), [])
    logs = [log for log in texts if not metrics or _is_earlier(log, metrics[0])] + metrics
    if not logs:
        raise UserError(
            f"{path} holds no log",
            f"a {METRICS}, a train.log or another *.log in it",
            "give the log file itself if it has a different name",
        )
    return logs


def _is_earlier(log: Path, metrics: Path) -> bool:
    """Whether a text log holds steps from before ``metrics.jsonl`` began.

    Our trainer writes both; a run that stock PaddleOCR began has its first part in text only.
    """
    ours, theirs = _first_step(metrics), _first_step(log)
    return theirs is not None and (ours is None or theirs < ours)


def _first_step(log: Path) -> int | None:
    for line in head(log):
        record = record_of(line)
        if record and record["kind"] == "train":
            return int(record["global_step"])
        if found := _STEP.search(line):
            return int(found.group(1))
    return None
