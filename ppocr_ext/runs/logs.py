"""Where the logs are: the newest run, a folder, a file, several files in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.records import forms
from ppocr_ext.records.jsonl import record_of
from ppocr_ext.records.lines import head
from ppocr_ext.runs.published import is_published

METRICS = "metrics.jsonl"
_LOG_NAMES = ("train*.log", "train*.log.[0-9]*", "*.log")
_DEPTH = 3
_STEP = re.compile(r"(?:global_step|iter): (\d+), ")


@dataclass(frozen=True)
class Source:
    """The logs of one run in the order of reading, and the folder that the report belongs in."""

    folder: Path
    logs: tuple[Path, ...]
    run: int | None = None  # of several in the log, 1 for the oldest; None for the newest

    @property
    def name(self) -> str:
        """The folder's; that of a single log with a name of its own."""
        number = f"#{self.run}" if self.run else ""
        if len(self.logs) == 1 and self.logs[0].name not in ("train.log", METRICS):
            return self.logs[0].stem + number
        return (self.folder.resolve().name or str(self.folder)) + number


def newest_run(root: Path) -> Source:
    """The run under ``root`` whose log was written to last."""
    found = {path.parent for name in ("train.log", METRICS) for path in _below(root, name)}
    runs = [folder for folder in found if not is_published(folder)]
    if not runs:
        raise UserError(
            f"there is no run under {root}",
            f"a folder below it with a train.log or a {METRICS}",
            f"name a run, or train first: {tool_command('train.py')}",
        )
    return find_source([max(runs, key=_last_change)])


def find_source(paths: Sequence[Path]) -> Source:
    """The logs of one run: folders and files that belong together, in any order."""
    logs: list[Path] = []
    for path in paths:
        logs += _logs_of(path)
    if len(logs) > 1:
        logs.sort(key=_first_time)  # stable: logs without dates stay in the given order
    last = paths[-1]
    return Source(last if last.is_dir() else last.parent, tuple(dict.fromkeys(logs)))


def one_of_several(path: Path) -> Source:
    """The run that ``train.log#2`` means, the second in that log; without a number the newest."""
    found = re.fullmatch(r"(.+)#([1-9]\d*)", path.name)
    if found is None or path.exists():
        return find_source([path])
    return replace(find_source([path.with_name(found.group(1))]), run=int(found.group(2)))


def _below(root: Path, name: str) -> list[Path]:
    return [
        path
        for depth in range(_DEPTH)
        for path in root.glob("/".join(["*"] * (depth + 1) + [name]))
        if path.is_file()
    ]


def _last_change(folder: Path) -> float:
    logs = (folder / name for name in ("train.log", METRICS))
    return max((log.stat().st_mtime for log in logs if log.exists()), default=0.0)


def _logs_of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UserError(
            f"{path} does not exist",
            "a run's folder, or one or more of its log files",
            "leave the path out to take the newest run under output/",
        )
    metrics = [path / METRICS] if (path / METRICS).is_file() else []
    texts = next((found for name in _LOG_NAMES if (found := sorted(path.glob(name)))), [])
    logs = [log for log in texts if not metrics or _is_earlier(log, metrics[0])] + metrics
    if not logs:
        raise UserError(
            f"{path} holds no log",
            f"a {METRICS}, a train.log or another *.log in it",
            "name the log file itself if it has another name",
        )
    return logs


def _is_earlier(log: Path, metrics: Path) -> bool:
    """Whether a text log tells of steps from before ``metrics.jsonl`` began.

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


def _first_time(log: Path) -> float:
    """Seconds since 1970 of the first dated line; the file's own time when there is none."""
    for line in head(log):
        if found := forms.PREFIX.search(line):
            return forms.moment(found) or 0.0
        if (record := record_of(line)) and "time" in record:
            return float(record["time"])
    return log.stat().st_mtime
