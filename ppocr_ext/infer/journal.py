"""An output that grows row by row, survives a kill, and replaces the old file when complete.

``predicts_rec.txt.part`` holds the finished rows, ``predicts_rec.txt.part.json`` what they were
made from; ``--resume`` continues after the last complete row.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ppocr_ext.errors import UserError
from ppocr_ext.files import followed, naming, remove_leftovers, replace, sync, write_text

_CHUNK = 1 << 20


class Journal:
    """``with Journal(output, facts, header, resume) as rows: rows.write(…); rows.finish()``.

    Args:
        output: the final file; untouched until :meth:`finish`.
        facts: model, images, format: a resume must have the same.
        header: text before the first row.
        resume: keep the rows of an interrupted run; :attr:`rows` says how many there are.
        echo: a binary stream that gets each row as well, when it is flushed.

    Raises:
        UserError: the interrupted run had other facts.
    """

    def __init__(
        self,
        output: Path,
        facts: Mapping[str, Any],
        header: str = "",
        resume: bool = False,
        echo: IO[bytes] | None = None,
    ) -> None:
        self.output = followed(Path(output))
        self.part = part_path(self.output)
        self._facts_path = facts_path(self.output)
        remove_leftovers([self.part, self._facts_path])
        self._header = header
        self.rows = self._keep(facts) if resume and self.part.is_file() else self._begin(facts)
        # A name of old bytes that are not UTF-8 is written as \udcXX: the file stays UTF-8.
        self._stream = open(  # noqa: SIM115  (closed by __exit__)
            self.part, "a", encoding="utf-8", errors="backslashreplace", newline="\n"
        )
        self._echo, self._said = echo, 0

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with naming(self.part):  # it still holds what a full disk did not take
            self._stream.close()
        if isinstance(error, UserError) and not self.rows:  # a model that is not there, say
            self.part.unlink(missing_ok=True)
            self._facts_path.unlink(missing_ok=True)

    def write(self, row: str) -> None:
        """Append one row, which ends with its only line end."""
        with naming(self.part):
            self._stream.write(row)
        self.rows += 1

    def flush(self) -> None:
        """Hand the rows to the system: a kill cannot take them any more."""
        with naming(self.part):
            self._stream.flush()
        if self._echo is not None:
            with open(self.part, "rb") as rows:
                rows.seek(self._said)
                block = rows.read()
            self._said += len(block)
            self._echo.write(block)
            self._echo.flush()

    def finish(self, keep_facts: bool = False) -> None:
        """Put the complete file in the place of the old one."""
        self.flush()
        sync(self._stream)
        self._stream.close()
        replace(self.part, self.output)
        if not keep_facts:
            self._facts_path.unlink(missing_ok=True)

    def _begin(self, facts: Mapping[str, Any]) -> int:
        self.output.parent.mkdir(parents=True, exist_ok=True)
        self.part.unlink(missing_ok=True)
        write_text(self._facts_path, json.dumps(dict(facts), ensure_ascii=False, indent=2) + "\n")
        write_text(self.part, self._header)
        return 0

    def _keep(self, facts: Mapping[str, Any]) -> int:
        """Cut a half-written row off; returns the number of complete ones."""
        before = read_facts(self.output)
        changed = [key for key, value in facts.items() if before.get(key) != value]
        if changed:
            raise UserError(
                f"{self.part} was started with different settings: {', '.join(changed)}",
                "the same model, images and options as in the interrupted run",
                f"repeat them, or start again without --resume (removes {self.part.name})",
            )
        size, lines = _complete(self.part)
        header = len(self._header.encode("utf-8"))
        if size < header:
            return self._begin(facts)
        os.truncate(self.part, size)
        return lines - self._header.count("\n")


def part_path(output: Path) -> Path:
    """Where the finished rows of an unfinished output lie."""
    return output.with_name(output.name + ".part")


def facts_path(output: Path) -> Path:
    """Where the facts of an unfinished output lie."""
    return output.with_name(output.name + ".part.json")


def read_facts(output: Path) -> dict[str, Any]:
    """What an output was started with; empty when that is not known."""
    try:
        return json.loads(facts_path(output).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _complete(path: Path) -> tuple[int, int]:
    """Bytes up to the last line end, and how many line ends there are."""
    end = lines = position = 0
    with open(path, "rb") as stream:
        while block := stream.read(_CHUNK):
            lines += block.count(b"\n")
            last = block.rfind(b"\n")
            if last >= 0:
                end = position + last + 1
            position += len(block)
    return end, lines
