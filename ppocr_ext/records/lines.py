"""A log file as batches of lines: bytes of any program, bounded memory, a place to
continue from.

Windows PowerShell redirects in UTF-16, other consoles in their code page, a copy after a crash
holds runs of NUL bytes, and one file may hold several of these. So every line is judged alone.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from ppocr_ext.records import forms
from ppocr_ext.records.jsonl import record_of
from ppocr_ext.text.encoding import code_page

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_HEAD = 1 << 18  # bytes in which a log's first numbers are looked for
_TAIL = 1 << 15  # and its last date
_SHOWN = 100  # characters of a line
_UTF16_LE, _UTF16_BE = "utf-16-le", "utf-16-be"
_BOMS = ((b"\xff\xfe", _UTF16_LE), (b"\xfe\xff", _UTF16_BE))
_ENDS = {_UTF16_LE: b"\n\0", _UTF16_BE: b"\0\n"}


def decode_lines(data: bytes, encodings: Counter[str]) -> list[str]:
    """All lines of ``data`` as text, also a last one without an end."""
    lines, used = split_lines(data, encodings)
    if rest := data[used:]:
        position, wide = _wide_encoding(rest, 0)
        text = rest[position:].decode(wide, "replace") if wide else _decode_narrow(rest)[0]
        lines += _clean(text)
    return lines


def split_lines(data: bytes, encodings: Counter[str]) -> tuple[list[str], int]:
    """The whole lines at the begin of ``data``, and how many bytes they are.

    They are split at ``\\n`` and ``\\r``; colours are taken off.

    Args:
        encodings: counts the lines by the encoding that they were found in.
    """
    used = data.rfind(b"\n") + 1
    text = _decode_at_once(data[:used])
    if text is None:
        texts, used = _decode_one_by_one(data, encodings)
        text = "\n".join(texts)
    else:
        encodings["ascii" if text.isascii() else "utf-8"] += text.count("\n")
    return _clean(text), used


def head(log: Path) -> list[str]:
    """The first lines of a log, enough to hold its first numbers."""
    with open(log, "rb") as stream:
        return decode_lines(stream.read(_HEAD), Counter())


def first_lines(log: Path, most: int = 3) -> list[str]:
    """The first lines that hold anything, as they can be shown."""
    filled = (line.strip() for line in head(log))
    return [
        "".join(c if c.isprintable() else "·" for c in line)[:_SHOWN]
        for line in islice(filter(None, filled), most)
    ]


def first_time(log: Path) -> float:
    """Seconds since 1970 of the first dated line; the file's own time when there is none."""
    return _time_of(head(log), log)


def last_time(log: Path) -> float:
    """As :func:`first_time`, of the last dated line."""
    with open(log, "rb") as stream:
        stream.seek(max(os.fstat(stream.fileno()).st_size - _TAIL, 0))
        return _time_of(reversed(decode_lines(stream.read(), Counter())), log)


def _time_of(lines: Iterable[str], log: Path) -> float:
    for line in lines:
        if found := forms.PREFIX.search(line):
            return forms.moment(found) or 0.0
        if (record := record_of(line)) and "time" in record:
            return float(record["time"])
    return log.stat().st_mtime


def _clean(text: str) -> list[str]:
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.removeprefix("\ufeff").split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines


def _decode_at_once(data: bytes) -> str | None:
    """UTF-8 without NUL bytes, the usual case; else ``None``."""
    if b"\0" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _decode_one_by_one(data: bytes, encodings: Counter[str]) -> tuple[list[str], int]:
    """Every line that ends in ``data``, each in its own encoding, and where the last one ends."""
    lines: list[str] = []
    after = 0
    while True:
        begin, wide = _wide_encoding(data, after)
        terminator = _ENDS.get(wide, b"\n")
        end = data.find(terminator, begin)
        if end < 0:
            return lines, after
        line = data[begin:end]
        text, encoding = (line.decode(wide, "replace"), wide) if wide else _decode_narrow(line)
        encodings[encoding] += 1
        lines.append(text)
        after = end + len(terminator)


def _wide_encoding(data: bytes, position: int) -> tuple[int, str]:
    """Where the line's text begins, and its UTF-16 form, empty when it is not UTF-16."""
    for mark, encoding in _BOMS:
        if data.startswith(mark, position):
            return position + 2, encoding
    head = data[position : position + 16]
    even, odd = head[0::2], head[1::2]
    if 2 * odd.count(0) > len(odd) and all(even):
        return position, _UTF16_LE
    if 2 * even.count(0) > len(even) and all(odd):
        return position, _UTF16_BE
    return position, ""


def _decode_narrow(line: bytes) -> tuple[str, str]:
    """A line of UTF-8 or of an 8-bit code page, and the encoding's name."""
    line = line.lstrip(b"\0").replace(b"\0", b"\x7f")  # within a number they must not go unseen
    try:
        return unicodedata.normalize("NFC", line.decode("utf-8")), "utf-8"
    except UnicodeDecodeError:
        encoding = code_page(line)
    return unicodedata.normalize("NFC", line.decode(encoding, "replace")), encoding


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
