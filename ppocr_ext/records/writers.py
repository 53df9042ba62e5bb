"""Where records go. Numbers are emitted once; each writer decides what it makes of them."""

from __future__ import annotations

import datetime
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ppocr_ext.records import METRICS
from ppocr_ext.records.forms import format_record, prefixed
from ppocr_ext.records.jsonl import flat


class Writer(Protocol):
    """Takes records: see "Run folder" in the README for their fields."""

    def write(self, record: Mapping[str, Any]) -> None: ...

    def close(self) -> None: ...


class _LineFile:
    """A text file that grows by whole lines, across resumes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        torn = _ends_inside_a_line(path)
        self._stream = open(path, "a", encoding="utf-8", newline="\n")  # noqa: SIM115 - see close
        self._stream.write("\n" * torn)

    def write_lines(self, lines: Iterable[str]) -> None:
        self._stream.writelines(line + "\n" for line in lines)
        self._stream.flush()

    def close(self) -> None:
        self._stream.close()


def _ends_inside_a_line(path: Path) -> bool:
    """Whether a kill or a full disk cut the last line short."""
    if not path.exists() or not path.stat().st_size:
        return False
    with open(path, "rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read() != b"\n"


class TrainLog(_LineFile):
    """PaddleOCR's ``train.log``."""

    def write(self, record: Mapping[str, Any]) -> None:
        self.write_lines(prefixed(record, line) for line in format_record(record))


class JsonLines(_LineFile):
    """``metrics.jsonl``: every record as one JSON object a line."""

    def write(self, record: Mapping[str, Any]) -> None:
        self.write_lines([json.dumps(flat(record), ensure_ascii=False)])


class PlainConsole:
    """The same lines as ``train.log``, for pipes and files."""

    def write(self, record: Mapping[str, Any]) -> None:
        for line in format_record(record):
            print(prefixed(record, line), flush=True)

    def close(self) -> None:
        pass


class LiveConsole:
    """For a terminal: lines above, one progress bar of the whole run below."""

    def __init__(self, total_steps: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._progress = Progress(
            TextColumn("step"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            console=Console(highlight=False, markup=False, soft_wrap=True),
        )
        self._task = self._progress.add_task("", total=total_steps)
        self._progress.start()

    def write(self, record: Mapping[str, Any]) -> None:
        for line in format_record(record):
            self._progress.console.print(prefixed(record, line))
        self._progress.update(self._task, completed=record["global_step"])
        if record["kind"] == "train":
            eta = datetime.timedelta(seconds=int(record["eta_seconds"]))
            words = f"loss {record['losses']['loss']:.3f}  {record['ips']:.1f} lines/s  left {eta}"
            self._progress.update(self._task, description=words)

    def close(self) -> None:
        self._progress.stop()


def open_writers(run: Path, total_steps: int) -> list[Writer]:
    """The writers of a run: both files, and the console that fits where we run."""
    live = sys.stdout.isatty()
    console: Writer = LiveConsole(total_steps) if live else PlainConsole()
    return [TrainLog(run / "train.log"), JsonLines(run / METRICS), console]


class Emitter:
    """Callable that stamps a record and hands it to every writer."""

    def __init__(self, writers: Sequence[Writer]) -> None:
        self.writers = writers

    def __call__(self, record: Mapping[str, Any]) -> None:
        stamped = {"time": round(time.time(), 3), **record}
        for writer in self.writers:
            writer.write(stamped)

    def close(self) -> None:
        for writer in self.writers:
            writer.close()
