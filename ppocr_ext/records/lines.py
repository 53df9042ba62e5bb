"""A log file as batches of lines: bounded memory, and a place to go on from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ppocr_ext.records.encoding import decode_lines, split_lines

BLOCK = 1 << 20  # bytes
LONGEST_LINE = 4 << 20  # bytes; a longer one is given in parts


class LineReader:
    """Reads whole lines from ``offset`` to the end of what is there now.

    Attributes:
        offset: bytes consumed: everything before it has been yielded.
        encodings: lines by the encoding that they were found in.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path, self.offset = path, offset
        self.encodings: Counter[str] = Counter()
        self._rest = b""

    def batches(self) -> Iterator[list[str]]:
        """Whole lines, about a megabyte at a time."""
        with open(self.path, "rb") as stream:
            stream.seek(self.offset)
            self._rest = b""
            while block := stream.read(BLOCK):
                data = self._rest + block
                lines, used = split_lines(data, self.encodings)
                if not used and len(data) >= LONGEST_LINE:
                    lines, used = decode_lines(data, self.encodings), len(data)
                self._rest = data[used:]
                self.offset += used
                if used:
                    yield lines

    def tail(self) -> list[str]:
        """What follows the last newline: perhaps a line that is being written."""
        return decode_lines(self._rest, Counter()) if self._rest else []
